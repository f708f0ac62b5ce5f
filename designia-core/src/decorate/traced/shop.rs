//! Calls to the catalogue beside its products, by product, review or count.

use async_trait::async_trait;
use tracing::debug_span;
use tracing::field::Empty;

use super::{Traced, within};
use crate::catalog::{
    Activity, ActivityTotals, Cart, NewReview, PriceScale, ProductCard, Review, ReviewChange, ReviewId, Sale,
    SearchWords,
};
use crate::id::{AccountId, ProductId, SellerId};
use crate::order::OrderStatus;
use crate::ports::{
    AddedReview, CartStore, CatalogSearch, Facets, Favourite, FavouriteStore, Page, PageRequest, ProductQuery,
    ReviewOrder, ReviewStore, ShopFigures, StoreError,
};
use crate::time::{Date, Timestamp};

#[async_trait]
impl<S: CatalogSearch> CatalogSearch for Traced<S> {
    async fn search(&self, query: &ProductQuery, page: PageRequest) -> Result<Page<ProductCard>, StoreError> {
        let span = debug_span!("catalog_search.search", order = %query.order, limit = page.limit, outcome = Empty);
        within(span, self.inner.search(query, page)).await
    }

    async fn facets(&self, query: &ProductQuery) -> Result<Facets, StoreError> {
        let span = debug_span!("catalog_search.facets", order = %query.order, outcome = Empty);
        within(span, self.inner.facets(query)).await
    }

    async fn suggest(&self, words: &SearchWords, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        let span = debug_span!("catalog_search.suggest", limit, outcome = Empty);
        within(span, self.inner.suggest(words, limit)).await
    }

    async fn set_price_scales(&self, scales: &[PriceScale]) -> Result<(), StoreError> {
        let span = debug_span!("catalog_search.set_price_scales", scales = scales.len(), outcome = Empty);
        within(span, self.inner.set_price_scales(scales)).await
    }

    async fn price_scales(&self) -> Result<Vec<PriceScale>, StoreError> {
        let span = debug_span!("catalog_search.price_scales", outcome = Empty);
        within(span, self.inner.price_scales()).await
    }

    async fn rescale(&self, after: Option<ProductId>, limit: u32) -> Result<Option<ProductId>, StoreError> {
        let span = debug_span!("catalog_search.rescale", limit, outcome = Empty);
        within(span, self.inner.rescale(after, limit)).await
    }
}

#[async_trait]
impl<S: ReviewStore> ReviewStore for Traced<S> {
    async fn add_review(&self, review: &NewReview) -> Result<AddedReview, StoreError> {
        let span = debug_span!("review_store.add_review", product = %review.product, outcome = Empty);
        within(span, self.inner.add_review(review)).await
    }

    async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError> {
        let span = debug_span!("review_store.review", review = %id, outcome = Empty);
        within(span, self.inner.review(id)).await
    }

    async fn review_of(&self, product: ProductId, reviewer: AccountId) -> Result<Option<Review>, StoreError> {
        let span = debug_span!("review_store.review_of", product = %product, outcome = Empty);
        within(span, self.inner.review_of(product, reviewer)).await
    }

