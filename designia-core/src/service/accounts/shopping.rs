//! What the shop keeps about a person: what they sell, think of things, like, and have in their cart.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::id::{AccountId, ProductId};
use crate::ports::{
    CartStore, CatalogSearch, CatalogStore, FavouriteStore, PageRequest, PersonalData, ProductKey, ProductQuery,
    PutError, ReviewStore, StoreError,
};
use crate::time::Timestamp;

/// Rows read from a store at a time.
const CHUNK: u32 = 100;

/// How often a product is looked at again because somebody changed it meanwhile.
const TRIES: u32 = 5;

/// What the shop keeps about a person. When they leave, what they sell is withdrawn, because orders refer to it; what they wrote
/// about products stays under a name that is nobody's; favourites and the cart go.
#[derive(Clone, Debug)]
pub struct ShoppingOfPerson {
    /// Products.
    pub products: Arc<dyn CatalogStore>,
    /// Products by their seller.
    pub search: Arc<dyn CatalogSearch>,
    /// Reviews.
    pub reviews: Arc<dyn ReviewStore>,
    /// Favourites.
    pub favourites: Arc<dyn FavouriteStore>,
    /// Carts.
    pub carts: Arc<dyn CartStore>,
}

#[async_trait]
impl PersonalData for ShoppingOfPerson {
    fn name(&self) -> &'static str {
        "shopping"
    }

    async fn export(&self, account: AccountId) -> Result<Value, StoreError> {
        let mut products = Vec::new();
        for id in self.sold_by(account).await? {
            if let Some(it) = self.products.product(&ProductKey::Id(id)).await? {
                products.push(json!(it));
            }
        }
        let cart = self.carts.cart(account).await?;
        Ok(json!({
            "products": products,
            "reviews": self.reviews_by(account).await?,
            "favourites": self.favourites_of(account).await?,
            "cart": { "lines": cart.lines, "updated_at": cart.updated_at },
        }))
    }

    async fn erase(&self, account: AccountId, now: Timestamp) -> Result<(), StoreError> {
        for id in self.sold_by(account).await? {
            self.withdraw(id, now).await?;
        }
        self.favourites.forget_favourites_of(account).await?;
        self.carts.forget_cart(account).await
    }
}

impl ShoppingOfPerson {
    async fn sold_by(&self, account: AccountId) -> Result<Vec<ProductId>, StoreError> {
        let query = ProductQuery { seller: Some(account.seller()), seller_view: true, ..ProductQuery::default() };
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = self.search.search(&query, PageRequest { after, limit: CHUNK }).await?;
            ids.extend(page.rows.iter().map(|card| card.id));
            after = page.next;
            if after.is_none() {
                return Ok(ids);
            }
        }
    }

    async fn reviews_by(&self, account: AccountId) -> Result<Vec<Value>, StoreError> {
        let (mut reviews, mut after) = (Vec::new(), None);
        loop {
            let page = self.reviews.reviews_by(account, PageRequest { after, limit: CHUNK }).await?;
            reviews.extend(page.rows.iter().map(|it| {
                json!({ "product": it.product, "rating": it.rating, "title": it.title, "comment": it.comment,
                    "created_at": it.created_at, "updated_at": it.updated_at, "removed_at": it.removed_at })
            }));
            after = page.next;
            if after.is_none() {
                return Ok(reviews);
            }
        }
    }

    async fn favourites_of(&self, account: AccountId) -> Result<Vec<Value>, StoreError> {
        let (mut favourites, mut after) = (Vec::new(), None);
        loop {
            let page = self.favourites.favourites(account, PageRequest { after, limit: CHUNK }).await?;
            favourites.extend(page.rows.iter().map(|it| json!({ "product": it.product, "since": it.created_at })));
            after = page.next;
            if after.is_none() {
                return Ok(favourites);
            }
        }
    }

    async fn withdraw(&self, id: ProductId, now: Timestamp) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let Some(mut product) = self.products.product(&ProductKey::Id(id)).await? else { return Ok(()) };
            if !product.active {
                return Ok(());
            }
            (product.active, product.updated_at) = (false, now);
            match self.products.change(&product).await {
                Ok(_) => return Ok(()),
                Err(PutError::Store(error)) => return Err(error),
                // Somebody else changed it: look again.
                Err(_) => {}
            }
        }
        Err(StoreError::unavailable(format!("product {id} changes too often to be withdrawn")))
    }
}
