//! An address under both spellings that clients know.

use designia_core::order::ShippingAddress;
use serde::Serialize;
use utoipa::ToSchema;

/// Where to ship to. `line1` and `line2` repeat `address_line1` and `address_line2`: the first backend wrote the former,
/// its web client reads the latter.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct Address {
    name: String,
    address_line1: String,
    address_line2: String,
    line1: String,
    line2: String,
    city: String,
    state: String,
    postal_code: String,
    /// ISO 3166 alpha-2.
    country: String,
}

impl Address {
    pub(crate) fn of(address: &ShippingAddress) -> Self {
        let ShippingAddress { name, address_line1, address_line2, city, state, postal_code, country } = address.clone();
        Self {
            name,
            line1: address_line1.clone(),
            line2: address_line2.clone(),
            address_line1,
            address_line2,
            city,
            state,
            postal_code,
            country,
        }
    }
}
