//! Carts: what accounts may order soon, priced as of now.
//!
//! A cart holds products and quantities, no more. What a product costs and whether there is any is looked up each time, and binds nobody:
//! the checkout looks once more, reserves, and pins the rates. So a cart adds up prices per currency, and what they come to in
//! another is told as what it would come to at the rates of the moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Engine, Error};
use crate::catalog::{Activity, Cart, CartChange, CartLine, CartRefusal, MAX_CART_QUANTITY, ProductCard};
use crate::id::{AccountId, ProductId};
use crate::money::{Currency, Money, MoneyError};
use crate::ports::{CartStore, CatalogStore, Clock, ShopFigures, StoreError};

/// How often a change is made anew because somebody changed the same cart meanwhile.
const MAX_TRIES: u32 = 8;

/// Carts, over whoever fills their ports. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Carts {
    ports: CartPorts,
}

/// Who fills each role around carts.
#[derive(Clone, Debug)]
pub struct CartPorts {
    /// Carts.
    pub carts: Arc<dyn CartStore>,
    /// Products.
    pub products: Arc<dyn CatalogStore>,
    /// What is counted.
    pub figures: Arc<dyn ShopFigures>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Why a cart was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CartError {
    /// It can't hold that.
    #[error(transparent)]
    Refused(#[from] CartRefusal),
    /// There is no such product, or it is not for sale.
    #[error("product {0} is not for sale")]
    NotForSale(ProductId),
    /// It is the seller's own.
    #[error("product {0} is your own")]
    Own(ProductId),
    /// There is too little of it.
    #[error("too little stock of product {product}: {available} left")]
    TooLittle {
        /// Of what.
        product: ProductId,
        /// How many there are.
        available: u32,
    },
    /// Too many others changed the cart at the same time. Try again.
    #[error("too many changes to the cart at the same time")]
    Contended,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A cart with what its lines are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedCart {
    /// The cart as it is stored.
    pub cart: Cart,
    /// Its lines, in their order.
    pub lines: Vec<PricedLine>,
}

/// A line of a cart with its product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// The line.
    pub line: CartLine,
    /// Its product; none if it is gone.
    pub product: Option<ProductCard>,
}

/// Why a line can't be ordered as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// The product is gone or not for sale.
    NotForSale,
    /// There is none.
    OutOfStock,
    /// There is too little.
    TooLittle {
        /// So many are left.
        available: u32,
    },
}

/// What became of one line of a guest's cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Which product.
    pub product: ProductId,
    /// How many the guest had.
    pub wanted: u32,
    /// How many are in the cart now.
    pub kept: u32,
    /// Why that is less than was wanted.
    pub fault: Option<LineFault>,
}

impl Carts {
    /// Carts over these ports.
    #[must_use]
    pub const fn new(ports: CartPorts) -> Self {
        Self { ports }
    }

    /// An account's cart as of now.
    ///
    /// # Errors
    /// A store error.
    pub async fn cart(&self, account: AccountId) -> Result<PricedCart, CartError> {
        let cart = self.ports.carts.cart(account).await?;
        self.priced(cart).await
    }

    /// Puts so many more of a product into the cart.
    ///
    /// # Errors
    /// A [`CartError`]; nothing has changed then.
    pub async fn add(&self, account: AccountId, product: ProductId, quantity: u32) -> Result<PricedCart, CartError> {
        let changed = self.put(account, CartChange::Add { product, quantity }, product).await?;
        // A count is worth less than a cart: one that can't be kept is not missed.
        let now = self.ports.clock.now();
        if let Err(error) = self.ports.figures.note_activity(Activity::CartAdd, &[product], now).await {
            tracing::warn!(%error, "a product that was put into a cart was not counted");
        }
        Ok(changed)
    }

