//! The conformance suite of the catalogue bites: an adapter that breaks one sentence of a contract fails the case that is named
//! for it.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use designia_core::catalog::{
    Activity, ActivityTotals, Cart, MAX_CART_LINES, NewReview, PriceScale, ProductCard, Review, ReviewChange, ReviewId,
    Sale, SearchWords,
};
use designia_core::id::{AccountId, ProductId, SellerId};
use designia_core::memory::MemoryStore;
use designia_core::order::OrderStatus;
use designia_core::ports::{
    AddedReview, CartStore, CatalogSearch, Facets, Favourite, FavouriteStore, Page, PageRequest, ProductOrder,
    ProductQuery, ReviewOrder, ReviewStore, ShopFigures, StoreError,
};
use designia_core::testing::conformance::ShopStores;
use designia_core::testing::conformance::shop::{carts, favourites, figures, lists, opinions, words};
use designia_core::testing::{block_on, fixtures};
use designia_core::time::{Date, Timestamp};
use uuid::Uuid;

/// What an adapter does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sabotage {
    IgnoresTheOrder,
    PagesByPrice,
    ShowsInactiveProducts,
    ComparesMinorUnits,
    SuggestsBackwards,
    CountsNoBrands,
    RemovesNothing,
    ChangesEveryVersion,
    KeepsVotes,
    LikesAgain,
    ListsBackwards,
    ForgetsNothing,
    SavesOverEverything,
    CutsFullCarts,
    CountsEverySale,
    HasOnlyToday,
    CountsActiveOnly,
    CountsNoOrders,
}

#[derive(Debug)]
struct Sabotaged {
    inner: MemoryStore,
    by: Sabotage,
}

impl Sabotaged {
    fn is(&self, sabotage: Sabotage) -> bool {
        self.by == sabotage
    }

    fn listed<T>(&self, mut rows: Vec<T>) -> Vec<T> {
        if self.is(Sabotage::ListsBackwards) {
            rows.reverse();
        }
        rows
    }
}

#[async_trait]
impl CatalogSearch for Sabotaged {
    async fn search(&self, query: &ProductQuery, mut page: PageRequest) -> Result<Page<ProductCard>, StoreError> {
        let mut query = query.clone();
        match self.by {
            Sabotage::IgnoresTheOrder => query.order = ProductOrder::Newest,
            Sabotage::ShowsInactiveProducts => query.seller_view = true,
            // Another order would begin the same page for ever.
            Sabotage::PagesByPrice if query.order == ProductOrder::PriceUp => {
                page.after.iter_mut().for_each(|after| after.id = ProductId::from_uuid(Uuid::max()).to_string());
            }
            _ => {}
        }
        self.inner.search(&query, page).await
    }

    async fn facets(&self, query: &ProductQuery) -> Result<Facets, StoreError> {
        let mut facets = self.inner.facets(query).await?;
        if self.is(Sabotage::CountsNoBrands) {
            facets.brands.clear();
        }
        Ok(facets)
    }

    async fn suggest(&self, words: &SearchWords, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        let mut found = self.inner.suggest(words, limit).await?;
        if self.is(Sabotage::SuggestsBackwards) {
            found.reverse();
        }
        Ok(found)
    }

    async fn set_price_scales(&self, scales: &[PriceScale]) -> Result<(), StoreError> {
        let scales = if self.is(Sabotage::ComparesMinorUnits) { &[] } else { scales };
        self.inner.set_price_scales(scales).await
    }

    async fn price_scales(&self) -> Result<Vec<PriceScale>, StoreError> {
        self.inner.price_scales().await
    }

    async fn rescale(&self, after: Option<ProductId>, limit: u32) -> Result<Option<ProductId>, StoreError> {
        self.inner.rescale(after, limit).await
    }
}

#[async_trait]
impl ReviewStore for Sabotaged {
    async fn add_review(&self, review: &NewReview) -> Result<AddedReview, StoreError> {
        self.inner.add_review(review).await
    }

    async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError> {
        self.inner.review(id).await
    }

