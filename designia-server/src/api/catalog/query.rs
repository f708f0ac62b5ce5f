//! What may be asked of lists of products: each name with its rule, and what is not named is passed over.
//!
//! Names repeat (`category=a&category=b`), so the query is read as pairs.

use designia_core::catalog::{CategoryTree, Condition, SearchWords};
use designia_core::money::{Currency, Money};
use designia_core::ports::{ProductOrder, ProductQuery};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::view::price;
use crate::problem::Problem;

/// Most values of one name.
const MAX_VALUES: usize = 50;

/// The pairs of a query.
pub(in crate::api) type Pairs = Vec<(String, String)>;

/// What may be asked of lists of products. For the documentation: the query is read as pairs.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Asked` reads")]
pub(crate) struct ProductParams {
    /// Words that are all in name, brand, tags or description.
    #[param(example = "tea bowl")]
    q: Option<String>,
    /// Slugs or numbers of categories, repeated; their parts are looked through, too.
    category: Option<Vec<String>>,
    /// `new`, `like_new`, `good`, `fair`, `poor`, repeated.
    condition: Option<Vec<String>>,
    /// Least price, in `currency`.
    #[param(example = "10.00")]
    price_min: Option<String>,
    /// Greatest price, in `currency`.
    #[param(example = "99.90")]
    price_max: Option<String>,
    /// Least average rating, 0 to 5.
    #[param(example = "4")]
    min_rating: Option<String>,
    /// Only what can be ordered now.
    in_stock: Option<bool>,
    /// Of this seller.
    seller: Option<uuid::Uuid>,
    /// Of this brand.
    brand: Option<String>,
    /// With one of these tags, repeated.
    tag: Option<Vec<String>>,
    /// Only what the marketplace shows first.
    is_featured: Option<bool>,
    /// The currency of prices in the query, and the one in which prices are shown besides the seller's; by default the profile's.
    #[param(example = "EUR")]
    currency: Option<String>,
    /// `relevance`, `-created_at`, `price`, `-price`, `-average_rating` or `-popularity`.
    ordering: Option<String>,
    /// The same under other names: `relevance`, `newest`, `price_asc`, `price_desc`, `rating` or `popular`.
    sort: Option<String>,
}

/// The pairs of a query, to be asked by name.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct Asked<'a>(pub(in crate::api) &'a Pairs);

impl<'a> Asked<'a> {
    /// The last value of a name that is not empty.
    pub(super) fn one(self, name: &str) -> Option<&'a str> {
        self.all(name).last()
    }

    fn all(self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, value)| it == name && !value.trim().is_empty()).map(|(_, value)| value.trim())
    }

    fn several(self, name: &str) -> Result<Vec<&'a str>, Problem> {
        let values: Vec<_> = self.all(name).flat_map(|value| value.split(',')).filter(|it| !it.is_empty()).collect();
        let fits = values.len() <= MAX_VALUES;
        fits.then_some(values).ok_or_else(|| Problem::field(name, format!("must be given at most {MAX_VALUES} times")))
    }

    /// A switch.
    pub(super) fn switch(self, name: &str) -> Result<Option<bool>, Problem> {
        match self.one(name).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(Problem::field(name, "must be true or false")),
        }
    }

    /// The currency that is asked for.
    pub(super) fn currency(self) -> Result<Option<Currency>, Problem> {
        self.one("currency").map(|code| price::currency("currency", code)).transpose()
    }

    /// Which products, in which order. `None` if none can fit, because no category of those names exists. `usual` is the order if
    /// none is asked for.
    pub(super) fn products(
        self,
        tree: &CategoryTree,
        currency: Currency,
        usual: ProductOrder,
    ) -> Result<Option<ProductQuery>, Problem> {
        if let Some((name, _)) = self.0.iter().find(|(_, value)| value.chars().any(char::is_control)) {
            return Err(Problem::field(name, "must not contain control characters"));
        }
        let named = self.several("category")?;
        let category = |name: &&str| match name.parse() {
            Ok(number) => tree.get(number),
            Err(_) => tree.by_slug(name),
        };
        let found: Vec<_> = named.iter().filter_map(category).map(|category| category.id).collect();
        if found.is_empty() && !named.is_empty() {
            return Ok(None);
        }
        let condition = |word: &str| word.parse::<Condition>().map_err(|told| Problem::field("condition", told));
        let amount = |name: &str| {
            let parse = |text| Money::parse(text, currency).map_err(|error| Problem::field(name, error.to_string()));
            self.one(name).map(parse).transpose()
        };
        let seller = self.one("seller").map(|id| id.parse().map_err(|_| Problem::field("seller", "must be a UUID")));
        let words = self.one("q").unwrap_or_default();
        if words.chars().count() > 200 {
            return Err(Problem::field("q", "must be at most 200 characters"));
        }
        Ok(Some(ProductQuery {
            words: SearchWords::new(words),
            categories: tree.with_parts(found),
            conditions: self.several("condition")?.into_iter().map(condition).collect::<Result<_, _>>()?,
            price_min: amount("price_min")?,
            price_max: amount("price_max")?,
            min_rating: self.one("min_rating").map(rating).transpose()?,
            in_stock: self.switch("in_stock")?.unwrap_or(false),
            seller: seller.transpose()?,
            seller_view: false,
            brand: self.one("brand").map(str::to_owned),
            tags: self.several("tag")?.into_iter().map(str::to_owned).collect(),
            featured: self.switch("is_featured")?,
            order: self.order()?.unwrap_or(usual),
        }))
    }

    /// The order that is asked for, under either name.
    pub(super) fn order(self) -> Result<Option<ProductOrder>, Problem> {
        const NAMES: [(&str, ProductOrder); 13] = [
            ("relevance", ProductOrder::Relevance),
            ("-created_at", ProductOrder::Newest),
            ("newest", ProductOrder::Newest),
            ("price", ProductOrder::PriceUp),
            ("price_asc", ProductOrder::PriceUp),
            ("-price", ProductOrder::PriceDown),
            ("price_desc", ProductOrder::PriceDown),
            ("-average_rating", ProductOrder::Rating),
            ("rating", ProductOrder::Rating),
            ("-popularity", ProductOrder::Popular),
            ("-view_count", ProductOrder::Popular),
            ("-favorite_count", ProductOrder::Popular),
            ("popular", ProductOrder::Popular),
        ];
        let Some((field, asked)) = ["ordering", "sort"].into_iter().find_map(|it| Some((it, self.one(it)?))) else {
            return Ok(None);
        };
        let found = NAMES.into_iter().find(|(name, _)| *name == asked).map(|(_, order)| order);
        let known: Vec<_> = NAMES.iter().map(|(name, _)| *name).collect();
        found.map(Some).ok_or_else(|| Problem::field(field, format!("must be one of: {}", known.join(", "))))
    }
}

