//! What is for sale: products as their sellers describe them, the categories they stand in, what buyers say about them, and
//! the carts that they wait in.
//!
//! Ordering needs little of it. That little is what [`ProductCard`] holds, so that neither a list nor a checkout reads long
//! texts.

mod cart;
mod category;
mod numbers;
mod price_scale;
mod product;
mod review;
mod sale;
mod slug;
#[cfg(test)]
mod tests;
mod words;

pub use cart::{Cart, CartChange, CartLine, CartRefusal, MAX_CART_LINES, MAX_CART_QUANTITY};
pub use category::{Category, CategoryTree, NewCategory};
pub use numbers::{CategoryId, ImageId, ReviewId};
pub use price_scale::PriceScale;
pub use product::{
    Condition, Dimensions, MAX_IMAGES, Product, ProductCard, ProductDetails, ProductFigures, ProductImage, Rating,
};
pub use review::{MAX_REVIEW_COMMENT, MAX_REVIEW_TITLE, NewReview, Review, ReviewChange};
pub use sale::{Activity, ActivityTotals, Sale, SoldLine};
pub use slug::{MAX_SLUG, is_slug, slug, slug_with};
pub use words::{MAX_SEARCH_WORDS, SearchWords, search_text};
