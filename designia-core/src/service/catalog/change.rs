//! What a seller may say about a product, and its rules.

use super::CatalogError;
use crate::catalog::{CategoryId, Condition, Dimensions, ImageId, MAX_IMAGES, Product, ProductImage};
use crate::money::Money;

/// Most of one product that anybody has.
const MAX_STOCK: u32 = 1_000_000;
/// Highest price, in minor units: a thousand million where there are cents.
const MAX_PRICE: i64 = 100_000_000_000;
/// Most tags, and most colours.
const MAX_WORDS: usize = 30;
/// Heaviest, in grams: a hundred tons.
const MAX_WEIGHT: u32 = 100_000_000;
/// Longest side, in millimetres.
const MAX_SIDE: u32 = 1_000_000;

/// What is to be different about a product. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ProductChange {
    /// What it is called.
    pub name: Option<String>,
    /// What it is, in words.
    pub description: Option<String>,
    /// What it is, in one sentence.
    pub short_description: Option<String>,
    /// The price of one.
    pub price: Option<Money>,
    /// What it cost before, or no longer.
    pub original_price: Option<Option<Money>>,
    /// How many there are now.
    pub stock: Option<u32>,
    /// Whether it is shown and can be ordered.
    pub active: Option<bool>,
    /// Where it stands, or nowhere.
    pub category: Option<Option<CategoryId>>,
    /// How used it is.
    pub condition: Option<Condition>,
    /// Who made it.
    pub brand: Option<String>,
    /// Which of the maker's.
    pub model: Option<String>,
    /// What one weighs in grams, or nobody knows.
    pub weight_grams: Option<Option<u32>>,
    /// How large one is, or nobody knows.
    pub dimensions: Option<Option<Dimensions>>,
    /// Its colours.
    pub colors: Option<Vec<String>>,
    /// Words under which it is to be found.
    pub tags: Option<Vec<String>>,
    /// What it is made of.
    pub materials: Option<String>,
    /// Whether there is nothing to ship.
    pub digital: Option<bool>,
    /// What happens to its images, in this order.
    pub images: Vec<ImageChange>,
}

/// What happens to the images of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageChange {
    /// One more, at the end. Its number is given here.
    Add(ProductImage),
    /// One less.
    Remove(ImageId),
    /// It stands elsewhere; the first is the primary one.
    Move {
        /// Which.
        id: ImageId,
        /// Before how many others, from 0.
        to: usize,
    },
    /// It shows something else.
    Describe {
        /// Which.
        id: ImageId,
        /// What it shows, for those who can't see it.
        alt_text: String,
    },
}

