//! Products of the demo's sellers, and where they stand. Seeding again changes nothing: ids follow from slugs, and stock is left
//! alone.

use std::collections::HashMap;

use designia_core::catalog::{CategoryId, NewCategory, Product, ProductDetails, ProductFigures};
use designia_core::id::{ProductId, SellerId};
use designia_core::money::{Money, MoneyError};
use designia_core::ports::{CatalogStore, PutError, StoreError};
use designia_core::time::Timestamp;
use ring::digest;

use super::people::DemoPerson;

/// One row of the demo's catalog: seller, category, slug, name, description, price, stock.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, u32);

/// When the demo's shop opened: on 1 January 2026.
const OFFERED_AT: Timestamp = Timestamp::from_secs(1_767_225_600);

/// Slugs and names of the categories.
const CATEGORIES: [(&str, &str); 3] =
    [("ceramics", "Ceramics"), ("prints", "Prints"), ("textiles-and-paper", "Textiles and paper")];

/// Three currencies, so that an order can need a conversion.
const PRODUCTS: [Row; 8] = [
    (
        "seller",
        "ceramics",
        "moon-jar",
        "Moon jar",
        "White porcelain, thrown in two halves and joined. 24 cm high.",
        "120.00 EUR",
        12,
    ),
    ("seller", "ceramics", "tea-bowl", "Tea bowl", "Stoneware with an iron glaze. Each one differs.", "38.50 EUR", 40),
    ("seller", "ceramics", "salt-cellar", "Salt cellar", "Wood-fired, with a lid of oak.", "22.00 EUR", 60),
    ("seller", "ceramics", "espresso-cup", "Espresso cup", "Thin porcelain, 60 ml. Sold one by one.", "17.90 EUR", 150),
    ("seller2", "prints", "tide-print", "Tide", "Two-colour linocut on kozo paper. Edition of 50.", "64.00 USD", 50),
    ("seller2", "prints", "harbour-print", "Harbour at six", "Risograph, 30 by 42 cm.", "29.00 USD", 200),
    (
        "seller2",
        "textiles-and-paper",
        "map-scarf",
        "Map scarf",
        "Silk twill with a sea chart of 1884.",
        "89.00 USD",
        25,
    ),
    (
        "seller2",
        "textiles-and-paper",
        "field-notebook",
        "Field notebook",
        "Hand-bound, 96 pages. Made in Kyoto.",
        "2400 JPY",
        80,
    ),
];

/// Puts the demo's categories and products into the catalog.
///
/// # Errors
///
/// When the store fails.
pub async fn seed(catalog: &dyn CatalogStore) -> Result<(), StoreError> {
    let categories = categories(catalog).await?;
    for product in products(&categories).map_err(|error| StoreError::invalid(error.to_string()))? {
        catalog.add(&product).await?;
    }
    Ok(())
}

/// The numbers of the categories by their slugs; those that are not there yet are added.
async fn categories(catalog: &dyn CatalogStore) -> Result<HashMap<String, CategoryId>, StoreError> {
    let known = async || {
        let categories = catalog.categories().await?;
        Ok::<_, StoreError>(categories.into_iter().map(|it| (it.slug, it.id)).collect::<HashMap<_, _>>())
    };
    let there = known().await?;
    for (slug, name) in CATEGORIES.iter().filter(|(slug, _)| !there.contains_key(*slug)) {
        let category = NewCategory {
            name: (*name).to_owned(),
            slug: (*slug).to_owned(),
            description: String::new(),
            parent: None,
            active: true,
        };
        match catalog.add_category(&category).await {
            // Another node was faster.
            Ok(_) | Err(PutError::SlugTaken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    known().await
}

fn products(categories: &HashMap<String, CategoryId>) -> Result<Vec<Product>, MoneyError> {
    let row = |(seller, category, slug, name, description, price, stock): Row| {
        let seller = DemoPerson::named(seller).map(DemoPerson::id).unwrap_or_default();
        Ok(Product {
            id: product_id(slug),
            seller: SellerId::from_uuid(seller),
            slug: slug.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            price: price.parse::<Money>()?,
            stock,
            active: true,
            details: ProductDetails { category: categories.get(category).copied(), ..ProductDetails::default() },
            figures: ProductFigures::default(),
            version: 1,
            created_at: OFFERED_AT,
            updated_at: OFFERED_AT,
        })
    };
    PRODUCTS.into_iter().map(row).collect()
}

fn product_id(slug: &str) -> ProductId {
    let hash = digest::digest(&digest::SHA256, format!("designia demo product {slug}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    ProductId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_has_a_seller_and_a_price() {
        for product in products(&HashMap::new()).unwrap() {
            assert!(
                super::super::people::PEOPLE.iter().any(|it| it.id() == product.seller.as_uuid()),
                "{}",
                product.slug
            );
            assert!(product.price.is_positive());
        }
    }
}
