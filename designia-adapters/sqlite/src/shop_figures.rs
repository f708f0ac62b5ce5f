//! [`ShopFigures`] on SQLite.

use std::collections::BTreeSet;

use async_trait::async_trait;
use designia_core::catalog::{Activity, ActivityTotals, ProductCard, Sale};
use designia_core::id::{ProductId, SellerId};
use designia_core::money::{Currency, Money};
use designia_core::order::OrderStatus;
use designia_core::ports::{ShopFigures, StoreError};
use designia_core::time::{Date, Timestamp};
use sqlx::SqliteConnection;

use crate::catalog::Card;
use crate::error::store_error;
use crate::row::{self, StoredId, json, number, word};
use crate::sql::shop as sql;
use crate::store::SqliteStore;

#[async_trait]
impl ShopFigures for SqliteStore {
    async fn note_activity(
        &self,
        activity: Activity,
        products: &[ProductId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = note_activity(transaction.connection(), activity, products, now).await;
        transaction.end(outcome).await
    }

    async fn note_sale(&self, sale: &Sale) -> Result<bool, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = note_sale(transaction.connection(), sale).await;
        transaction.end(outcome).await
    }

    async fn totals_of(&self, seller: SellerId, from: Option<Date>, until: Date) -> Result<ActivityTotals, StoreError> {
        let (from, until) = (from.map_or(i32::MIN, Date::days_since_epoch), until.days_since_epoch());
        let mut reader = self.reader().await?;
        let query = sqlx::query_as(sql::TOTALS_OF).bind(seller.bytes()).bind(from).bind(until);
        let sums: (i64, i64, i64, i64, i64, i64) = query.fetch_one(&mut *reader).await.map_err(store_error)?;
        let query = sqlx::query_as(sql::REVENUE_OF).bind(seller.bytes()).bind(from).bind(until);
        let revenue: Vec<(String, i64)> = query.fetch_all(&mut *reader).await.map_err(store_error)?;
        let amount = |(code, minor): (String, i64)| {
            let currency = code.parse::<Currency>().map_err(|error| StoreError::corrupt("a shop's revenue", error))?;
            Ok(Money::new(minor, currency))
        };
        let count = |value| number("a shop's figures", value);
        Ok(ActivityTotals {
            views: count(sums.0)?,
            clicks: count(sums.1)?,
            cart_adds: count(sums.2)?,
            favourites: count(sums.3)?,
            orders: count(sums.4)?,
            sold: count(sums.5)?,
            revenue: revenue.into_iter().map(amount).collect::<Result<_, StoreError>>()?,
        })
    }

    async fn products_of(&self, seller: SellerId) -> Result<(u64, u64), StoreError> {
        let query = sqlx::query_as(sql::PRODUCTS_OF).bind(seller.bytes());
        let row: Option<(i64, i64)> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        let (all, active) = row.unwrap_or_default();
        Ok((number("a shop's products", all)?, number("a shop's active products", active)?))
    }

    async fn best_sellers(&self, seller: SellerId, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        let query = sqlx::query_as(sql::BEST_SELLERS).bind(limit).bind(seller.bytes());
        let rows: Vec<Card> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(|row| row.0.card()).collect()
    }

    async fn orders_by_status(&self, seller: SellerId) -> Result<Vec<(OrderStatus, u32)>, StoreError> {
        let words: Vec<_> = OrderStatus::ALL.iter().map(|status| status.as_str()).collect();
        let query = sqlx::query_as(sql::ORDERS_BY_STATUS).bind(seller.bytes()).bind(json(&words)?);
        let rows: Vec<(String, u32)> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let rows = rows.into_iter().filter(|(_, count)| *count > 0);
        let status = |text: &str| word("an order's status", OrderStatus::ALL, text, OrderStatus::as_str);
        rows.map(|(text, count)| Ok((status(&text)?, count))).collect()
    }
}

/// What is added to a seller's day.
#[derive(Clone, Copy, Default)]
pub(crate) struct Day {
    pub(crate) views: i64,
    pub(crate) clicks: i64,
    pub(crate) cart_adds: i64,
    pub(crate) favourites: i64,
    pub(crate) orders: i64,
    pub(crate) sold: i64,
}

impl Day {
    pub(crate) async fn count(
        self,
        connection: &mut SqliteConnection,
        seller: SellerId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(sql::COUNT_DAY)
            .bind(seller.bytes())
            .bind(at.date().days_since_epoch())
            .bind(self.views)
            .bind(self.clicks)
            .bind(self.cart_adds)
            .bind(self.favourites)
            .bind(self.orders)
            .bind(self.sold);
        query.execute(connection).await.map_err(store_error)?;
        Ok(())
    }
}

/// Whose product it is, if there is such a product.
pub(crate) async fn seller_of(
    connection: &mut SqliteConnection,
    product: ProductId,
) -> Result<Option<SellerId>, StoreError> {
    let query = sqlx::query_scalar(sql::SELLER_OF).bind(product.bytes());
    let seller: Option<Vec<u8>> = query.fetch_optional(connection).await.map_err(store_error)?;
    seller.map(|seller| row::uuid(&seller).map(SellerId::from_uuid)).transpose()
}

async fn note_activity(
    connection: &mut SqliteConnection,
    activity: Activity,
    products: &[ProductId],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (views, clicks, cart_adds) = match activity {
        Activity::View => (1, 0, 0),
        Activity::Click => (0, 1, 0),
        Activity::CartAdd => (0, 0, 1),
    };
    for product in products {
        let Some(seller) = seller_of(connection, *product).await? else { continue };
        Day { views, clicks, cart_adds, ..Day::default() }.count(connection, seller, now).await?;
        if views + clicks > 0 {
            let query = sqlx::query(sql::COUNT_LOOKS).bind(product.bytes()).bind(views).bind(clicks);
            query.execute(&mut *connection).await.map_err(store_error)?;
        }
    }
    Ok(())
}

async fn note_sale(connection: &mut SqliteConnection, sale: &Sale) -> Result<bool, StoreError> {
    let query = sqlx::query(sql::COUNT_SALE).bind(sale.order.bytes());
    if query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() == 0 {
        return Ok(false);
    }
    let sellers: BTreeSet<_> = sale.lines.iter().map(|line| line.seller).collect();
    for seller in sellers {
        let own = || sale.lines.iter().filter(|line| line.seller == seller);
        let sold = own().map(|line| i64::from(line.quantity)).sum();
        Day { orders: 1, sold, ..Day::default() }.count(connection, seller, sale.at).await?;
        for line in own() {
            let query = sqlx::query(sql::SELL).bind(line.product.bytes()).bind(line.quantity);
            query.execute(&mut *connection).await.map_err(store_error)?;
            let query = sqlx::query(sql::EARN)
                .bind(seller.bytes())
                .bind(sale.at.date().days_since_epoch())
                .bind(line.total.currency().code())
                .bind(line.total.minor());
            query.execute(&mut *connection).await.map_err(store_error)?;
        }
    }
    Ok(true)
}
