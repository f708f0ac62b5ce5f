//! What a checkout takes from the account if the request does not say it: the cart, and the profile's address.

use designia_core::account::Account;
use designia_core::catalog::Cart;
use designia_core::money::Currency;
use designia_core::order::ShippingAddress;
use designia_core::service::CheckoutItem;
use designia_core::service::cart::{Carts, PricedCart};

use crate::problem::Problem;

/// What is in the cart, to be ordered.
pub(super) fn items(cart: &PricedCart) -> Result<Vec<CheckoutItem>, Problem> {
    if cart.lines.is_empty() {
        return Err(Problem::field("items", "must name at least one product: the cart is empty"));
    }
    let item =
        |line: &designia_core::catalog::CartLine| CheckoutItem { product: line.product, quantity: line.quantity };
    Ok(cart.cart.lines.iter().map(item).collect())
}

/// In which currency the cart is paid: the one that the account thinks in, or that of its first product.
pub(super) fn currency(cart: &PricedCart, account: &Account) -> Option<Currency> {
    let first = cart.lines.iter().find_map(|line| line.product.as_ref());
    account.profile.currency.or_else(|| first.map(|card| card.price.currency()))
}

/// The key under which a second click on the same cart finds the order of the first: a cart has another version after each change, and
/// after each order.
pub(super) fn key(cart: &Cart) -> String {
    format!("cart version {}", cart.version)
}

/// The profile's address, if it is one that a parcel can be sent to.
pub(super) fn address(account: &Account) -> Option<ShippingAddress> {
    let profile = &account.profile;
    let country = profile.country.trim().to_ascii_uppercase();
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_code || profile.street_address.trim().is_empty() || profile.city.trim().is_empty() {
        return None;
    }
    let name = format!("{} {}", account.first_name, account.last_name);
    let name = if name.trim().is_empty() { account.username.as_str() } else { name.trim() };
    Some(ShippingAddress {
        name: name.to_owned(),
        address_line1: profile.street_address.trim().to_owned(),
        address_line2: String::new(),
        city: profile.city.trim().to_owned(),
        state: profile.state_province.trim().to_owned(),
        postal_code: profile.postal_code.trim().to_owned(),
        country,
    })
}

/// Takes what was ordered out of the cart. The order stands whatever comes of it, so a failure is for the log; a second click on the same cart
/// still finds the same order.
pub(super) async fn emptied(carts: &Carts, cart: &Cart) {
    if let Err(error) = carts.ordered(cart).await {
        tracing::warn!(%error, "what was ordered could not be taken out of the cart");
    }
}
