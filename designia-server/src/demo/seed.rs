//! Products of the demo's sellers. Seeding again changes nothing: ids follow from slugs, and stock is left alone.

use designia_core::catalog::Product;
use designia_core::id::{ProductId, SellerId};
use designia_core::money::{Money, MoneyError};
use designia_core::ports::{CatalogStore, StoreError};
use ring::digest;

use crate::http::auth::Account;

/// One row of the demo's catalog: seller, slug, name, description, price, stock.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, u32);

/// Three currencies, so that an order can need a conversion.
const PRODUCTS: [Row; 8] = [
    (
        "seller",
        "moon-jar",
        "Moon jar",
        "White porcelain, thrown in two halves and joined. 24 cm high.",
        "120.00 EUR",
        12,
    ),
    ("seller", "tea-bowl", "Tea bowl", "Stoneware with an iron glaze. Each one differs.", "38.50 EUR", 40),
    ("seller", "salt-cellar", "Salt cellar", "Wood-fired, with a lid of oak.", "22.00 EUR", 60),
    ("seller", "espresso-cup", "Espresso cup", "Thin porcelain, 60 ml. Sold one by one.", "17.90 EUR", 150),
    ("seller2", "tide-print", "Tide", "Two-colour linocut on kozo paper. Edition of 50.", "64.00 USD", 50),
    ("seller2", "harbour-print", "Harbour at six", "Risograph, 30 by 42 cm.", "29.00 USD", 200),
    ("seller2", "map-scarf", "Map scarf", "Silk twill with a sea chart of 1884.", "89.00 USD", 25),
    ("seller2", "field-notebook", "Field notebook", "Hand-bound, 96 pages. Made in Kyoto.", "2400 JPY", 80),
];

/// Puts the demo's products into the catalog.
///
/// # Errors
///
/// When the store fails.
pub async fn seed(catalog: &dyn CatalogStore) -> Result<(), StoreError> {
    for product in products().map_err(|error| StoreError::invalid(error.to_string()))? {
        catalog.put(&product).await?;
    }
    Ok(())
}

fn products() -> Result<Vec<Product>, MoneyError> {
    let row = |(seller, slug, name, description, price, stock): Row| {
        let seller = Account::named(seller).map(Account::id).unwrap_or_default();
        Ok(Product {
            id: product_id(slug),
            seller: SellerId::from_uuid(seller),
            slug: slug.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            price: price.parse::<Money>()?,
            stock,
            active: true,
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
        for product in products().unwrap() {
            assert!(Account::with_id(product.seller.as_uuid()).is_some(), "{}", product.slug);
            assert!(product.price.is_positive());
        }
    }
}
