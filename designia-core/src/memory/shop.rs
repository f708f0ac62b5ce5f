//! Favourites, carts and the figures of sellers in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;

use super::records::FavouriteRow;
use super::{MemoryStore, page};
use crate::catalog::{Activity, ActivityTotals, Cart, Product, ProductCard, Review, ReviewId, Sale};
use crate::id::{AccountId, OrderId, ProductId, SellerId};
use crate::money::{Currency, Money};
use crate::order::OrderStatus;
use crate::ports::{
    CartStore, Favourite, FavouriteStore, ORDERS_COUNTED, OrderFilter, Page, PageRequest, ProductKey, ShopFigures,
    StoreError, favourite_cursor,
};
use crate::time::{Date, Timestamp};

#[derive(Clone, Default)]
pub(super) struct Shop {
    pub(super) reviews: BTreeMap<ReviewId, Review>,
    pub(super) votes: BTreeSet<(ReviewId, AccountId)>,
    pub(super) scales: BTreeMap<Currency, i64>,
    pub(super) price_keys: HashMap<ProductId, i64>,
    pub(super) favourites: BTreeMap<AccountId, BTreeMap<ProductId, Timestamp>>,
    pub(super) carts: HashMap<AccountId, Cart>,
    pub(super) days: BTreeMap<(SellerId, Date), ActivityTotals>,
    pub(super) sales: BTreeSet<OrderId>,
}

impl Shop {
    /// The reviews that were not removed.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Review> {
        self.reviews.values().filter(|review| review.removed_at.is_none())
    }

    pub(super) fn review_of(&self, product: ProductId, reviewer: AccountId) -> Option<&Review> {
        self.kept().find(|review| review.product == product && review.reviewer == reviewer)
    }

    pub(super) fn favourite_rows(&self) -> impl Iterator<Item = FavouriteRow> {
        self.favourites.iter().flat_map(|(account, own)| {
            own.iter().map(|(product, at)| FavouriteRow { account: *account, product: *product, created_at: *at })
        })
    }

    fn day(&mut self, seller: SellerId, at: Timestamp) -> &mut ActivityTotals {
        self.days.entry((seller, at.date())).or_default()
    }
}

#[async_trait]
impl FavouriteStore for MemoryStore {
    async fn set_favourite(
        &self,
        account: AccountId,
        product: ProductId,
        wanted: bool,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        let mut tables = self.tables();
        let Some(seller) = tables.stock.product(&ProductKey::Id(product)).map(|it| it.seller) else { return Ok(None) };
        let own = tables.shop.favourites.entry(account).or_default();
        if wanted == own.contains_key(&product) {
            return Ok(Some(false));
        }
        if wanted {
            own.insert(product, now);
            tables.shop.day(seller, now).favourites += 1;
        } else {
            own.remove(&product);
        }
        if let Some(figures) = tables.stock.figures(product) {
            figures.favourites = if wanted { figures.favourites + 1 } else { figures.favourites.saturating_sub(1) };
        }
        Ok(Some(true))
    }

    async fn favourites(&self, account: AccountId, page: PageRequest) -> Result<Page<Favourite>, StoreError> {
        let tables = self.tables();
        let own = tables.shop.favourites.get(&account).into_iter().flatten();
        let mut own: Vec<_> = own.map(|(product, at)| Favourite { product: *product, created_at: *at }).collect();
        own.sort_by_key(|it| std::cmp::Reverse((it.created_at, it.product)));
        let is_after = |it: &Favourite| {
            let last = page.after.as_ref();
            last.is_none_or(|last| (it.created_at, it.product.to_string()) < (last.at, last.id.clone()))
        };
        Ok(page::take(own.into_iter().filter(is_after), page.limit, Some, favourite_cursor))
    }

    async fn favourites_among(&self, account: AccountId, products: &[ProductId]) -> Result<Vec<ProductId>, StoreError> {
        let tables = self.tables();
        let own = tables.shop.favourites.get(&account);
        Ok(products.iter().copied().filter(|id| own.is_some_and(|own| own.contains_key(id))).collect())
    }

