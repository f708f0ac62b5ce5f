//! Where files live that people upload: pictures above all.
//!
//! What a file is called and of which kind it is follows from its key, and keys are made here and never by whoever uploads. So no
//! name can lead out of a store, and no upload can be served as something that a browser would run.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// Longest key in bytes.
const MAX_KEY: usize = 200;

/// Keeps files under keys.
///
/// # Contract
/// - `put` is all or nothing: whoever reads meanwhile finds the old file or the new one, and after an error or a crash either.
///   What was answered survives the process.
/// - A key means exactly one file; nothing else is ever read or written.
#[async_trait]
pub trait ObjectStorage: fmt::Debug + Send + Sync + 'static {
    /// Keeps a file, in the place of one that is already there.
    async fn put(&self, key: &ObjectKey, content: Vec<u8>) -> Result<(), StoreError>;

    /// The file of a key, if there is one.
    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, StoreError>;

    /// Forgets a file; one that is not there is as good as forgotten.
    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError>;

    /// An address under which anybody can read the file for so long, straight from the storage; `None` if it has none to give, and
    /// the file has to be handed on. Whether there is a file is not looked up.
    async fn signed_url(&self, key: &ObjectKey, valid_for: Duration) -> Result<Option<String>, StoreError>;
}

/// The name of a file in a store: segments of lower case letters, digits, hyphens and underscores, parted by slashes, and at the
/// end a full stop and the ending of its kind.
///
/// ```
/// use designia_core::ports::{MediaType, ObjectKey};
///
/// let key: ObjectKey = "products/0192/cup-1.webp".parse()?;
/// assert_eq!(key.media_type(), MediaType::Webp);
/// assert!("../secret.webp".parse::<ObjectKey>().is_err());
/// # Ok::<(), designia_core::ports::ObjectKeyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ObjectKey {
    text: String,
    kind: MediaType,
}

/// The kinds of files that are kept. None of them is run by a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaType {
    /// A photograph.
    Jpeg,
    /// A drawing.
    Png,
    /// Either.
    Webp,
    /// Data for programs.
    Json,
    /// A table.
    Csv,
}

/// The text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the key of a file: {rule}", value.escape_debug())]
pub struct ObjectKeyError {
    value: String,
    rule: &'static str,
}

impl ObjectKey {
    /// The key as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What kind of file it is.
    #[must_use]
    pub const fn media_type(&self) -> MediaType {
        self.kind
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or(&self.text)
    }
}

impl FromStr for ObjectKey {
    type Err = ObjectKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |rule| ObjectKeyError { value: text.chars().take(MAX_KEY).collect(), rule };
        if text.len() > MAX_KEY {
            return Err(refused("must be at most 200 bytes"));
        }
        let (stem, ending) = text.rsplit_once('.').ok_or_else(|| refused("must end with the ending of its kind"))?;
        let kind = MediaType::ALL.into_iter().find(|kind| kind.ending() == ending);
        let kind = kind.ok_or_else(|| refused("must end with jpg, png, webp, json or csv"))?;
        let is_plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
        if stem.split('/').all(|segment| !segment.is_empty() && segment.bytes().all(is_plain)) {
            Ok(Self { text: text.to_owned(), kind })
        } else {
            Err(refused("must be of lower case letters, digits, hyphens and underscores, parted by single slashes"))
        }
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = ObjectKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.text
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl MediaType {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::Webp, Self::Json, Self::Csv];

    /// What follows the full stop in a key.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// Whether it is a picture, which anybody may look at.
    #[must_use]
    pub const fn is_image(self) -> bool {
        match self {
            Self::Jpeg | Self::Png | Self::Webp => true,
            Self::Json | Self::Csv => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_names_a_file_and_its_kind_and_nothing_else_is_one() {
        let key: ObjectKey = "products/0192-a/b_1.jpg".parse().unwrap();
        assert_eq!(
            (key.as_str(), key.file_name(), key.media_type()),
            ("products/0192-a/b_1.jpg", "b_1.jpg", MediaType::Jpeg)
        );
        for text in [
            "",
            ".",
            "..",
            ".jpg",
            "a",
            "a.",
            "a.html",
            "a.svg",
            "a.JPG",
            "A.jpg",
            "/a.jpg",
            "a//b.jpg",
            "a/.jpg",
            "../a.jpg",
            "a/../b.jpg",
            "a/./b.jpg",
            "a\\b.jpg",
            "c:a.jpg",
            "a.jpg/",
            "a.html.jpg",
            "a b.jpg",
            "a\0.jpg",
            "a.jpg\0",
            "ä.jpg",
            "a%2fb.jpg",
            "a\u{2215}b.jpg",
            "a.jpg\n",
        ] {
            assert!(text.parse::<ObjectKey>().is_err(), "{text:?}");
        }
        assert!(format!("{}.jpg", "a".repeat(196)).parse::<ObjectKey>().is_ok());
        assert!(format!("{}.jpg", "a".repeat(197)).parse::<ObjectKey>().is_err());
    }

    #[test]
    fn no_kind_is_one_that_a_browser_runs() {
        for kind in MediaType::ALL {
            let told = kind.content_type();
            assert!(!["html", "xml", "svg", "script", "pdf"].iter().any(|word| told.contains(word)), "{told}");
        }
    }

    #[test]
    fn a_key_survives_json_and_json_brings_no_other() {
        let key: ObjectKey = "a/b.png".parse().unwrap();
        assert_eq!(serde_json::from_str::<ObjectKey>(&serde_json::to_string(&key).unwrap()).unwrap(), key);
        assert!(serde_json::from_str::<ObjectKey>(r#""../b.png""#).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_a_key_stays_below_where_it_is_put(text in r"[a-z./\\_\-\x00-\x20:%~\u{2024}\u{ff0f}]{0,40}(\.jpg)?") {
            if let Ok(key) = text.parse::<ObjectKey>() {
                let path = std::path::Path::new(key.as_str());
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
                prop_assert_eq!(path.components().count(), key.as_str().split('/').count());
            }
        }
    }
}
