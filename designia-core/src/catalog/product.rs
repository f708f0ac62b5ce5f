//! A product: what its seller says about it, and what the store counts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CategoryId, ImageId};
use crate::id::{ProductId, SellerId};
use crate::money::Money;
use crate::time::Timestamp;
use crate::words::words;

/// At most so many images has a product.
pub const MAX_IMAGES: usize = 20;

/// One product of one seller.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Product {
    /// The product's id.
    pub id: ProductId,
    /// Who sells it.
    pub seller: SellerId,
    /// The product's name in addresses: lower case letters, digits and hyphens, unique.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// What it is, in words.
    pub description: String,
    /// The price of one, in the seller's currency.
    pub price: Money,
    /// How many can be ordered right now. Never negative; changed only by stock movements.
    pub stock: u32,
    /// Whether it is shown and can be ordered.
    pub active: bool,
    /// What else the seller says about it.
    #[serde(default)]
    pub details: ProductDetails,
    /// What the store has counted. Whoever puts a product leaves this alone.
    #[serde(default)]
    pub figures: ProductFigures,
    /// Raised by the store with each change of what the seller says; 1 at first. Stock and figures don't raise it.
    #[serde(default = "first_version")]
    pub version: u64,
    /// When it was first offered.
    #[serde(default = "beginning")]
    pub created_at: Timestamp,
    /// When the seller last changed it.
    #[serde(default = "beginning")]
    pub updated_at: Timestamp,
}

/// What a seller may say about a product beyond what ordering needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductDetails {
    /// What it is, in one sentence.
    pub short_description: String,
    /// Where it stands.
    pub category: Option<CategoryId>,
    /// What it cost before, in the currency of the price.
    pub original_price: Option<Money>,
    /// How used it is.
    pub condition: Condition,
    /// Who made it; empty if nobody in particular.
    pub brand: String,
    /// Which of the maker's.
    pub model: String,
    /// What one weighs, in grams.
    pub weight_grams: Option<u32>,
    /// How large one is.
    pub dimensions: Option<Dimensions>,
    /// The colours it has.
    pub colors: Vec<String>,
    /// Words under which it is to be found.
    pub tags: Vec<String>,
    /// What it is made of.
    pub materials: String,
    /// Whether the marketplace shows it first.
    pub featured: bool,
    /// Whether there is nothing to ship.
    pub digital: bool,
    /// What it looks like, at most [`MAX_IMAGES`]; the first is the primary one.
    pub images: Vec<ProductImage>,
}

/// Length, width and height in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dimensions {
    /// In millimetres.
    pub length_mm: u32,
    /// In millimetres.
    pub width_mm: u32,
    /// In millimetres.
    pub height_mm: u32,
}

/// One image of a product.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProductImage {
    /// Its number within the product.
    pub id: ImageId,
    /// Under which key the object storage has it.
    pub object: String,
    /// What it shows, for those who can't see it.
    pub alt_text: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// What it really is, such as `image/webp`.
    pub content_type: String,
}

words! {
    /// How used a product is.
    #[derive(Default)]
    Condition {
        /// Nobody has used it.
        #[default]
        New => "new",
        /// One can't tell that it was used.
        LikeNew => "like_new",
        /// It was used with care.
        Good => "good",
        /// One sees that it was used.
        Fair => "fair",
        /// It has damages.
        Poor => "poor",
    }
}

/// What the store counts about a product, each by increments within the transaction that causes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductFigures {
    /// What those who reviewed it think; removed reviews don't count.
    pub rating: Rating,
    /// How many have it among their favourites.
    pub favourites: u32,
    /// How many were sold.
    pub sold: u64,
    /// How often its page was seen.
    pub views: u64,
    /// How often it was chosen from a list.
    pub clicks: u64,
}

/// An average, kept as what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Rating {
    /// The sum of all ratings, each from 1 to 5.
    pub sum: u64,
    /// How many there are.
    pub count: u32,
}

impl Rating {
    /// The average in hundredths, rounded half up: 425 for 4.25. Nothing without ratings.
    #[must_use]
    pub fn hundredths(self) -> Option<u32> {
        let count = u64::from(self.count);
        let average = self.sum.checked_mul(200)?.checked_add(count)?.checked_div(count.checked_mul(2)?)?;
        u32::try_from(average).ok()
    }

    /// What lists are ordered and filtered by: thousandths, rounded down; 0 without ratings.
    #[must_use]
    pub fn key(self) -> u32 {
        let average = self.sum.saturating_mul(1_000).checked_div(u64::from(self.count)).unwrap_or(0);
        u32::try_from(average).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for Rating {
    /// With two places: `4.25`, or `0.00` without ratings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.hundredths().unwrap_or(0);
        write!(f, "{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

impl ProductFigures {
    /// What lists by popularity are ordered by.
    #[must_use]
    pub fn popularity(&self) -> u64 {
        u64::from(self.favourites).saturating_add(self.sold.saturating_mul(3))
    }
}

/// As much of a product as a list, a cart and a checkout need: nothing in it is long.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProductCard {
    /// The product's id.
    pub id: ProductId,
    /// Who sells it.
    pub seller: SellerId,
    /// Its name in addresses.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// What it is, in one sentence.
    pub short_description: String,
    /// The price of one, in the seller's currency.
    pub price: Money,
    /// What it cost before.
    pub original_price: Option<Money>,
    /// How many can be ordered right now.
    pub stock: u32,
    /// Whether it is shown and can be ordered.
    pub active: bool,
    /// Where it stands.
    pub category: Option<CategoryId>,
    /// How used it is.
    pub condition: Condition,
    /// Who made it.
    pub brand: String,
    /// Whether the marketplace shows it first.
    pub featured: bool,
    /// Whether there is nothing to ship.
    pub digital: bool,
    /// The primary image.
    pub cover: Option<ProductImage>,
    /// What those who reviewed it think.
    pub rating: Rating,
    /// How many have it among their favourites.
    pub favourites: u32,
    /// How many were sold.
    pub sold: u64,
    /// As of which version of the product.
    pub version: u64,
    /// When it was first offered.
    pub created_at: Timestamp,
}

impl Product {
    /// What a list shows of it.
    #[must_use]
    pub fn card(&self) -> ProductCard {
        let ProductDetails { short_description, category, original_price, condition, brand, .. } = &self.details;
        ProductCard {
            id: self.id,
            seller: self.seller,
            slug: self.slug.clone(),
            name: self.name.clone(),
            short_description: short_description.clone(),
            price: self.price,
            original_price: *original_price,
            stock: self.stock,
            active: self.active,
            category: *category,
            condition: *condition,
            brand: brand.clone(),
            featured: self.details.featured,
            digital: self.details.digital,
            cover: self.details.images.first().cloned(),
            rating: self.figures.rating,
            favourites: self.figures.favourites,
            sold: self.figures.sold,
            version: self.version,
            created_at: self.created_at,
        }
    }
}

impl ProductDetails {
    /// The number for the next image: one that no image has or had that came after a kept one.
    #[must_use]
    pub fn next_image(&self) -> ImageId {
        ImageId::new(self.images.iter().map(|image| image.id.get()).max().unwrap_or(0).saturating_add(1))
    }
}

const fn first_version() -> u64 {
    1
}

const fn beginning() -> Timestamp {
    Timestamp::from_micros(0)
}
