//! A reference that Stripe gives as an id, or, when asked to expand it, as the object itself.

use serde::Deserialize;

/// An object, or only its id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    /// The id.
    Id(String),
    /// The object.
    Object(Box<T>),
}

/// An object with an id of its own.
pub trait Identified {
    /// The id.
    fn id(&self) -> &str;
}

impl<T: Identified> Expandable<T> {
    /// The id, which is known in either form.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }

    /// The object, if it was expanded.
    #[must_use]
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}
