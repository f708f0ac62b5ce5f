//! Products as stores of rows keep them: what lists need in one narrow row, the long rest in another.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{from_json, number, word};
use crate::catalog::{
    CategoryId, Condition, Product, ProductCard, ProductDetails, ProductFigures, ProductImage, Rating,
};
use crate::id::{ProductId, SellerId};
use crate::money::{Currency, Money};
use crate::ports::{COUNTED, Facets, StoreError};
use crate::time::Timestamp;

/// What a card shows beyond the columns that are asked for by name, as one JSON column.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Shelf {
    short_description: String,
    category: Option<CategoryId>,
    original_price: Option<Money>,
    condition: Condition,
    brand: String,
    featured: bool,
    digital: bool,
    cover: Option<ProductImage>,
}

/// What a card shows of a product, as JSON text.
///
/// # Errors
/// None in practice: it has a JSON form.
pub fn shelf(details: &ProductDetails) -> Result<String, StoreError> {
    super::json(&Shelf {
        short_description: details.short_description.clone(),
        category: details.category,
        original_price: details.original_price,
        condition: details.condition,
        brand: details.brand.clone(),
        featured: details.featured,
        digital: details.digital,
        cover: details.images.first().cloned(),
    })
}

/// The narrow row of a product.
#[derive(Clone, Debug)]
pub struct CardRow {
    /// The product.
    pub id: Uuid,
    /// Who sells it.
    pub seller: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// Its price in minor units.
    pub price_minor: i64,
    /// The currency's code.
    pub currency: String,
    /// How many can be ordered.
    pub stock: i64,
    /// Whether it is shown.
    pub active: bool,
    /// What [`shelf`] made.
    pub shelf: String,
    /// The sum of its ratings.
    pub rating_sum: i64,
    /// How many there are.
    pub review_count: i64,
    /// How many like it.
    pub favourites: i64,
    /// How many were sold.
    pub sold: i64,
    /// How often its seller has changed it.
    pub version: i64,
    /// When it was first offered.
    pub created_at: Timestamp,
}

/// The rest of a product.
#[derive(Clone, Debug)]
pub struct TextRow {
    /// What it is, in words.
    pub description: String,
    /// The [`ProductDetails`] as JSON.
    pub details: String,
    /// How often its page was seen.
    pub views: i64,
    /// How often it was chosen from a list.
    pub clicks: i64,
    /// When its seller last changed it.
    pub updated_at: Timestamp,
}

impl CardRow {
    /// The card.
    ///
    /// # Errors
    /// `Corrupt` if a column holds what no program wrote.
    pub fn card(self) -> Result<ProductCard, StoreError> {
        let id = ProductId::from_uuid(self.id);
        let shelf: Shelf = from_json(|| format!("product {id}"), &self.shelf)?;
        let currency = self.currency.parse().map_err(|error| StoreError::corrupt(&format!("product {id}"), error))?;
        Ok(ProductCard {
            id,
            seller: SellerId::from_uuid(self.seller),
            slug: self.slug,
            name: self.name,
            short_description: shelf.short_description,
            price: Money::new(self.price_minor, currency),
            original_price: shelf.original_price,
            stock: number("a product's stock", self.stock)?,
            active: self.active,
            category: shelf.category,
            condition: shelf.condition,
            brand: shelf.brand,
            featured: shelf.featured,
            digital: shelf.digital,
            cover: shelf.cover,
            rating: Rating {
                sum: number("a product's ratings", self.rating_sum)?,
                count: number("a product's reviews", self.review_count)?,
            },
            favourites: number("a product's favourites", self.favourites)?,
            sold: number("a product's sales", self.sold)?,
            version: number("a product's version", self.version)?,
            created_at: self.created_at,
        })
    }

    /// The whole product.
    ///
    /// # Errors
    /// `Corrupt` if a column holds what no program wrote.
    pub fn product(self, text: TextRow) -> Result<Product, StoreError> {
        let card = self.card()?;
        let id = card.id;
        let details: ProductDetails = from_json(|| format!("the details of product {id}"), &text.details)?;
        Ok(Product {
            id,
            seller: card.seller,
            slug: card.slug,
            name: card.name,
            description: text.description,
            price: card.price,
            stock: card.stock,
            active: card.active,
            details,
            figures: ProductFigures {
                rating: card.rating,
                favourites: card.favourites,
                sold: card.sold,
                views: number("a product's views", text.views)?,
                clicks: number("a product's clicks", text.clicks)?,
            },
            version: card.version,
            created_at: card.created_at,
            updated_at: text.updated_at,
        })
    }
}

/// Facets from rows of kind, word, amount, and greatest price.
///
/// # Errors
/// `Corrupt` if a row holds what no program wrote.
pub fn facets(rows: Vec<(String, String, i64, i64)>) -> Result<Facets, StoreError> {
    let mut facets = Facets::default();
    for (kind, text, amount, most) in rows {
        let count = || number::<u32>("a facet", amount);
        match kind.as_str() {
            "count" => {
                facets.is_more = count()? > COUNTED;
                facets.count = count()?.min(COUNTED);
            }
            "category" => {
                let category = text.parse::<CategoryId>().map_err(|error| StoreError::corrupt("a category", error))?;
                facets.categories.push((category, count()?));
            }
            "condition" => {
                let condition = word("a condition", Condition::ALL, &text, Condition::as_str)?;
                facets.conditions.push((condition, count()?));
            }
            "brand" => facets.brands.push((text, count()?)),
            _ => {
                let currency: Currency = text.parse().map_err(|error| StoreError::corrupt("a currency", error))?;
                facets.prices.push((Money::new(amount, currency), Money::new(most, currency)));
            }
        }
    }
    facets.categories.sort_by_key(|(category, count)| (Reverse(*count), *category));
    facets.conditions.sort_by_key(|(condition, count)| (Reverse(*count), *condition));
    facets.brands.sort_by(|(a, few), (b, many)| many.cmp(few).then_with(|| a.cmp(b)));
    facets.prices.sort_by_key(|(least, _)| least.currency().code());
    Ok(facets)
}