    async fn review_of(&self, product: ProductId, reviewer: AccountId) -> Result<Option<Review>, StoreError> {
        self.inner.review_of(product, reviewer).await
    }

    async fn reviews(
        &self,
        product: ProductId,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError> {
        let order = if self.is(Sabotage::IgnoresTheOrder) { ReviewOrder::Newest } else { order };
        self.inner.reviews(product, order, page).await
    }

    async fn reviews_by(&self, reviewer: AccountId, page: PageRequest) -> Result<Page<Review>, StoreError> {
        self.inner.reviews_by(reviewer, page).await
    }

    async fn change_review(
        &self,
        id: ReviewId,
        version: u64,
        change: &ReviewChange,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreError> {
        let stored = self.inner.review(id).await?.map_or(version, |review| review.version);
        let version = if self.is(Sabotage::ChangesEveryVersion) { stored } else { version };
        self.inner.change_review(id, version, change, now).await
    }

    async fn remove_review(&self, id: ReviewId, now: Timestamp) -> Result<bool, StoreError> {
        if self.is(Sabotage::RemovesNothing) { Ok(true) } else { self.inner.remove_review(id, now).await }
    }

    async fn vote_review(&self, id: ReviewId, voter: AccountId, helpful: bool) -> Result<Option<u32>, StoreError> {
        self.inner.vote_review(id, voter, helpful || self.is(Sabotage::KeepsVotes)).await
    }

    async fn voted_among(&self, voter: AccountId, ids: &[ReviewId]) -> Result<Vec<ReviewId>, StoreError> {
        self.inner.voted_among(voter, ids).await
    }
}

#[async_trait]
impl FavouriteStore for Sabotaged {
    async fn set_favourite(
        &self,
        account: AccountId,
        product: ProductId,
        wanted: bool,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        if self.is(Sabotage::LikesAgain) && wanted {
            self.inner.set_favourite(account, product, false, now).await?;
        }
        self.inner.set_favourite(account, product, wanted, now).await
    }

    async fn favourites(&self, account: AccountId, page: PageRequest) -> Result<Page<Favourite>, StoreError> {
        let page = self.inner.favourites(account, page).await?;
        Ok(Page { rows: self.listed(page.rows), next: page.next })
    }

    async fn favourites_among(&self, account: AccountId, products: &[ProductId]) -> Result<Vec<ProductId>, StoreError> {
        self.inner.favourites_among(account, products).await
    }

    async fn forget_favourites_of(&self, account: AccountId) -> Result<(), StoreError> {
        if self.is(Sabotage::ForgetsNothing) { Ok(()) } else { self.inner.forget_favourites_of(account).await }
    }
}

#[async_trait]
impl CartStore for Sabotaged {
    async fn cart(&self, account: AccountId) -> Result<Cart, StoreError> {
        self.inner.cart(account).await
    }

    async fn save_cart(&self, cart: &Cart) -> Result<Option<u64>, StoreError> {
        let mut cart = cart.clone();
        match self.by {
            Sabotage::SavesOverEverything => cart.version = self.inner.cart(cart.account).await?.version,
            Sabotage::CutsFullCarts => cart.lines.truncate(MAX_CART_LINES),
            _ => {}
        }
        self.inner.save_cart(&cart).await
    }

    async fn forget_cart(&self, account: AccountId) -> Result<(), StoreError> {
        if self.is(Sabotage::ForgetsNothing) { Ok(()) } else { self.inner.forget_cart(account).await }
    }
}

#[async_trait]
impl ShopFigures for Sabotaged {
    async fn note_activity(
        &self,
        activity: Activity,
        products: &[ProductId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = if self.is(Sabotage::HasOnlyToday) { fixtures::NOW } else { now };
        self.inner.note_activity(activity, products, now).await
    }

    async fn note_sale(&self, sale: &Sale) -> Result<bool, StoreError> {
        let is_new = self.inner.note_sale(sale).await?;
        if !is_new && self.is(Sabotage::CountsEverySale) {
            let another = Sale { order: fixtures::order_id(9_999), ..sale.clone() };
            return self.inner.note_sale(&another).await;
        }
        Ok(is_new)
    }

    async fn totals_of(&self, seller: SellerId, from: Option<Date>, until: Date) -> Result<ActivityTotals, StoreError> {
        self.inner.totals_of(seller, from, until).await
    }

    async fn products_of(&self, seller: SellerId) -> Result<(u64, u64), StoreError> {
        let (all, active) = self.inner.products_of(seller).await?;
        Ok(if self.is(Sabotage::CountsActiveOnly) { (active, active) } else { (all, active) })
    }

    async fn best_sellers(&self, seller: SellerId, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        Ok(self.listed(self.inner.best_sellers(seller, limit).await?))
    }

    async fn orders_by_status(&self, seller: SellerId) -> Result<Vec<(OrderStatus, u32)>, StoreError> {
        if self.is(Sabotage::CountsNoOrders) { Ok(Vec::new()) } else { self.inner.orders_by_status(seller).await }
    }
}

/// Whether a case fails on stores that this was done to.
fn bites(by: Sabotage, case: &impl AsyncFn(&ShopStores)) -> bool {
    let inner = MemoryStore::new();
    let mut stores = ShopStores::of(inner.clone());
    let sabotaged = Arc::new(Sabotaged { inner, by });
    stores.search = sabotaged.clone();
    stores.reviews = sabotaged.clone();
    stores.favourites = sabotaged.clone();
    stores.carts = sabotaged.clone();
    stores.figures = sabotaged;
    catch_unwind(AssertUnwindSafe(|| block_on(case(&stores)))).is_err()
}

#[test]
fn each_broken_sentence_of_the_contracts_is_noticed() {
    use Sabotage::*;
    macro_rules! each {
        ($($by:ident: $topic:ident::$case:ident,)+) => {
            $(assert!(bites($by, &async |it: &ShopStores| $topic::$case(it).await), "{:?} is not noticed", $by);)+
        };
    }
    each! {
        IgnoresTheOrder: lists::prices_go_up_and_down_and_equal_ones_come_once,
        IgnoresTheOrder: lists::the_best_rated_and_the_popular_come_first,
        IgnoresTheOrder: words::what_has_the_words_comes_in_every_order,
        PagesByPrice: lists::prices_go_up_and_down_and_equal_ones_come_once,
        ShowsInactiveProducts: lists::sellers_see_their_inactive_products_and_nobody_else_does,
        ComparesMinorUnits: lists::prices_of_other_currencies_compare_by_their_scales,
        SuggestsBackwards: words::names_and_brands_are_suggested_the_popular_first,
        CountsNoBrands: lists::facets_say_what_there_is,
        IgnoresTheOrder: opinions::reviews_come_in_every_order_and_each_once,
        RemovesNothing: opinions::a_removed_review_is_on_no_page_and_leaves_room_for_another,
        RemovesNothing: opinions::a_rating_follows_what_is_changed_and_removed,
        ChangesEveryVersion: opinions::a_review_is_changed_at_its_version_only,
        KeepsVotes: opinions::a_vote_counts_once_and_can_be_taken_back,
        LikesAgain: favourites::a_favourite_is_one_once,
        ListsBackwards: favourites::favourites_come_newest_first_and_each_once,
        ForgetsNothing: favourites::an_account_that_goes_takes_its_favourites_along,
        SavesOverEverything: carts::a_cart_is_saved_over_its_version_only,
        CutsFullCarts: carts::a_full_cart_is_kept_and_a_fuller_one_refused,
        ForgetsNothing: carts::a_cart_that_was_forgotten_is_empty,
        CountsEverySale: figures::a_sale_counts_once_for_each_of_its_sellers,
        HasOnlyToday: figures::what_happens_is_counted_on_its_day,
        ListsBackwards: figures::what_sold_most_comes_first,
        CountsActiveOnly: figures::products_of_a_seller_are_counted,
        CountsNoOrders: figures::orders_of_a_seller_are_counted_by_status,
    }
}
