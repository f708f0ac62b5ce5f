//! What a seller sends about a product, read into a change.

use std::fmt;

use designia_core::catalog::{CategoryId, CategoryTree, Condition, Dimensions, ImageId, Product};
use designia_core::money::{Currency, Money};
use designia_core::service::catalog::{ImageChange, ProductChange};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::api::view::price;
use crate::media::{self, NewImage};
use crate::problem::Problem;
use crate::shop::import::list;

/// What a seller says about a product. What is left out of a change stays as it is; `null` takes away what may be missing.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Tea bowl", "description": "Thrown by hand.", "price": "38.50", "currency": "EUR", "stock_quantity": 4,
    "category": 1, "condition": "new", "brand": "Kiln & Co", "tags": ["clay", "tea"],
    "image_data": [{"image_content": "data:image/png;base64,iVBORw0KGgo…", "filename": "bowl.png", "is_primary": true, "order": 0}]}))]
pub(crate) struct ProductBody {
    #[schema(max_length = 200)]
    name: Option<String>,
    description: Option<String>,
    short_description: Option<String>,
    /// Decimal text.
    #[schema(value_type = Option<String>, example = "38.50")]
    price: Option<Plain>,
    /// As ISO 4217; by default that of the product, or else of the seller's profile.
    #[schema(example = "EUR")]
    currency: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "45.00")]
    original_price: Option<Option<Plain>>,
    #[schema(minimum = 0)]
    stock_quantity: Option<u32>,
    is_active: Option<bool>,
    /// The category's number, or its slug.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    category: Option<Option<Plain>>,
    /// `new`, `like_new`, `good`, `fair` or `poor`.
    condition: Option<String>,
    brand: Option<String>,
    model: Option<String>,
    /// In kilograms.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "0.350")]
    weight: Option<Option<Plain>>,
    /// In centimetres; all three are given, or none.
    #[schema(value_type = Option<String>, example = "12.5")]
    dimensions_length: Option<Plain>,
    #[schema(value_type = Option<String>, example = "12.5")]
    dimensions_width: Option<Plain>,
    #[schema(value_type = Option<String>, example = "8.0")]
    dimensions_height: Option<Plain>,
    colors: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    materials: Option<String>,
    is_digital: Option<bool>,
    /// Pictures to add. One that is none is refused by its place, and nothing is stored.
    #[serde(default)]
    image_data: Vec<ImageBody>,
    /// Numbers of pictures to take off.
    #[serde(default)]
    remove_images: Vec<u32>,
    /// Numbers of pictures in their order; those that are not named follow.
    #[serde(default)]
    image_order: Vec<u32>,
    /// 3D models are not kept here: anything but `null` is refused.
    #[schema(value_type = Option<Object>)]
    model_data: Option<de::IgnoredAny>,
}

/// A picture as text.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct ImageBody {
    /// A data URI in base64: JPEG, PNG or WebP, at most 10 MB.
    image_content: String,
    alt_text: Option<String>,
    #[serde(default)]
    is_primary: bool,
    #[serde(default)]
    order: i64,
}

/// A number that is read as text, so that no place of it is lost: `"12.50"`, or a whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain(String);

impl ProductBody {
    /// From the cells of a table, where everything is text.
    pub(crate) fn of_cells<'a>(cell: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let text = |column: &str| cell(column).map(str::to_owned);
        let plain = |column: &str| cell(column).map(Plain::of);
        let number = |text: &str| text.parse().map_err(|_| Problem::field("stock_quantity", "must be a whole number"));
        let switch = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(Problem::field("is_active", "must be true or false")),
        };
        Ok(Self {
            name: text("name"),
            description: text("description"),
            short_description: text("short_description"),
            price: plain("price"),
            currency: text("currency"),
            original_price: plain("original_price").map(Some),
            stock_quantity: cell("stock_quantity").map(number).transpose()?,
            is_active: cell("is_active").map(switch).transpose()?,
            category: plain("category").map(Some),
            condition: text("condition"),
            brand: text("brand"),
            model: text("model"),
            weight: plain("weight").map(Some),
            dimensions_length: None,
            dimensions_width: None,
            dimensions_height: None,
            colors: cell("colors").map(list),
            tags: cell("tags").map(list),
            materials: text("materials"),
            is_digital: None,
            image_data: Vec::new(),
            remove_images: Vec::new(),
            image_order: Vec::new(),
            model_data: None,
        })
    }

    /// The currency that prices are in.
    pub(crate) fn currency(&self, usual: Currency) -> Result<Currency, Problem> {
        self.currency.as_deref().map_or(Ok(usual), |code| price::currency("currency", code))
    }

    /// Which categories have to be known to read it.
    pub(super) const fn needs_categories(&self) -> bool {
        matches!(self.category, Some(Some(_)))
    }

    /// The pictures to add, in the order in which they are to stand, and which of them is to be the primary one.
    pub(super) fn take_images(&mut self) -> Result<(Vec<NewImage>, Option<usize>), Problem> {
        let mut images: Vec<(usize, ImageBody)> =
            std::mem::take(&mut self.image_data).into_iter().enumerate().collect();
        images.sort_by_key(|(_, image)| image.order);
        let primary = images.iter().position(|(_, image)| image.is_primary);
        let read = images.into_iter().map(|(index, image)| {
            let field = format!("image_data[{index}].image_content");
            let content = media::decode(&image.image_content).map_err(|rule| Problem::field(&field, rule))?;
            Ok(NewImage { field, content, alt_text: image.alt_text.unwrap_or_default() })
        });
        Ok((read.collect::<Result<_, Problem>>()?, primary))
    }

    /// What is to be different about a product whose prices are in this currency, but for pictures to add.
    pub(crate) fn change(self, currency: Currency, tree: &CategoryTree) -> Result<ProductChange, Problem> {
        if self.model_data.is_some() {
            return Err(Problem::field("model_data", "must be left out: 3D models are not kept here"));
        }
        let money = |field: &'static str| {
            move |plain: Plain| {
                Money::parse(&plain.0, currency).map_err(|error| Problem::field(field, error.to_string()))
            }
        };
        let condition = |word: String| word.parse::<Condition>().map_err(|told| Problem::field("condition", told));
        let remove = self.remove_images.iter().map(|id| ImageChange::Remove(ImageId::new(*id)));
        let order = self.image_order.iter().enumerate().map(|(to, id)| ImageChange::Move { id: ImageId::new(*id), to });
        let images = remove.chain(order).collect();
        let dimensions = match (self.dimensions_length, self.dimensions_width, self.dimensions_height) {
            (None, None, None) => None,
            (Some(length), Some(width), Some(height)) => Some(Some(Dimensions {
                length_mm: length.fixed("dimensions_length", 1)?,
                width_mm: width.fixed("dimensions_width", 1)?,
                height_mm: height.fixed("dimensions_height", 1)?,
            })),
            _ => {
                return Err(Problem::field(
                    "dimensions_length",
                    "must be given with dimensions_width and dimensions_height",
                ));
            }
        };
        Ok(ProductChange {
            name: self.name,
            description: self.description,
            short_description: self.short_description,
            price: self.price.map(money("price")).transpose()?,
            original_price: self.original_price.map(|it| it.map(money("original_price")).transpose()).transpose()?,
            stock: self.stock_quantity,
            active: self.is_active,
            category: self.category.map(|it| it.map(|plain| plain.category(tree)).transpose()).transpose()?,
            condition: self.condition.map(condition).transpose()?,
            brand: self.brand,
            model: self.model,
            weight_grams: self.weight.map(|it| it.map(|plain| plain.fixed("weight", 3)).transpose()).transpose()?,
            dimensions,
            colors: self.colors,
            tags: self.tags,
            materials: self.materials,
            digital: self.is_digital,
            images,
        })
    }
}

