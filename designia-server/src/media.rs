//! Files that people upload: checked, named by us, kept in the object storage, and handed out so that no browser runs them.
//!
//! A picture is what its bytes are, whatever its sender calls it, and is stored without what is no picture ([`Picture`]). Its name is an
//! id and the ending of its kind. Whatever is stored for a product is asked about once more an hour later (`collect`): what the
//! product does not show then, because it was never made or shows something else by now, is deleted.

mod collect;
mod data_uri;
mod form;
pub mod image;
pub(crate) mod serve;

use std::sync::Arc;

use designia_core::catalog::{ImageId, ProductImage};
use designia_core::id::{AccountId, ProductId};
use designia_core::ports::{
    Clock, IdGenerator, MediaType, ObjectKey, ObjectStorage, Quota, RateLimiter, StoreError, TaskQueue,
};
use designia_core::time::DAY;

pub(crate) use self::collect::kinds;
pub(crate) use self::data_uri::decode;
pub(crate) use self::form::Form;
use self::image::Picture;
use crate::problem::Problem;

/// Largest body of a request that brings files: three of the largest pictures as text, or six as they are.
pub(crate) const UPLOAD_LIMIT: usize = 64 * 1024 * 1024;

/// How many files an account may upload. Enough for a seller's first evening, and too little to fill a disk.
const PER_DAY: Quota = Quota { burst: 400, per: DAY };

/// Below which pictures are kept that anybody may see who knows their name.
const PUBLIC: &str = "images";

/// Takes, keeps and names files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Uploads {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    ports: UploadPorts,
    /// Where people reach this server, without a slash at the end.
    url: String,
}

/// Who fills each role around uploads.
#[derive(Clone, Debug)]
pub struct UploadPorts {
    /// Where files are kept.
    pub storage: Arc<dyn ObjectStorage>,
    /// How many an account may bring.
    pub limiter: Arc<dyn RateLimiter>,
    /// Where deleting what nobody shows is asked for.
    pub tasks: Arc<dyn TaskQueue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Names.
    pub ids: Arc<dyn IdGenerator>,
}

/// A picture that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    /// Under which name.
    pub key: ObjectKey,
    /// Where it is shown.
    pub url: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// What it really is.
    pub kind: MediaType,
    /// How many bytes are kept.
    pub size: usize,
}

/// A picture that somebody wants a product to have.
#[derive(Clone, Debug)]
pub(crate) struct NewImage {
    /// Where it stood in the request, such as `image_data[0]`.
    pub(crate) field: String,
    /// The file.
    pub(crate) content: Vec<u8>,
    /// What it shows.
    pub(crate) alt_text: String,
}

impl Uploads {
    /// Uploads over these ports, shown at this address of the server.
    #[must_use]
    pub fn new(ports: UploadPorts, url: impl Into<String>) -> Self {
        Self { inner: Arc::new(Inner { ports, url: url.into() }) }
    }

    /// Keeps a picture that anybody may see who knows its name, which can't be guessed.
    ///
    /// # Errors
    /// 400 naming the field and the rule that the file breaks, 429 beyond what an account may upload in a day, 503 if the storage does not answer.
    pub async fn store_image(&self, owner: AccountId, field: &str, content: &[u8]) -> Result<StoredImage, Problem> {
        let picture = Picture::read(content).map_err(|fault| Problem::field(field, fault.to_string()))?;
        self.admit(owner).await?;
        let key = self.fresh_key(picture.kind)?;
        self.keep(key, picture).await
    }

