//! Where mails lead to: pages of the shop, by the paths that its web client has.

use std::fmt::Write as _;

use designia_core::account::Email;
use designia_core::id::OrderId;

/// Pages of the shop.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    shop: String,
}

impl Links {
    /// Below this URL, which has no slash at its end.
    pub(crate) fn below(shop: &str) -> Self {
        Self { shop: shop.to_owned() }
    }

    /// Where an address is verified.
    pub(super) fn verify(&self, token: &str) -> String {
        format!("{}/verify-email/{}", self.shop, encoded(token))
    }

    /// Where a new password is set.
    pub(super) fn reset(&self, email: &Email, code: &str) -> String {
        format!("{}/reset-password?email={}&code={}", self.shop, encoded(email.as_str()), encoded(code))
    }

    /// Where a new password is asked for.
    pub(super) fn forgot(&self) -> String {
        format!("{}/reset-password", self.shop)
    }

    /// An order, for its buyer.
    pub(super) fn order(&self, order: OrderId) -> String {
        format!("{}/orders/{order}", self.shop)
    }

    /// An order, for a seller of it.
    pub(super) fn sale(&self, order: OrderId) -> String {
        format!("{}/seller/orders/{order}", self.shop)
    }

    /// One's own account.
    pub(super) fn account(&self) -> String {
        format!("{}/profile", self.shop)
    }

    /// Where sellers are at home.
    pub(super) fn seller(&self) -> String {
        format!("{}/seller", self.shop)
    }
}

/// Text as it may stand in a path or query: everything but what RFC 3986 calls unreserved is escaped.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_address_holds_stays_one_value_of_the_query() {
        let links = Links::below("https://shop.example");
        let email: Email = "a+b&code=1%23@example.com".parse().unwrap();
        let link = links.reset(&email, "123456");
        assert_eq!(link, "https://shop.example/reset-password?email=a%2Bb%26code%3D1%2523%40example.com&code=123456");
    }
}
