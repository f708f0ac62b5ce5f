//! The catalogue beside its products.

use std::sync::Arc;

use async_trait::async_trait;

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
impl<T: CatalogSearch + ?Sized> CatalogSearch for Arc<T> {
    async fn search(&self, query: &ProductQuery, page: PageRequest) -> Result<Page<ProductCard>, StoreError> {
        (**self).search(query, page).await
    }

    async fn facets(&self, query: &ProductQuery) -> Result<Facets, StoreError> {
        (**self).facets(query).await
    }

    async fn suggest(&self, words: &SearchWords, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        (**self).suggest(words, limit).await
    }

    async fn set_price_scales(&self, scales: &[PriceScale]) -> Result<(), StoreError> {
        (**self).set_price_scales(scales).await
    }

    async fn price_scales(&self) -> Result<Vec<PriceScale>, StoreError> {
        (**self).price_scales().await
    }

    async fn rescale(&self, after: Option<ProductId>, limit: u32) -> Result<Option<ProductId>, StoreError> {
        (**self).rescale(after, limit).await
    }
}

#[async_trait]
impl<T: ReviewStore + ?Sized> ReviewStore for Arc<T> {
    async fn add_review(&self, review: &NewReview) -> Result<AddedReview, StoreError> {
        (**self).add_review(review).await
    }

    async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError> {
        (**self).review(id).await
    }

    async fn review_of(&self, product: ProductId, reviewer: AccountId) -> Result<Option<Review>, StoreError> {
        (**self).review_of(product, reviewer).await
    }

    async fn reviews(
        &self,
        product: ProductId,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError> {
        (**self).reviews(product, order, page).await
    }

    async fn reviews_by(&self, reviewer: AccountId, page: PageRequest) -> Result<Page<Review>, StoreError> {
        (**self).reviews_by(reviewer, page).await
    }

    async fn change_review(
        &self,
        id: ReviewId,
        version: u64,
        change: &ReviewChange,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreError> {
        (**self).change_review(id, version, change, now).await
    }

    async fn remove_review(&self, id: ReviewId, now: Timestamp) -> Result<bool, StoreError> {
        (**self).remove_review(id, now).await
    }

    async fn vote_review(&self, id: ReviewId, voter: AccountId, helpful: bool) -> Result<Option<u32>, StoreError> {
        (**self).vote_review(id, voter, helpful).await
    }

    async fn voted_among(&self, voter: AccountId, ids: &[ReviewId]) -> Result<Vec<ReviewId>, StoreError> {
        (**self).voted_among(voter, ids).await
    }
}

#[async_trait]
impl<T: FavouriteStore + ?Sized> FavouriteStore for Arc<T> {
    async fn set_favourite(
        &self,
        account: AccountId,
        product: ProductId,
        wanted: bool,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        (**self).set_favourite(account, product, wanted, now).await
    }

    async fn favourites(&self, account: AccountId, page: PageRequest) -> Result<Page<Favourite>, StoreError> {
        (**self).favourites(account, page).await
    }

    async fn favourites_among(&self, account: AccountId, products: &[ProductId]) -> Result<Vec<ProductId>, StoreError> {
        (**self).favourites_among(account, products).await
    }

    async fn forget_favourites_of(&self, account: AccountId) -> Result<(), StoreError> {
        (**self).forget_favourites_of(account).await
    }
}

#[async_trait]
impl<T: CartStore + ?Sized> CartStore for Arc<T> {
    async fn cart(&self, account: AccountId) -> Result<Cart, StoreError> {
        (**self).cart(account).await
    }

    async fn save_cart(&self, cart: &Cart) -> Result<Option<u64>, StoreError> {
        (**self).save_cart(cart).await
    }

    async fn forget_cart(&self, account: AccountId) -> Result<(), StoreError> {
        (**self).forget_cart(account).await
    }
}

#[async_trait]
impl<T: ShopFigures + ?Sized> ShopFigures for Arc<T> {
    async fn note_activity(
        &self,
        activity: Activity,
        products: &[ProductId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        (**self).note_activity(activity, products, now).await
    }

    async fn note_sale(&self, sale: &Sale) -> Result<bool, StoreError> {
        (**self).note_sale(sale).await
    }

    async fn totals_of(&self, seller: SellerId, from: Option<Date>, until: Date) -> Result<ActivityTotals, StoreError> {
        (**self).totals_of(seller, from, until).await
    }

    async fn products_of(&self, seller: SellerId) -> Result<(u64, u64), StoreError> {
        (**self).products_of(seller).await
    }

    async fn best_sellers(&self, seller: SellerId, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        (**self).best_sellers(seller, limit).await
    }

    async fn orders_by_status(&self, seller: SellerId) -> Result<Vec<(OrderStatus, u32)>, StoreError> {
        (**self).orders_by_status(seller).await
    }
}
