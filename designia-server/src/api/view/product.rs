//! A product under the field names that the first backend and its web client use.

use designia_core::account::Account;
use designia_core::catalog::{self, Category, Product};
use designia_core::id::SellerId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::price::{Eyes, Presentment};
use super::when::When;
use crate::media::Uploads;

/// A product in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProductCard {
    id: Uuid,
    name: String,
    slug: String,
    short_description: String,
    /// In `currency`, as the seller asks for it.
    #[schema(example = "49.90")]
    price: String,
    #[schema(example = "EUR")]
    currency: &'static str,
    /// What it comes to in the currency asked for; absent if that is the same, or there is no rate to rely on.
    presentment: Option<Presentment>,
    #[schema(example = "59.90")]
    original_price: Option<String>,
    stock_quantity: u32,
    is_in_stock: bool,
    is_on_sale: bool,
    /// Whole percent below the original price, rounded down.
    discount_percentage: u8,
    is_favorited: bool,
    /// `new`, `like_new`, `good`, `fair` or `poor`.
    #[schema(example = "new")]
    condition: &'static str,
    brand: String,
    /// The number of its category.
    category_id: Option<u32>,
    primary_image: Option<String>,
    /// From 1.00 to 5.00; 0.00 without reviews.
    #[schema(example = "4.25")]
    average_rating: String,
    review_count: u32,
    favorite_count: u32,
    is_featured: bool,
    is_digital: bool,
    is_active: bool,
    seller_id: Uuid,
    created_at: When,
}

/// A product by itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProductDetail {
    #[serde(flatten)]
    card: ProductCard,
    description: String,
    seller: SellerCard,
    category: Option<CategoryName>,
    model: String,
    /// In kilograms.
    #[schema(example = "0.350")]
    weight: Option<String>,
    /// In centimetres.
    #[schema(example = "12.5")]
    dimensions_length: Option<String>,
    #[schema(example = "12.5")]
    dimensions_width: Option<String>,
    #[schema(example = "8.0")]
    dimensions_height: Option<String>,
    colors: Vec<String>,
    tags: Vec<String>,
    materials: String,
    images: Vec<ImageView>,
    view_count: u64,
    click_count: u64,
    sold_count: u64,
    /// There are no 3D models here.
    has_ar_model: bool,
    ar_model_filename: Option<String>,
    /// As of which change by the seller; the ETag says the same.
    version: u64,
    updated_at: When,
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

/// Where it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CategoryName {
    id: u32,
    name: String,
    slug: String,
    description: String,
}

/// A picture of a product.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ImageView {
    id: u32,
    url: String,
    /// The same as `url`.
    image_url: String,
    alt_text: String,
    is_primary: bool,
    order: usize,
    width: u32,
    height: u32,
    content_type: String,
}

/// What else an answer about products needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    /// Where pictures are.
    pub(crate) uploads: &'a Uploads,
    /// In which currency the caller thinks.
    pub(crate) eyes: &'a Eyes,
}

impl ProductCard {
    pub(crate) fn of(card: &catalog::ProductCard, is_favorited: bool, shown: Shown<'_>) -> Self {
        let before = card.original_price.map_or(0, |price| i128::from(price.minor()));
        let saved = (before - i128::from(card.price.minor())).max(0);
        let percent = saved.saturating_mul(100).checked_div(before).unwrap_or(0);
        Self {
            id: card.id.as_uuid(),
            name: card.name.clone(),
            slug: card.slug.clone(),
            short_description: card.short_description.clone(),
            price: card.price.amount(),
            currency: card.price.currency().code(),
            presentment: shown.eyes.see(card.price),
            original_price: card.original_price.map(designia_core::money::Money::amount),
            stock_quantity: card.stock,
            is_in_stock: card.stock > 0,
            is_on_sale: saved > 0,
            discount_percentage: u8::try_from(percent).unwrap_or(0),
            is_favorited,
            condition: card.condition.as_str(),
            brand: card.brand.clone(),
            category_id: card.category.map(catalog::CategoryId::get),
            primary_image: card.cover.as_ref().map(|image| shown.uploads.url_of(&image.object)),
            average_rating: card.rating.to_string(),
            review_count: card.rating.count,
            favorite_count: card.favourites,
            is_featured: card.featured,
            is_digital: card.digital,
            is_active: card.active,
            seller_id: card.seller.as_uuid(),
            created_at: When(card.created_at),
        }
    }
}

impl ProductDetail {
    pub(crate) fn of(
        product: &Product,
        is_favorited: bool,
        seller: Option<&Account>,
        category: Option<&Category>,
        shown: Shown<'_>,
    ) -> Self {
        let details = &product.details;
        let cm = |side: u32| format!("{}.{}", side / 10, side % 10);
        Self {
            card: ProductCard::of(&product.card(), is_favorited, shown),
            description: product.description.clone(),
            seller: SellerCard::of(product.seller, seller),
            category: category.map(CategoryName::of),
            model: details.model.clone(),
            weight: details.weight_grams.map(|grams| format!("{}.{:03}", grams / 1000, grams % 1000)),
            dimensions_length: details.dimensions.map(|it| cm(it.length_mm)),
            dimensions_width: details.dimensions.map(|it| cm(it.width_mm)),
            dimensions_height: details.dimensions.map(|it| cm(it.height_mm)),
            colors: details.colors.clone(),
            tags: details.tags.clone(),
            materials: details.materials.clone(),
            images: ImageView::all(product, shown.uploads),
            view_count: product.figures.views,
            click_count: product.figures.clicks,
            sold_count: product.figures.sold,
            has_ar_model: false,
            ar_model_filename: None,
            version: product.version,
            updated_at: When(product.updated_at),
        }
    }
}

impl SellerCard {
    pub(crate) fn of(id: SellerId, account: Option<&Account>) -> Self {
        let id = id.as_uuid();
        let username = account.map_or_else(|| id.to_string(), |it| it.username.as_str().to_owned());
        let company = account.map(|it| it.profile.company.clone()).filter(|company| !company.is_empty());
        Self { id, name: company.unwrap_or_else(|| username.clone()), username, seller_rating: None }
    }
}

impl CategoryName {
    fn of(category: &Category) -> Self {
        let Category { id, name, slug, description, .. } = category;
        Self { id: id.get(), name: name.clone(), slug: slug.clone(), description: description.clone() }
    }
}

impl ImageView {
    pub(crate) fn all(product: &Product, uploads: &Uploads) -> Vec<Self> {
        let view = |(order, image): (usize, &catalog::ProductImage)| Self {
            id: image.id.get(),
            url: uploads.url_of(&image.object),
            image_url: uploads.url_of(&image.object),
            alt_text: image.alt_text.clone(),
            is_primary: order == 0,
            order,
            width: image.width,
            height: image.height,
            content_type: image.content_type.clone(),
        };
        product.details.images.iter().enumerate().map(view).collect()
    }
}
