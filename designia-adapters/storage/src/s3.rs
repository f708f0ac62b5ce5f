//! Files in Amazon S3, or in something that speaks its protocol.

mod config;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::{ObjectKey, ObjectStorage, StoreError};
use object_store::aws::AmazonS3;
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{Attribute, Attributes, ClientOptions, ObjectStore, ObjectStoreExt, PutOptions};
use reqwest::Method;
use rustls::crypto::{CryptoProvider, ring};

pub use self::config::{S3Config, S3ConfigError, S3Credentials};

/// An [`ObjectStorage`] in a bucket. Clones share its connections.
#[derive(Clone)]
pub struct S3Storage {
    bucket: AmazonS3,
    prefix: String,
}

impl S3Storage {
    /// Puts the parts together; nothing is sent. Installs `ring` as the process's TLS provider unless the host has chosen one before.
    ///
    /// # Errors
    /// When something that is needed is missing, such as the region.
    pub fn new(config: &S3Config) -> Result<Self, S3ConfigError> {
        if CryptoProvider::get_default().is_none() {
            // An error means that somebody else was faster, which serves as well.
            let _ = ring::default_provider().install_default();
        }
        let bucket = config.builder()?.with_http_connector(Connector { timeout: config.patience }).build();
        let bucket = bucket.map_err(|error| S3ConfigError::new(error.to_string()))?;
        Ok(Self { bucket, prefix: config.prefix.clone() })
    }

    /// A key is plain text in every alphabet that a path may be in, so it stays what it is.
    fn path(&self, key: &ObjectKey) -> Path {
        Path::from(format!("{}{key}", self.prefix))
    }
}

#[async_trait]
impl ObjectStorage for S3Storage {
    async fn put(&self, key: &ObjectKey, content: Vec<u8>) -> Result<(), StoreError> {
        let kind = (Attribute::ContentType, key.media_type().content_type());
        let options = PutOptions::from(Attributes::from_iter([kind]));
        self.bucket.put_opts(&self.path(key), content.into(), options).await.map(drop).map_err(StoreError::unavailable)
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, StoreError> {
        let read = async { self.bucket.get(&self.path(key)).await?.bytes().await };
        match read.await {
            Ok(content) => Ok(Some(content.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StoreError::unavailable(error)),
        }
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        match self.bucket.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::unavailable(error)),
        }
    }

    async fn signed_url(&self, key: &ObjectKey, valid_for: Duration) -> Result<Option<String>, StoreError> {
        let signed = self.bucket.signed_url(Method::GET, &self.path(key), valid_for).await;
        signed.map(|url| Some(url.into())).map_err(StoreError::unavailable)
    }
}

impl fmt::Debug for S3Storage {
    /// Without the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Storage").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Connections under the limits that every client here has.
#[derive(Debug)]
struct Connector {
    timeout: Duration,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Designia/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .timeout(self.timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .build();
        let generic = |error: reqwest::Error| object_store::Error::Generic { store: "S3", source: error.into() };
        client.map(HttpClient::new).map_err(generic)
    }
}
