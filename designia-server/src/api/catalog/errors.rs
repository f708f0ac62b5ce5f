//! Refusals of the catalogue and of carts as problems.

use designia_core::service::cart::CartError;
use designia_core::service::catalog::CatalogError;

use crate::problem::{Code, Problem};

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Invalid { field, rule } => Self::field(field, rule),
            CatalogError::NoSuch(what) => Self::not_found(what),
            CatalogError::NotYours | CatalogError::NotBought => Self::new(Code::NotAllowed, error.to_string()),
            CatalogError::Changed { .. } => Self::new(Code::Conflict, error.to_string()),
            // The client shows the detail of a 400.
            CatalogError::ReviewedBefore => Self::new(Code::BadRequest, error.to_string()),
            CatalogError::Store(error) => error.into(),
            _ => Self::internal(error),
        }
    }
}

impl From<CartError> for Problem {
    fn from(error: CartError) -> Self {
        match error {
            CartError::Refused(refusal) => Self::field("quantity", refusal.to_string()),
            CartError::NotForSale(_) => Self::new(Code::ProductNotForSale, error.to_string()),
            CartError::Own(_) => Self::field("product_id", "is your own product"),
            CartError::TooLittle { available, .. } => Self::new(Code::OutOfStock, error.to_string())
                .with_field("quantity", format!("must be at most {available}")),
            CartError::Contended => Self::new(Code::Conflict, error.to_string()),
            CartError::Store(error) => error.into(),
            _ => Self::internal(error),
        }
    }
}