/// Adds stored pictures to a change of a product, or of one that is not there yet.
pub(super) fn add_images(
    change: &mut ProductChange,
    product: Option<&Product>,
    images: Vec<designia_core::catalog::ProductImage>,
    primary: Option<usize>,
) {
    let next = product.map_or(1, |product| product.details.next_image().get());
    change.images.extend(images.into_iter().map(ImageChange::Add));
    if let Some(place) = primary.and_then(|place| u32::try_from(place).ok()) {
        change.images.push(ImageChange::Move { id: ImageId::new(next.saturating_add(place)), to: 0 });
    }
}

impl Plain {
    /// A number with at most so many places, in units of the last.
    pub(super) fn fixed(&self, field: &str, places: usize) -> Result<u32, Problem> {
        let wrong = || Problem::field(field, format!("must be a number with at most {places} places, such as 1.5"));
        let (whole, part) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || part.len() > places || !is_digits(whole) || !is_digits(part) {
            return Err(wrong());
        }
        format!("{whole}{part:0<places$}").parse().map_err(|_| wrong())
    }

    pub(super) fn category(&self, tree: &CategoryTree) -> Result<CategoryId, Problem> {
        let found = match self.0.parse() {
            Ok(number) => tree.get(number),
            Err(_) => tree.by_slug(&self.0),
        };
        found.map(|it| it.id).ok_or_else(|| Problem::field("category", format!("there is no category `{}`", self.0)))
    }

    /// From a table, where everything is text.
    pub(super) fn of(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Plain;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("decimal text such as \"12.50\", or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Plain, E> {
                Ok(Plain::of(text))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Plain, E> {
                Ok(Plain(number.to_string()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Plain, E> {
                Ok(Plain(number.to_string()))
            }
        }

        deserializer.deserialize_any(Text)
    }
}

/// Tells `null` from what was left out.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: serde_json::Value) -> Result<ProductChange, Problem> {
        let body: ProductBody =
            serde_json::from_value(json).map_err(|error| Problem::field("body", error.to_string()))?;
        body.change("EUR".parse().unwrap(), &CategoryTree::default())
    }

    #[test]
    fn null_takes_away_and_absence_leaves_alone() {
        let change = read(serde_json::json!({ "original_price": null, "weight": null, "model_data": null })).unwrap();
        assert_eq!((change.original_price, change.weight_grams, change.category), (Some(None), Some(None), None));
        assert_eq!(read(serde_json::json!({})).unwrap(), ProductChange::default());
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let change = read(serde_json::json!({ "price": "12.5", "weight": "0.35", "original_price": 20 })).unwrap();
        assert_eq!((change.price.unwrap().minor(), change.weight_grams), (1_250, Some(Some(350))));
        assert_eq!(change.original_price.flatten().unwrap().minor(), 2_000);
        for (body, field) in [
            (serde_json::json!({ "price": 12.5 }), "body"),
            (serde_json::json!({ "price": "12.505" }), "price"),
            (serde_json::json!({ "price": "1e3" }), "price"),
            (serde_json::json!({ "weight": "-1" }), "weight"),
            (serde_json::json!({ "weight": "0.0001" }), "weight"),
            (serde_json::json!({ "weight": "99999999" }), "weight"),
            (serde_json::json!({ "dimensions_length": "1" }), "dimensions_length"),
            (serde_json::json!({ "category": "lost" }), "category"),
            (serde_json::json!({ "condition": "mint" }), "condition"),
            (serde_json::json!({ "model_data": {} }), "model_data"),
        ] {
            let told = read(body).unwrap_err();
            assert!(told.detail().starts_with(field), "{}", told.detail());
        }
    }
}