    /// Sets how many of a product are in the cart.
    ///
    /// # Errors
    /// A [`CartError`]; nothing has changed then.
    pub async fn set(&self, account: AccountId, product: ProductId, quantity: u32) -> Result<PricedCart, CartError> {
        self.put(account, CartChange::Set { product, quantity }, product).await
    }

    /// Takes a product out of the cart; one that is not there is as good as taken out.
    ///
    /// # Errors
    /// [`CartError::Contended`] or a store error.
    pub async fn remove(&self, account: AccountId, product: ProductId) -> Result<PricedCart, CartError> {
        let cart = self.change(account, |_| Ok(CartChange::Remove { product })).await?;
        self.priced(cart).await
    }

    /// Empties the cart.
    ///
    /// # Errors
    /// [`CartError::Contended`] or a store error.
    pub async fn clear(&self, account: AccountId) -> Result<(), CartError> {
        self.change(account, |_| Ok(CartChange::Clear)).await.map(drop)
    }

    /// Takes in what a guest had gathered, as far as there is stock, and says what became of each line. Doing it twice is doing
    /// it once.
    ///
    /// # Errors
    /// [`CartError::Contended`] or a store error. A line that does not fit is no error, but told.
    pub async fn merge(
        &self,
        account: AccountId,
        guest: &[(ProductId, u32)],
    ) -> Result<(PricedCart, Vec<Merged>), CartError> {
        let mut wanted: Vec<(ProductId, u32)> = Vec::with_capacity(guest.len());
        for (product, quantity) in guest {
            match wanted.iter_mut().find(|it| it.0 == *product) {
                Some(it) => it.1 = it.1.saturating_add(*quantity),
                None => wanted.push((*product, *quantity)),
            }
        }
        let cards = self.cards(wanted.iter().map(|it| it.0)).await?;
        let mut report: Vec<Merged> = wanted
            .iter()
            .map(|(product, quantity)| {
                let card = cards.get(product).filter(|card| card.seller != account.seller());
                let fault = fault(card, *quantity);
                let kept = card.filter(|card| card.active).map_or(0, |card| card.stock.min(*quantity));
                Merged { product: *product, wanted: *quantity, kept: kept.min(MAX_CART_QUANTITY), fault }
            })
            .collect();
        let lines: Vec<_> = report.iter().filter(|it| it.kept > 0).map(|it| (it.product, it.kept)).collect();
        let cart = match lines.is_empty() {
            true => self.ports.carts.cart(account).await?,
            false => self.change(account, |_| Ok(CartChange::Merge { lines: lines.clone() })).await?,
        };
        for line in &mut report {
            line.kept = cart.quantity_of(line.product);
        }
        Ok((self.priced(cart).await?, report))
    }

    /// Takes what was ordered out of the cart: so many of each product as the ordered cart had. What was put in since stays.
    ///
    /// # Errors
    /// [`CartError::Contended`] or a store error.
    pub async fn ordered(&self, ordered: &Cart) -> Result<(), CartError> {
        for _ in 0..MAX_TRIES {
            let cart = self.ports.carts.cart(ordered.account).await?;
            let mut after = cart.clone();
            for line in &mut after.lines {
                line.quantity = line.quantity.saturating_sub(ordered.quantity_of(line.product));
            }
            after.lines.retain(|line| line.quantity > 0);
            if after.lines == cart.lines {
                return Ok(());
            }
            after.updated_at = self.ports.clock.now();
            if self.ports.carts.save_cart(&after).await?.is_some() {
                return Ok(());
            }
        }
        Err(CartError::Contended)
    }

    /// A change that leaves more of a product in the cart, or another number of it.
    async fn put(&self, account: AccountId, change: CartChange, product: ProductId) -> Result<PricedCart, CartError> {
        let cards = self.cards([product]).await?;
        let card = cards.get(&product).filter(|card| card.active).ok_or(CartError::NotForSale(product))?;
        if card.seller == account.seller() {
            return Err(CartError::Own(product));
        }
        let available = card.stock;
        let cart = self
            .change(account, |cart| {
                let after = cart.after(&change, cart.updated_at)?;
                if after.quantity_of(product) > available {
                    return Err(CartError::TooLittle { product, available });
                }
                Ok(change.clone())
            })
            .await?;
        self.priced(cart).await
    }

