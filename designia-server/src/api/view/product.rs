//! A product under the field names that the first backend and its web client use.

use designia_core::catalog::Product;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::auth::Account;

/// A product in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProductCard {
    id: Uuid,
    name: String,
    slug: String,
    short_description: String,
    /// In `currency`.
    #[schema(example = "49.90")]
    price: String,
    #[schema(example = "USD")]
    currency: &'static str,
    original_price: Option<String>,
    stock_quantity: u32,
    is_in_stock: bool,
    is_on_sale: bool,
    discount_percentage: u8,
    is_favorited: bool,
    condition: &'static str,
    brand: String,
    primary_image: Option<String>,
    average_rating: u8,
    review_count: u32,
}

/// A product by itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProductDetail {
    #[serde(flatten)]
    card: ProductCard,
    description: String,
    seller: SellerCard,
    images: Vec<Image>,
    tags: Vec<String>,
    materials: String,
    has_ar_model: bool,
}

/// Who sells it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SellerCard {
    id: Uuid,
    username: String,
    /// What people see.
    name: String,
    seller_rating: Option<String>,
}

/// A picture of a product.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Image {
    id: u32,
    url: String,
    alt_text: String,
    is_primary: bool,
}

impl ProductCard {
    pub(crate) fn of(product: &Product) -> Self {
        Self {
            id: product.id.as_uuid(),
            name: product.name.clone(),
            slug: product.slug.clone(),
            short_description: product.description.split_inclusive('.').next().unwrap_or_default().to_owned(),
            price: product.price.amount(),
            currency: product.price.currency().code(),
            original_price: None,
            stock_quantity: product.stock,
            is_in_stock: product.stock > 0,
            is_on_sale: false,
            discount_percentage: 0,
            is_favorited: false,
            condition: "new",
            brand: String::new(),
            primary_image: None,
            average_rating: 0,
            review_count: 0,
        }
    }

    /// The cursor of the page that ends here.
    pub(crate) fn slug(&self) -> &str {
        &self.slug
    }
}

impl ProductDetail {
    pub(crate) fn of(product: &Product) -> Self {
        let seller = product.seller.as_uuid();
        let account = Account::with_id(seller);
        Self {
            card: ProductCard::of(product),
            description: product.description.clone(),
            seller: SellerCard {
                id: seller,
                username: account.map_or_else(|| seller.to_string(), |it| it.name.to_owned()),
                name: account.map_or_else(|| seller.to_string(), |it| it.display_name.to_owned()),
                seller_rating: None,
            },
            images: Vec::new(),
            tags: Vec::new(),
            materials: String::new(),
            has_ar_model: false,
        }
    }
}
