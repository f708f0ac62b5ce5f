//! One file per resource: its record, its JSON shape, what its endpoints accept and do.
//!
//! Connect's resources (accounts, transfers, reversals, payouts) will stand here as further files.

pub(crate) mod balance;
pub(crate) mod charge;
pub(crate) mod customer;
pub(crate) mod event;
pub(crate) mod payment_intent;
pub(crate) mod refund;
pub(crate) mod session;
pub(crate) mod webhook_endpoint;

use std::collections::BTreeMap;

use crate::form::Fields;

/// Texts that a client hangs on an object.
pub(crate) type Metadata = BTreeMap<String, String>;

/// The metadata of a request; an empty value is no value.
pub(crate) fn metadata(fields: &Fields<'_>) -> Metadata {
    let Some(pairs) = fields.hash("metadata") else { return Metadata::new() };
    let texts = pairs.children().iter().filter_map(|(key, node)| Some((key.clone(), node.as_text()?.to_owned())));
    texts.filter(|(_, value)| !value.is_empty()).collect()
}