    async fn reviews(
        &self,
        product: ProductId,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError> {
        let span = debug_span!("review_store.reviews", product = %product, limit = page.limit, outcome = Empty);
        within(span, self.inner.reviews(product, order, page)).await
    }

    async fn reviews_by(&self, reviewer: AccountId, page: PageRequest) -> Result<Page<Review>, StoreError> {
        let span = debug_span!("review_store.reviews_by", limit = page.limit, outcome = Empty);
        within(span, self.inner.reviews_by(reviewer, page)).await
    }

    async fn change_review(
        &self,
        id: ReviewId,
        version: u64,
        change: &ReviewChange,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreError> {
        let span = debug_span!("review_store.change_review", review = %id, outcome = Empty);
        within(span, self.inner.change_review(id, version, change, now)).await
    }

    async fn remove_review(&self, id: ReviewId, now: Timestamp) -> Result<bool, StoreError> {
        let span = debug_span!("review_store.remove_review", review = %id, outcome = Empty);
        within(span, self.inner.remove_review(id, now)).await
    }

    async fn vote_review(&self, id: ReviewId, voter: AccountId, helpful: bool) -> Result<Option<u32>, StoreError> {
        let span = debug_span!("review_store.vote_review", review = %id, outcome = Empty);
        within(span, self.inner.vote_review(id, voter, helpful)).await
    }

    async fn voted_among(&self, voter: AccountId, ids: &[ReviewId]) -> Result<Vec<ReviewId>, StoreError> {
        let span = debug_span!("review_store.voted_among", ids = ids.len(), outcome = Empty);
        within(span, self.inner.voted_among(voter, ids)).await
    }
}

#[async_trait]
impl<S: FavouriteStore> FavouriteStore for Traced<S> {
    async fn set_favourite(
        &self,
        account: AccountId,
        product: ProductId,
        wanted: bool,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        let span = debug_span!("favourite_store.set_favourite", product = %product, outcome = Empty);
        within(span, self.inner.set_favourite(account, product, wanted, now)).await
    }

    async fn favourites(&self, account: AccountId, page: PageRequest) -> Result<Page<Favourite>, StoreError> {
        let span = debug_span!("favourite_store.favourites", limit = page.limit, outcome = Empty);
        within(span, self.inner.favourites(account, page)).await
    }

    async fn favourites_among(&self, account: AccountId, products: &[ProductId]) -> Result<Vec<ProductId>, StoreError> {
        let span = debug_span!("favourite_store.favourites_among", products = products.len(), outcome = Empty);
        within(span, self.inner.favourites_among(account, products)).await
    }

    async fn forget_favourites_of(&self, account: AccountId) -> Result<(), StoreError> {
        let span = debug_span!("favourite_store.forget_favourites_of", outcome = Empty);
        within(span, self.inner.forget_favourites_of(account)).await
    }
}

#[async_trait]
impl<S: CartStore> CartStore for Traced<S> {
    async fn cart(&self, account: AccountId) -> Result<Cart, StoreError> {
        let span = debug_span!("cart_store.cart", outcome = Empty);
        within(span, self.inner.cart(account)).await
    }

    async fn save_cart(&self, cart: &Cart) -> Result<Option<u64>, StoreError> {
        let span = debug_span!("cart_store.save_cart", version = cart.version, outcome = Empty);
        within(span, self.inner.save_cart(cart)).await
    }

    async fn forget_cart(&self, account: AccountId) -> Result<(), StoreError> {
        let span = debug_span!("cart_store.forget_cart", outcome = Empty);
        within(span, self.inner.forget_cart(account)).await
    }
}

#[async_trait]
impl<S: ShopFigures> ShopFigures for Traced<S> {
    async fn note_activity(
        &self,
        activity: Activity,
        products: &[ProductId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let span = debug_span!("shop_figures.note_activity", products = products.len(), outcome = Empty);
        within(span, self.inner.note_activity(activity, products, now)).await
    }

    async fn note_sale(&self, sale: &Sale) -> Result<bool, StoreError> {
        let span = debug_span!("shop_figures.note_sale", order = %sale.order, outcome = Empty);
        within(span, self.inner.note_sale(sale)).await
    }

    async fn totals_of(&self, seller: SellerId, from: Option<Date>, until: Date) -> Result<ActivityTotals, StoreError> {
        let span = debug_span!("shop_figures.totals_of", outcome = Empty);
        within(span, self.inner.totals_of(seller, from, until)).await
    }

    async fn products_of(&self, seller: SellerId) -> Result<(u64, u64), StoreError> {
        let span = debug_span!("shop_figures.products_of", outcome = Empty);
        within(span, self.inner.products_of(seller)).await
    }

    async fn best_sellers(&self, seller: SellerId, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        let span = debug_span!("shop_figures.best_sellers", limit, outcome = Empty);
        within(span, self.inner.best_sellers(seller, limit)).await
    }

    async fn orders_by_status(&self, seller: SellerId) -> Result<Vec<(OrderStatus, u32)>, StoreError> {
        let span = debug_span!("shop_figures.orders_by_status", outcome = Empty);
        within(span, self.inner.orders_by_status(seller)).await
    }
}
