//! Why a commit was not stored: what the functions in `0004_commit.sql` raise, and what a broken constraint means.

use designia_core::id::{OrderId, ProductId};
use designia_core::order::Order;
use designia_core::ports::{CommitError, StoreError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgDatabaseError;
use uuid::Uuid;

use crate::error::{of_server, store_error};

#[derive(Deserialize)]
struct Repeated {
    order: Uuid,
    fingerprint: String,
}

#[derive(Deserialize)]
struct OutOfStock {
    product: Uuid,
    available: u32,
}

/// What a failed commit of this order means.
pub(crate) fn commit_error(error: sqlx::Error, order: &Order) -> CommitError {
    match of_server(&error).and_then(|error| refusal(error, order)) {
        Some(Ok(refusal)) => refusal,
        Some(Err(error)) => error.into(),
        None => store_error(error).into(),
    }
}

fn refusal(error: &PgDatabaseError, order: &Order) -> Option<Result<CommitError, StoreError>> {
    Some(match (error.code(), error.constraint()) {
        ("DS001", _) => detail(error).map(|Repeated { order, fingerprint }| {
            let order = OrderId::from_uuid(order);
            CommitError::Repeated { order, fingerprint }
        }),
        ("DS002", _) => Ok(CommitError::Conflict),
        ("DS003", _) => Ok(CommitError::StaleClaim),
        ("DS005", _) => detail(error).map(|OutOfStock { product, available }| {
            let product = ProductId::from_uuid(product);
            CommitError::OutOfStock { product, available }
        }),
        ("23505", Some("attempts_session_ref_key")) => {
            foreign(error, "session_ref", order.attempts().iter().filter_map(|it| it.refs().session.as_ref()))
        }
        ("23505", Some("attempts_payment_ref_key")) => {
            foreign(error, "payment_ref", order.attempts().iter().filter_map(|it| it.refs().payment.as_ref()))
        }
        ("23505", Some("refunds_provider_id_key")) => {
            foreign(error, "provider_id", order.refunds().iter().filter_map(|it| it.provider_id.as_ref()))
        }
        _ => return None,
    })
}

/// The name that belongs to another order. The order's own names differ from each other, which was checked before.
fn foreign<'a>(
    error: &PgDatabaseError,
    column: &str,
    own: impl Iterator<Item = &'a String>,
) -> Result<CommitError, StoreError> {
    // The server says the same in many languages, but always with `(column)=(value)` in it. To a role that may not read the
    // column it says nothing, and then the latest name is the likeliest.
    let detail = error.detail().unwrap_or_default();
    let own: Vec<_> = own.collect();
    let named = own.iter().find(|name| detail.contains(&format!("({column})=({name})"))).or_else(|| own.last());
    let named = named.ok_or_else(|| StoreError::corrupt("a refusal", "it names no name of the order"))?;
    Ok(CommitError::ForeignReference { reference: (*named).clone() })
}

fn detail<T: DeserializeOwned>(error: &PgDatabaseError) -> Result<T, StoreError> {
    serde_json::from_str(error.detail().unwrap_or_default()).map_err(|error| StoreError::corrupt("a refusal", error))
}