    async fn change(
        &self,
        account: AccountId,
        wanted: impl Fn(&Cart) -> Result<CartChange, CartError>,
    ) -> Result<Cart, CartError> {
        for _ in 0..MAX_TRIES {
            let cart = self.ports.carts.cart(account).await?;
            let mut after = cart.after(&wanted(&cart)?, self.ports.clock.now())?;
            if after.lines == cart.lines {
                return Ok(cart);
            }
            if let Some(version) = self.ports.carts.save_cart(&after).await? {
                after.version = version;
                return Ok(after);
            }
        }
        Err(CartError::Contended)
    }

    async fn priced(&self, cart: Cart) -> Result<PricedCart, CartError> {
        let mut cards = self.cards(cart.lines.iter().map(|line| line.product)).await?;
        let lines = cart.lines.iter().map(|line| PricedLine { line: *line, product: cards.remove(&line.product) });
        Ok(PricedCart { lines: lines.collect(), cart })
    }

    async fn cards(
        &self,
        ids: impl IntoIterator<Item = ProductId> + Send,
    ) -> Result<BTreeMap<ProductId, ProductCard>, StoreError> {
        let ids: Vec<_> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        Ok(self.ports.products.cards(&ids).await?.into_iter().map(|card| (card.id, card)).collect())
    }
}

impl PricedLine {
    /// Why it can't be ordered as it stands.
    #[must_use]
    pub fn fault(&self) -> Option<LineFault> {
        fault(self.product.as_ref(), self.line.quantity)
    }

    /// What all of them cost, in the seller's currency; nothing if it is not for sale.
    ///
    /// # Errors
    /// If that is more than money can hold.
    pub fn total(&self) -> Result<Option<Money>, MoneyError> {
        let card = self.product.as_ref().filter(|card| card.active);
        card.map(|card| card.price.times(i64::from(self.line.quantity))).transpose()
    }
}

impl PricedCart {
    /// What can be ordered comes to so much, an amount for each currency, in the order of the lines.
    ///
    /// # Errors
    /// If one is more than money can hold.
    pub fn totals(&self) -> Result<Vec<Money>, MoneyError> {
        let mut totals: Vec<Money> = Vec::new();
        for line in &self.lines {
            let Some(total) = line.total()? else { continue };
            match totals.iter_mut().find(|sum| sum.currency() == total.currency()) {
                Some(sum) => *sum = sum.checked_add(total)?,
                None => totals.push(total),
            }
        }
        Ok(totals)
    }

    /// What the cart would come to in one currency at the rates of the moment: each unit price is converted, as a checkout does it.
    ///
    /// # Errors
    /// [`Error::NoRates`] or [`Error::Exchange`] if a price can't be converted, [`Error::Money`], or a store error.
    pub async fn total_in(&self, engine: &Engine, currency: Currency) -> Result<Money, Error> {
        let mut sum = Money::zero(currency);
        for line in &self.lines {
            let Some(card) = line.product.as_ref().filter(|card| card.active) else { continue };
            let price = match card.price.currency() == currency {
                true => card.price,
                false => engine.convert(card.price, currency, None).await?.amount,
            };
            sum = sum.checked_add(price.times(i64::from(line.line.quantity))?)?;
        }
        Ok(sum)
    }
}

fn fault(card: Option<&ProductCard>, quantity: u32) -> Option<LineFault> {
    match card.filter(|card| card.active) {
        None => Some(LineFault::NotForSale),
        Some(card) if card.stock == 0 => Some(LineFault::OutOfStock),
        Some(card) if card.stock < quantity => Some(LineFault::TooLittle { available: card.stock }),
        Some(_) => None,
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