impl ProductChange {
    /// Makes the change, if the product keeps all rules.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub(super) fn apply(&self, product: &mut Product) -> Result<(), CatalogError> {
        line(&mut product.name, self.name.as_ref(), "name", 200)?;
        if product.name.is_empty() {
            return Err(CatalogError::invalid("name", "must not be empty"));
        }
        text(&mut product.description, self.description.as_ref(), "description", 20_000)?;
        self.apply_price(product)?;
        if self.stock.is_some_and(|stock| stock > MAX_STOCK) {
            return Err(CatalogError::invalid("stock_quantity", format!("must be from 0 to {MAX_STOCK}")));
        }
        set(&mut product.active, self.active);
        let details = &mut product.details;
        line(&mut details.short_description, self.short_description.as_ref(), "short_description", 300)?;
        line(&mut details.brand, self.brand.as_ref(), "brand", 100)?;
        line(&mut details.model, self.model.as_ref(), "model", 100)?;
        line(&mut details.materials, self.materials.as_ref(), "materials", 500)?;
        words(&mut details.colors, self.colors.as_ref(), "colors")?;
        words(&mut details.tags, self.tags.as_ref(), "tags")?;
        set(&mut details.category, self.category);
        set(&mut details.condition, self.condition);
        set(&mut details.digital, self.digital);
        if self.weight_grams.flatten().is_some_and(|grams| grams > MAX_WEIGHT) {
            return Err(CatalogError::invalid("weight", "must be at most 100000 kg"));
        }
        set(&mut details.weight_grams, self.weight_grams);
        let fits = |it: Dimensions| [it.length_mm, it.width_mm, it.height_mm].iter().all(|side| *side <= MAX_SIDE);
        if self.dimensions.flatten().is_some_and(|it| !fits(it)) {
            return Err(CatalogError::invalid("dimensions", "must be at most 100000 cm"));
        }
        set(&mut details.dimensions, self.dimensions);
        self.images.iter().try_for_each(|change| change.apply(product))
    }

    fn apply_price(&self, product: &mut Product) -> Result<(), CatalogError> {
        let in_range = |price: Money| price.is_positive() && price.minor() <= MAX_PRICE;
        let rule =
            || format!("must be more than nothing and at most {}", Money::new(MAX_PRICE, product.price.currency()));
        if self.price.is_some_and(|price| !in_range(price)) {
            return Err(CatalogError::invalid("price", rule()));
        }
        if self.original_price.flatten().is_some_and(|price| !in_range(price)) {
            return Err(CatalogError::invalid("original_price", rule()));
        }
        set(&mut product.price, self.price);
        set(&mut product.details.original_price, self.original_price);
        let before = product.details.original_price;
        if before.is_some_and(|before| before.currency() != product.price.currency()) {
            return Err(CatalogError::invalid("original_price", "must be in the currency of the price"));
        }
        Ok(())
    }
}

impl ImageChange {
    fn apply(&self, product: &mut Product) -> Result<(), CatalogError> {
        let next = product.details.next_image();
        let images = &mut product.details.images;
        let place = |id: ImageId| images.iter().position(|image| image.id == id).ok_or(CatalogError::NoSuch("image"));
        match self {
            Self::Add(_) if images.len() >= MAX_IMAGES => {
                return Err(CatalogError::invalid("image_data", format!("a product has at most {MAX_IMAGES} images")));
            }
            Self::Add(image) => images.push(ProductImage { id: next, ..image.clone() }),
            Self::Remove(id) => drop(images.remove(place(*id)?)),
            Self::Move { id, to } => {
                let image = images.remove(place(*id)?);
                images.insert((*to).min(images.len()), image);
            }
            Self::Describe { id, alt_text } => {
                let at = place(*id)?;
                line(&mut images[at].alt_text, Some(alt_text), "alt_text", 300)?;
            }
        }
        Ok(())
    }
}

fn set<T: Copy>(field: &mut T, wanted: Option<T>) {
    if let Some(wanted) = wanted {
        *field = wanted;
    }
}

/// Text without line breaks.
fn line(field: &mut String, wanted: Option<&String>, name: &str, most: usize) -> Result<(), CatalogError> {
    if wanted.is_some_and(|it| it.trim().contains('\n')) {
        return Err(CatalogError::invalid(name, "must be one line"));
    }
    text(field, wanted, name, most)
}

fn text(field: &mut String, wanted: Option<&String>, name: &str, most: usize) -> Result<(), CatalogError> {
    let Some(wanted) = wanted.map(|it| it.trim()) else { return Ok(()) };
    if wanted.chars().count() > most {
        return Err(CatalogError::invalid(name, format!("must be at most {most} characters")));
    }
    if wanted.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(CatalogError::invalid(name, "must not contain control characters"));
    }
    wanted.clone_into(field);
    Ok(())
}