    /// Keeps pictures for a product that need not be there yet. Nothing is kept if one of them is not good.
    pub(crate) async fn store_for(
        &self,
        owner: AccountId,
        product: ProductId,
        images: Vec<NewImage>,
    ) -> Result<Vec<ProductImage>, Problem> {
        let mut pictures = Vec::with_capacity(images.len());
        for image in images {
            let read = Picture::read(&image.content);
            let picture = read.map_err(|fault| Problem::field(image.field, fault.to_string()))?;
            pictures.push((self.fresh_key(picture.kind)?, picture, image.alt_text));
        }
        for _ in &pictures {
            self.admit(owner).await?;
        }
        self.collect_later(product, pictures.iter().map(|it| it.0.clone()).collect()).await?;
        let mut kept = Vec::with_capacity(pictures.len());
        for (key, picture, alt_text) in pictures {
            let stored = self.keep(key, picture).await?;
            kept.push(ProductImage {
                id: ImageId::new(0),
                object: stored.key.to_string(),
                alt_text,
                width: stored.width,
                height: stored.height,
                content_type: stored.kind.content_type().to_owned(),
            });
        }
        Ok(kept)
    }

    /// Where a kept file is shown, as clients need it that come from elsewhere.
    #[must_use]
    pub fn url_of(&self, key: &str) -> String {
        format!("{}/media/{key}", self.inner.url)
    }

    /// Forgets a file; one that is not there is as good as forgotten.
    ///
    /// # Errors
    /// If the storage does not answer.
    pub async fn forget(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.inner.ports.storage.delete(key).await
    }

    /// Where files are kept, for what is not for everybody's eyes.
    #[must_use]
    pub fn storage(&self) -> &Arc<dyn ObjectStorage> {
        &self.inner.ports.storage
    }

    /// A picture that anybody may see, and what it is. Only what is a key is looked for, and of these only pictures.
    async fn public(&self, folder: &str, name: &str) -> Result<Option<(MediaType, Vec<u8>)>, StoreError> {
        let key = format!("{PUBLIC}/{folder}/{name}").parse::<ObjectKey>().ok();
        let Some(key) = key.filter(|key| key.media_type().is_image()) else { return Ok(None) };
        Ok(self.inner.ports.storage.get(&key).await?.map(|content| (key.media_type(), content)))
    }

    async fn keep(&self, key: ObjectKey, picture: Picture) -> Result<StoredImage, Problem> {
        let Picture { kind, width, height, content } = picture;
        let (size, url) = (content.len(), self.url_of(key.as_str()));
        self.inner.ports.storage.put(&key, content).await?;
        Ok(StoredImage { key, url, width, height, kind, size })
    }

    /// Takes one from what an account may upload in a day.
    pub(crate) async fn admit(&self, owner: AccountId) -> Result<(), Problem> {
        let ports = &self.inner.ports;
        let taken = ports.limiter.take(&format!("upload:{owner}"), PER_DAY, ports.clock.now()).await?;
        if taken.allowed {
            return Ok(());
        }
        Err(Problem::too_many("too many uploads today", taken.retry_after))
    }

    /// A name that nobody has or can guess. The last letters of an id are chance, so the folders fill evenly.
    fn fresh_key(&self, kind: MediaType) -> Result<ObjectKey, Problem> {
        let id = self.inner.ports.ids.next().simple().to_string();
        let folder = id.get(30..).unwrap_or_default();
        format!("{PUBLIC}/{folder}/{id}.{}", kind.ending()).parse().map_err(Problem::internal)
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use designia_core::memory::{MemoryObjects, MemoryRateLimiter, MemoryStore};
    use designia_core::testing::{FixedClock, SequentialIds};
    use designia_core::time::Timestamp;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn whoever_uploads_too_much_in_a_day_is_told_when_to_come_back() {
        let clock = FixedClock::at(Timestamp::from_secs(1_760_000_000));
        let ports = UploadPorts {
            storage: Arc::new(MemoryObjects::new()),
            limiter: Arc::new(MemoryRateLimiter::new()),
            tasks: Arc::new(MemoryStore::new()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SequentialIds::new()),
        };
        let (uploads, owner) = (Uploads::new(ports, ""), AccountId::from_uuid(Uuid::from_u128(1)));
        for _ in 0..PER_DAY.burst {
            uploads.admit(owner).await.unwrap();
        }
        let refused = uploads.admit(owner).await.unwrap_err().into_response();
        // One of four hundred comes back in 216 seconds.
        assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"216".parse().unwrap()));
        clock.advance(DAY / PER_DAY.burst);
        uploads.admit(owner).await.unwrap();
    }
}
