//! The catalogue: what sellers offer, what buyers say about it, and what is counted.
//!
//! A seller's change is made against the version that was read, so that of two at once one is made anew. Stock is another matter: it moves
//! with every order, and a seller who sets it says how many there are now.

mod change;
mod error;
mod figures;
mod reviews;
mod sales;
mod scales;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use change::{ImageChange, ProductChange};
pub use error::CatalogError;
pub use figures::{Period, ShopReport};
pub use reviews::ReviewDraft;
pub use sales::SalesNoted;
pub use scales::{RESCALE, RatesFollowed, Rescale, Rescaled};

use crate::account::Account;
use crate::catalog::{CategoryTree, Product, ProductDetails, ProductFigures, slug, slug_with};
use crate::id::{AccountId, ProductId, SellerId};
use crate::ports::{
    AccountStore, CatalogSearch, CatalogStore, Clock, FavouriteStore, OrderQueries, ProductKey, PutError, ReviewStore,
    ShopFigures,
};

/// The catalogue, over whoever fills its ports. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalog {
    ports: CatalogPorts,
}

/// Who fills each role around the catalogue.
#[derive(Clone, Debug)]
pub struct CatalogPorts {
    /// Products and categories.
    pub products: Arc<dyn CatalogStore>,
    /// Finding products.
    pub search: Arc<dyn CatalogSearch>,
    /// What buyers say.
    pub reviews: Arc<dyn ReviewStore>,
    /// What people like.
    pub favourites: Arc<dyn FavouriteStore>,
    /// What is counted.
    pub figures: Arc<dyn ShopFigures>,
    /// Who has bought what.
    pub orders: Arc<dyn OrderQueries>,
    /// What people are called.
    pub accounts: Arc<dyn AccountStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Catalog {
    /// A catalogue over these ports.
    #[must_use]
    pub const fn new(ports: CatalogPorts) -> Self {
        Self { ports }
    }

    /// Who fills the roles.
    #[must_use]
    pub const fn ports(&self) -> &CatalogPorts {
        &self.ports
    }

    /// A product as anybody may see it.
    ///
    /// # Errors
    /// [`CatalogError::NoSuch`] if it is missing or not active, or a store error.
    pub async fn shown(&self, key: &ProductKey) -> Result<Product, CatalogError> {
        let product = self.ports.products.product(key).await?.filter(|product| product.active);
        product.ok_or(CatalogError::NoSuch("product"))
    }

    /// A product as its seller may see it, active or not.
    ///
    /// # Errors
    /// [`CatalogError::NoSuch`], or [`CatalogError::NotYours`] if everybody may see it and somebody else sells it.
    pub async fn own(&self, seller: SellerId, key: &ProductKey) -> Result<Product, CatalogError> {
        match self.ports.products.product(key).await? {
            Some(product) if product.seller == seller => Ok(product),
            Some(product) if product.active => Err(CatalogError::NotYours),
            Some(_) | None => Err(CatalogError::NoSuch("product")),
        }
    }

    /// What a product would be after a change: a known one, or a new one of this seller and id. Nothing is stored.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] naming field and rule.
    pub fn check(
        &self,
        seller: SellerId,
        id: ProductId,
        known: Option<Product>,
        change: &ProductChange,
    ) -> Result<Product, CatalogError> {
        if let Some(mut known) = known {
            change.apply(&mut known)?;
            return Ok(known);
        }
        let now = self.ports.clock.now();
        let missing = |field| CatalogError::invalid(field, "is missing");
        let name = change.name.as_deref().ok_or_else(|| missing("name"))?;
        let price = change.price.ok_or_else(|| missing("price"))?;
        let mut product = Product {
            id,
            seller,
            slug: slug(name, id),
            name: String::new(),
            description: String::new(),
            price,
            stock: change.stock.unwrap_or(1),
            active: true,
            details: ProductDetails::default(),
            figures: ProductFigures::default(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        change.apply(&mut product)?;
        Ok(product)
    }

    /// Offers a product under this id. One that is there already under it is the answer to a request that was made twice.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] naming field and rule, or a store error. Nothing is stored then.
    pub async fn offer(
        &self,
        seller: SellerId,
        id: ProductId,
        change: &ProductChange,
    ) -> Result<Product, CatalogError> {
        let mut product = self.check(seller, id, None, change)?;
        let added = match self.ports.products.add(&product).await {
            // Two of a thousand million ids end alike and belong to products of one name.
            Err(PutError::SlugTaken(_)) => {
                product.slug = slug_with(&product.name, &id.as_uuid().simple().to_string());
                self.ports.products.add(&product).await
            }
            added => added,
        };
        if added? {
            return Ok(product);
        }
        self.own(seller, &ProductKey::Id(id)).await
    }

    /// Changes a product as it was read: what is stored afterwards.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`], [`CatalogError::Changed`] if somebody was faster, or a store error.
    pub async fn revise(&self, mut product: Product, change: &ProductChange) -> Result<Product, CatalogError> {
        product.updated_at = self.ports.clock.now();
        change.apply(&mut product)?;
        product.version = self.ports.products.change(&product).await?;
        if let Some(stock) = change.stock {
            self.ports.products.set_stock(product.id, stock).await?;
            product.stock = stock;
        }
        Ok(product)
    }

    /// All categories as a tree.
    ///
    /// # Errors
    /// A store error.
    pub async fn categories(&self) -> Result<CategoryTree, CatalogError> {
        Ok(CategoryTree::new(self.ports.products.categories().await?))
    }

    /// These people, by their ids. Who is missing has none.
    ///
    /// # Errors
    /// A store error.
    pub async fn people(
        &self,
        ids: impl IntoIterator<Item = AccountId> + Send,
    ) -> Result<BTreeMap<AccountId, Account>, CatalogError> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let accounts = self.ports.accounts.accounts(&ids).await?;
        Ok(accounts.into_iter().map(|account| (account.id, account)).collect())
    }
}
