//! How the catalogue fails, in kinds that callers act on.

use crate::ports::{PutError, StoreError};

/// Why the catalogue did not do what it was asked. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// A field breaks a rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// Which field, such as `tags[3]`.
        field: String,
        /// The rule, in words.
        rule: String,
    },
    /// It is missing, or not for these eyes; the two look the same on purpose.
    #[error("there is no such {0}")]
    NoSuch(&'static str),
    /// It is somebody else's.
    #[error("it belongs to somebody else")]
    NotYours,
    /// Somebody else has changed it meanwhile.
    #[error("it was changed meanwhile and is at version {current} by now")]
    Changed {
        /// The version that is stored.
        current: u64,
    },
    /// Only who has bought the product and got it may review it.
    #[error("only buyers whose order of this product was shipped may review it")]
    NotBought,
    /// There is one review for each buyer and product.
    #[error("you have reviewed this product already; change that review instead")]
    ReviewedBefore,
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CatalogError {
    /// A field breaks a rule.
    #[must_use]
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), rule: rule.into() }
    }
}

impl From<PutError> for CatalogError {
    fn from(error: PutError) -> Self {
        match error {
            PutError::SlugTaken(slug) => Self::invalid("slug", format!("`{slug}` belongs to another product")),
            PutError::Conflict { current } => Self::Changed { current },
            PutError::Missing => Self::NoSuch("product"),
            PutError::NoPlace(category) => Self::invalid("category", format!("there is no category {category}")),
            PutError::Store(error) => Self::Store(error),
        }
    }
}
