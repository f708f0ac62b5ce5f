//! What the web client reads of an answer: a field that is missing, or is of another kind than it takes, breaks a page.

use serde_json::Value;

/// What a field has to be for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Is {
    Text,
    /// A string, or null.
    TextOrNull,
    /// A string that `parseFloat` makes the whole number of.
    Decimal,
    Number,
    Flag,
    List,
    Object,
    /// A string that `Date` understands.
    Time,
}

use Is::{Decimal, Flag, List, Number, Object, Text, TextOrNull, Time};

/// Asserts that the fields are there and are what they have to be.
#[track_caller]
pub(crate) fn reads(value: &Value, fields: &[(&str, Is)]) {
    let wrong = fields.iter().filter(|(path, is)| !is.fits(at(value, path)));
    let wrong: Vec<_> = wrong.map(|(path, is)| format!("{path} is {:?} and not {is:?}", at(value, path))).collect();
    assert!(wrong.is_empty(), "{}\nin {value:#}", wrong.join("\n"));
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

impl Is {
    fn fits(self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return false };
        match self {
            Text => value.is_string(),
            TextOrNull => value.is_string() || value.is_null(),
            Decimal => value.as_str().is_some_and(is_decimal),
            Number => value.is_number(),
            Flag => value.is_boolean(),
            List => value.is_array(),
            Object => value.is_object(),
            Time => value.as_str().is_some_and(|it| it.len() >= 20 && it.as_bytes()[10] == b'T' && it.ends_with('Z')),
        }
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    digits(whole) && digits(rest)
}

/// A product's card, in lists and carts.
pub(crate) const CARD: &[(&str, Is)] = &[
    ("id", Text),
    ("slug", Text),
    ("name", Text),
    ("price", Decimal),
    ("primary_image", TextOrNull),
    ("average_rating", Decimal),
    ("review_count", Number),
    ("is_in_stock", Flag),
    ("stock_quantity", Number),
];

/// A product by itself.
pub(crate) const DETAIL: &[(&str, Is)] = &[
    ("id", Text),
    ("slug", Text),
    ("name", Text),
    ("description", Text),
    ("price", Decimal),
    ("is_on_sale", Flag),
    ("average_rating", Decimal),
    ("review_count", Number),
    ("is_in_stock", Flag),
    ("stock_quantity", Number),
    ("condition", Text),
    ("brand", Text),
    ("materials", Text),
    ("images", List),
    ("tags", List),
    ("has_ar_model", Flag),
    ("seller.id", Text),
    ("seller.username", Text),
    ("seller.seller_rating", TextOrNull),
];

/// Whoever has logged in.
pub(crate) const USER: &[(&str, Is)] = &[
    ("id", Text),
    ("email", Text),
    ("username", Text),
    ("first_name", Text),
    ("last_name", Text),
    ("role", Text),
    ("two_factor_enabled", Flag),
    ("last_login", TextOrNull),
    ("avatar", TextOrNull),
    ("profile", Object),
    ("profile.profile_picture_url", TextOrNull),
];

/// A review.
pub(crate) const REVIEW: &[(&str, Is)] = &[
    ("id", Number),
    ("reviewer.username", Text),
    ("rating", Number),
    ("title", Text),
    ("comment", Text),
    ("is_verified_purchase", Flag),
    ("created_at", Time),
];

/// An order, for buyer and seller.
pub(crate) const ORDER: &[(&str, Is)] = &[
    ("id", Text),
    ("status", Text),
    ("payment_status", Text),
    ("created_at", Time),
    ("subtotal", Decimal),
    ("shipping_cost", Decimal),
    ("tax_amount", Decimal),
    ("discount_amount", Decimal),
    ("total_amount", Decimal),
    ("items", List),
    ("shipping_address", Object),
    ("shipping_address.name", Text),
    ("shipping_address.address_line1", Text),
    ("shipping_address.city", Text),
    ("shipping_address.state", Text),
    ("shipping_address.postal_code", Text),
    ("shipping_address.country", Text),
    ("tracking_number", TextOrNull),
    ("shipping_carrier", TextOrNull),
    ("buyer_notes", TextOrNull),
    ("buyer.username", Text),
    ("buyer.first_name", Text),
    ("buyer.last_name", Text),
    ("buyer.email", TextOrNull),
];

/// A line of an order.
pub(crate) const LINE: &[(&str, Is)] = &[
    ("id", Number),
    ("product.id", Text),
    ("product.slug", Text),
    ("quantity", Number),
    ("unit_price", Decimal),
    ("total_price", Decimal),
    ("product_name", Text),
    ("product_image", TextOrNull),
];

/// A conversation in the inbox.
pub(crate) const THREAD: &[(&str, Is)] = &[("id", Text), ("participants", List), ("unread_count", Number)];

/// A chat message over REST.
pub(crate) const MESSAGE: &[(&str, Is)] = &[
    ("id", Text),
    ("sender", Text),
    ("sender_username", Text),
    ("message_type", Text),
    ("text", Text),
    ("image_url", TextOrNull),
    ("created_at", Time),
    ("is_read", Flag),
];