/// Stars with at most one place, as thousandths.
fn rating(text: &str) -> Result<u32, Problem> {
    let wrong = || Problem::field("min_rating", "must be from 0 to 5, such as 4 or 4.5");
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let tenths: u32 = if part.len() == 1 { part.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
    Some(whole * 1_000 + tenths * 100).filter(|it| *it <= 5_000 && whole <= 5).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[(&str, &str)]) -> Pairs {
        text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn query(text: &[(&str, &str)]) -> Result<Option<ProductQuery>, Problem> {
        Asked(&pairs(text)).products(&CategoryTree::default(), "EUR".parse().unwrap(), ProductOrder::Newest)
    }

    #[test]
    fn the_client_and_the_first_backend_name_orders_differently_and_both_are_understood() {
        for (name, value, order) in [
            ("ordering", "-price", ProductOrder::PriceDown),
            ("sort", "price_desc", ProductOrder::PriceDown),
            ("ordering", "-created_at", ProductOrder::Newest),
            ("sort", "popular", ProductOrder::Popular),
        ] {
            assert_eq!(query(&[(name, value)]).unwrap().unwrap().order, order, "{name}={value}");
        }
        assert_eq!(query(&[("ordering", "")]).unwrap().unwrap().order, ProductOrder::Newest);
        for order in ["seller__password", "id", "price;drop", "-PRICE"] {
            assert!(query(&[("ordering", order)]).is_err(), "{order}");
        }
    }

    #[test]
    fn what_can_t_be_understood_is_refused_by_its_name() {
        for (name, value) in [
            ("price_min", "1.001"),
            ("price_max", "NaN"),
            ("min_rating", "6"),
            ("min_rating", "4.55"),
            ("min_rating", "5.1"),
            ("min_rating", "99999999999"),
            ("in_stock", "maybe"),
            ("seller", "7"),
            ("condition", "mint"),
            ("currency", "EURO"),
            ("brand", "a\0b"),
        ] {
            let told = match query(&[(name, value)]) {
                Ok(_) => Asked(&pairs(&[(name, value)])).currency().unwrap_err(),
                Err(told) => told,
            };
            assert!(told.detail().starts_with(name), "{name}={value}: {}", told.detail());
        }
        assert_eq!(query(&[("min_rating", "4.5")]).unwrap().unwrap().min_rating, Some(4_500));
    }

    #[test]
    fn a_category_that_nobody_knows_has_no_products() {
        assert_eq!(query(&[("category", "lost")]).unwrap(), None);
        assert!(query(&[("category", "")]).unwrap().is_some());
    }
}