/// Short words, each once.
fn words(field: &mut Vec<String>, wanted: Option<&Vec<String>>, name: &str) -> Result<(), CatalogError> {
    let Some(wanted) = wanted else { return Ok(()) };
    if wanted.len() > MAX_WORDS {
        return Err(CatalogError::invalid(name, format!("must be at most {MAX_WORDS}")));
    }
    let mut kept: Vec<String> = Vec::with_capacity(wanted.len());
    for (index, word) in wanted.iter().enumerate() {
        let mut checked = String::new();
        line(&mut checked, Some(word), &format!("{name}[{index}]"), 50)?;
        if !checked.is_empty() && !kept.contains(&checked) {
            kept.push(checked);
        }
    }
    *field = kept;
    Ok(())
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::fixtures;

    fn product() -> Product {
        fixtures::product(1)
    }

    fn refused(change: &ProductChange) -> String {
        let mut product = product();
        let before = change.apply(&mut product).unwrap_err().to_string();
        before.split(':').next().unwrap_or_default().to_owned()
    }

    fn image(object: &str) -> ImageChange {
        ImageChange::Add(ProductImage {
            id: ImageId::new(0),
            object: object.to_owned(),
            alt_text: String::new(),
            width: 6,
            height: 4,
            content_type: "image/png".to_owned(),
        })
    }

    #[test]
    fn what_breaks_a_rule_is_refused_naming_its_field() {
        let money = |minor| Some(Money::new(minor, product().price.currency()));
        let other = "JPY".parse().unwrap();
        for (change, field) in [
            (ProductChange { name: Some("  ".to_owned()), ..Default::default() }, "name"),
            (ProductChange { name: Some("a\nb".to_owned()), ..Default::default() }, "name"),
            (ProductChange { name: Some("x".repeat(201)), ..Default::default() }, "name"),
            (ProductChange { description: Some("\u{7}".to_owned()), ..Default::default() }, "description"),
            (ProductChange { price: money(0), ..Default::default() }, "price"),
            (ProductChange { price: money(-1), ..Default::default() }, "price"),
            (ProductChange { price: money(MAX_PRICE + 1), ..Default::default() }, "price"),
            (
                ProductChange { original_price: Some(Some(Money::new(1, other))), ..Default::default() },
                "original_price",
            ),
            (ProductChange { stock: Some(MAX_STOCK + 1), ..Default::default() }, "stock_quantity"),
            (ProductChange { tags: Some(vec!["x".repeat(51)]), ..Default::default() }, "tags[0]"),
            (ProductChange { colors: Some(vec![String::new(); MAX_WORDS + 1]), ..Default::default() }, "colors"),
            (ProductChange { weight_grams: Some(Some(u32::MAX)), ..Default::default() }, "weight"),
            (
                ProductChange { images: vec![ImageChange::Remove(ImageId::new(9))], ..Default::default() },
                "there is no such image",
            ),
        ] {
            assert_eq!(refused(&change), field);
        }
    }

    #[test]
    fn what_is_absent_stays_and_what_is_empty_goes() {
        let mut product = product();
        product.details.brand = "Kiln".to_owned();
        product.details.weight_grams = Some(300);
        let tags = Some(vec![" clay ".to_owned(), "clay".to_owned(), String::new()]);
        ProductChange { tags, weight_grams: Some(None), ..Default::default() }.apply(&mut product).unwrap();
        assert_eq!((product.details.brand.as_str(), product.details.weight_grams), ("Kiln", None));
        assert_eq!(product.details.tags, ["clay"]);
    }

    #[test]
    fn images_are_added_moved_and_removed_and_the_first_is_the_primary_one() {
        let mut product = product();
        let images = vec![image("a"), image("b"), image("c"), ImageChange::Move { id: ImageId::new(3), to: 0 }];
        ProductChange { images, ..Default::default() }.apply(&mut product).unwrap();
        let keys = |product: &Product| -> Vec<String> {
            product.details.images.iter().map(|image| format!("{}{}", image.object, image.id)).collect()
        };
        assert_eq!(keys(&product), ["c3", "a1", "b2"]);
        let images =
            vec![ImageChange::Remove(ImageId::new(1)), image("d"), ImageChange::Move { id: ImageId::new(2), to: 99 }];
        ProductChange { images, ..Default::default() }.apply(&mut product).unwrap();
        assert_eq!(keys(&product), ["c3", "d4", "b2"]);
        let images = vec![image("x"); MAX_IMAGES - 2];
        let told = ProductChange { images, ..Default::default() }.apply(&mut product).unwrap_err();
        assert_eq!(told.to_string(), "image_data: a product has at most 20 images");
    }
}
