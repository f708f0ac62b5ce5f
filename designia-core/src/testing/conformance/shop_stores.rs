//! The stores of a catalogue under test, and the steps that cases are made of.

use std::any::Any;
use std::sync::Arc;

use uuid::Uuid;

use super::threads::Threads;
use crate::catalog::{CategoryId, NewCategory, NewReview, Product, ProductCard, ProductDetails, Review, ReviewChange};
use crate::id::{AccountId, ProductId};
use crate::ports::{
    AddedReview, CartStore, CatalogSearch, CatalogStore, FavouriteStore, OrderStore, PageRequest, ProductKey,
    ProductQuery, ReviewOrder, ReviewStore, ShopFigures,
};
use crate::testing::block_on;
use crate::testing::fixtures::{NOW, commit, placed, placement, product, product_id};
use crate::time::Timestamp;

/// The stores under test. They share their data, as their contracts demand.
#[non_exhaustive]
pub struct ShopStores {
    /// Orders, whose commits move stock.
    pub orders: Arc<dyn OrderStore>,
    /// Products and categories.
    pub catalog: Arc<dyn CatalogStore>,
    /// Finding them.
    pub search: Arc<dyn CatalogSearch>,
    /// Reviews.
    pub reviews: Arc<dyn ReviewStore>,
    /// Favourites.
    pub favourites: Arc<dyn FavouriteStore>,
    /// Carts.
    pub carts: Arc<dyn CartStore>,
    /// What sellers see.
    pub figures: Arc<dyn ShopFigures>,
    threads: Threads,
    _guard: Box<dyn Any>,
}

impl ShopStores {
    /// One adapter that is all of them.
    #[must_use]
    pub fn of(
        store: impl OrderStore + CatalogStore + CatalogSearch + ReviewStore + FavouriteStore + CartStore + ShopFigures,
    ) -> Self {
        let store = Arc::new(store);
        Self {
            orders: store.clone(),
            catalog: store.clone(),
            search: store.clone(),
            reviews: store.clone(),
            favourites: store.clone(),
            carts: store.clone(),
            figures: store,
            threads: Threads::driven_by(block_on),
            _guard: Box::new(()),
        }
    }
}

super::under_test::stores_under_test!(ShopStores, catalog);

/// The account of this number.
pub(super) const fn account(number: u32) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0xacc0_0000_7000_8000_0000_0000_0000 + number as u128))
}

/// A moment so many seconds after the fixtures'.
pub(super) const fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(NOW.as_micros() + second * 1_000_000)
}

/// A product of this number and name, offered in the second of its number.
pub(super) fn named(number: u32, name: &str) -> Product {
    let at = at(i64::from(number));
    Product { name: name.to_owned(), created_at: at, updated_at: at, ..product(number) }
}

/// The same with details.
pub(super) fn detailed(number: u32, name: &str, details: ProductDetails) -> Product {
    Product { details, ..named(number, name) }
}

/// The category of this name.
pub(super) fn category(name: &str, parent: Option<CategoryId>) -> NewCategory {
    NewCategory {
        name: name.to_owned(),
        slug: name.to_lowercase(),
        description: "Two lines,\n'and' more.".to_owned(),
        parent,
        active: true,
    }
}

/// What a review says.
pub(super) fn opinion(rating: u8) -> ReviewChange {
    ReviewChange { rating, title: "«Ótimo»".to_owned(), comment: "Holds tea,\n'and' 50% more.".to_owned() }
}

/// The numbers of products.
pub(super) fn numbers(cards: &[ProductCard]) -> Vec<u32> {
    let number = |id: ProductId| id.as_uuid().as_fields().0;
    cards.iter().map(|card| number(card.id)).collect()
}

/// The steps that cases are made of: each does one thing and expects it to work.
impl ShopStores {
    pub(super) async fn put(&self, product: &Product) {
        self.catalog.put(product).await.expect("the product is stored");
    }

    /// Puts the first products of the fixtures on the shelf.
    pub(super) async fn shelve(&self, count: u32) {
        for number in 1..=count {
            self.put(&named(number, &format!("Cup {number}"))).await;
        }
    }

    /// Places the order of this number, and so moves stock.
    pub(super) async fn place(&self, order: u32) {
        self.orders.commit(commit(placed(placement(order)))).await.expect("the order is stored");
    }

    pub(super) async fn load(&self, number: u32) -> Product {
        let found = self.catalog.product(&ProductKey::Id(product_id(number))).await.expect("the store answers");
        found.expect("the product is there")
    }

    pub(super) async fn add_category(&self, name: &str, parent: Option<CategoryId>) -> CategoryId {
        self.catalog.add_category(&category(name, parent)).await.expect("the category is stored")
    }

    /// Everything that is found, in pages of this length.
    pub(super) async fn found(&self, query: &ProductQuery, limit: u32) -> Vec<u32> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.search.search(query, page).await.expect("the store answers");
            assert!(page.rows.len() <= limit as usize, "a page is too long");
            all.extend(numbers(&page.rows));
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }

    pub(super) async fn review(&self, number: u32, reviewer: u32, rating: u8) -> Review {
        let review = NewReview {
            product: product_id(number),
            reviewer: account(reviewer),
            content: opinion(rating),
            verified: reviewer % 2 == 1,
            at: at(i64::from(reviewer)),
        };
        match self.reviews.add_review(&review).await.expect("the store answers") {
            AddedReview::New(review) => review,
            other => panic!("the review is new: {other:?}"),
        }
    }

    /// The reviewers of a product in their order, in pages of this length.
    pub(super) async fn reviewed(&self, number: u32, order: ReviewOrder, limit: u32) -> Vec<Review> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.reviews.reviews(product_id(number), order, page).await.expect("the store answers");
            all.extend(page.rows);
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }
}
