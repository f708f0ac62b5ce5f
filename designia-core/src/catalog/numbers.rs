//! Ids that are whole numbers, because clients of the catalogue send and expect them so.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Wraps a number; the first is 1.
            #[must_use]
            pub const fn new(number: $inner) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                text.parse().map(Self).map_err(|_| format!("`{text}` is not {}", $what))
            }
        }
    };
}

number_id!(
    /// A category. Given by the store.
    CategoryId,
    u32,
    "a category's number"
);
number_id!(
    /// An image of one product: a number within the product, which is never given again.
    ImageId,
    u32,
    "an image's number"
);
number_id!(
    /// A review. Given by the store.
    ReviewId,
    u32,
    "a review's number"
);