    async fn forget_favourites_of(&self, account: AccountId) -> Result<(), StoreError> {
        let mut tables = self.tables();
        for product in tables.shop.favourites.remove(&account).unwrap_or_default().into_keys() {
            if let Some(figures) = tables.stock.figures(product) {
                figures.favourites = figures.favourites.saturating_sub(1);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl CartStore for MemoryStore {
    async fn cart(&self, account: AccountId) -> Result<Cart, StoreError> {
        Ok(self.tables().shop.carts.get(&account).cloned().unwrap_or_else(|| Cart::empty(account)))
    }

    async fn save_cart(&self, cart: &Cart) -> Result<Option<u64>, StoreError> {
        cart.check().map_err(|error| StoreError::invalid(error.to_string()))?;
        let carts = &mut self.tables().shop.carts;
        let stored = carts.get(&cart.account).map_or(0, |it| it.version);
        if stored != cart.version {
            return Ok(None);
        }
        let version = stored.saturating_add(1);
        carts.insert(cart.account, Cart { version, ..cart.clone() });
        Ok(Some(version))
    }

    async fn forget_cart(&self, account: AccountId) -> Result<(), StoreError> {
        self.tables().shop.carts.remove(&account);
        Ok(())
    }
}

#[async_trait]
impl ShopFigures for MemoryStore {
    async fn note_activity(
        &self,
        activity: Activity,
        products: &[ProductId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        for id in products {
            let Some(seller) = tables.stock.product(&ProductKey::Id(*id)).map(|it| it.seller) else { continue };
            let day = tables.shop.day(seller, now);
            match activity {
                Activity::View => day.views += 1,
                Activity::Click => day.clicks += 1,
                Activity::CartAdd => day.cart_adds += 1,
            }
            if let Some(figures) = tables.stock.figures(*id) {
                match activity {
                    Activity::View => figures.views += 1,
                    Activity::Click => figures.clicks += 1,
                    Activity::CartAdd => {}
                }
            }
        }
        Ok(())
    }

    async fn note_sale(&self, sale: &Sale) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        if !tables.shop.sales.insert(sale.order) {
            return Ok(false);
        }
        let sellers: BTreeSet<_> = sale.lines.iter().map(|line| line.seller).collect();
        for seller in sellers {
            tables.shop.day(seller, sale.at).orders += 1;
        }
        for line in &sale.lines {
            let day = tables.shop.day(line.seller, sale.at);
            day.sold += u64::from(line.quantity);
            add(&mut day.revenue, line.total);
            if let Some(figures) = tables.stock.figures(line.product) {
                figures.sold += u64::from(line.quantity);
            }
        }
        Ok(true)
    }

    async fn totals_of(&self, seller: SellerId, from: Option<Date>, until: Date) -> Result<ActivityTotals, StoreError> {
        let tables = self.tables();
        let mut totals = ActivityTotals::default();
        let is_asked = |day: Date| from.is_none_or(|from| from <= day) && day <= until;
        for ((_, _), day) in tables.shop.days.iter().filter(|((of, day), _)| *of == seller && is_asked(*day)) {
            totals.views += day.views;
            totals.clicks += day.clicks;
            totals.cart_adds += day.cart_adds;
            totals.favourites += day.favourites;
            totals.orders += day.orders;
            totals.sold += day.sold;
            day.revenue.iter().for_each(|amount| add(&mut totals.revenue, *amount));
        }
        totals.revenue.sort_by_key(|amount| amount.currency().code());
        Ok(totals)
    }

    async fn products_of(&self, seller: SellerId) -> Result<(u64, u64), StoreError> {
        let tables = self.tables();
        let own: Vec<_> = tables.stock.all_after(None).filter(|it| it.seller == seller).collect();
        let active = own.iter().filter(|it| it.active).count();
        Ok((u64::try_from(own.len()).unwrap_or(u64::MAX), u64::try_from(active).unwrap_or(u64::MAX)))
    }

    async fn best_sellers(&self, seller: SellerId, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        let tables = self.tables();
        let mut own: Vec<_> = tables.stock.all_after(None).filter(|it| it.seller == seller).collect();
        own.sort_by_key(|it| std::cmp::Reverse((it.figures.sold, it.id)));
        own.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(own.into_iter().map(Product::card).collect())
    }

    async fn orders_by_status(&self, seller: SellerId) -> Result<Vec<(OrderStatus, u32)>, StoreError> {
        let tables = self.tables();
        let mut counts = Vec::new();
        for status in OrderStatus::ALL.iter().copied() {
            let filter = OrderFilter { seller: Some(seller), status: Some(status), ..OrderFilter::default() };
            let page = tables.orders.page(&filter, &PageRequest { after: None, limit: ORDERS_COUNTED })?;
            if let Some(count) = u32::try_from(page.rows.len()).ok().filter(|count| *count > 0) {
                counts.push((status, count));
            }
        }
        Ok(counts)
    }
}

fn add(revenue: &mut Vec<Money>, amount: Money) {
    match revenue.iter_mut().find(|sum| sum.currency() == amount.currency()) {
        Some(sum) => *sum = Money::new(sum.minor().saturating_add(amount.minor()), amount.currency()),
        None => revenue.push(amount),
    }
}
