//! [`ShopFigures`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::catalog::{Activity, ActivityTotals, ProductCard, Sale};
use designia_core::id::{ProductId, SellerId};
use designia_core::money::{Currency, Money};
use designia_core::order::OrderStatus;
use designia_core::ports::{ShopFigures, StoreError};
use designia_core::time::{Date, Timestamp};
use sqlx::Row;

use crate::catalog::Card;
use crate::error::store_error;
use crate::row::{number, word};
use crate::sql::shop as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

#[async_trait]
impl ShopFigures for PostgresStore {
    async fn note_activity(
        &self,
        activity: Activity,
        products: &[ProductId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = products.iter().map(|id| id.as_uuid()).collect();
        let query = statement(sql::NOTE_ACTIVITY).bind(activity.as_str()).bind(ids);
        let noted = self.insist(query.bind(now.date().days_since_epoch()).done().map_err(store_error)?).await?;
        noted.map(drop).map_err(store_error)
    }

    async fn note_sale(&self, sale: &Sale) -> Result<bool, StoreError> {
        let lines = &sale.lines;
        let query = statement(sql::NOTE_SALE)
            .bind(sale.order.as_uuid())
            .bind(sale.at.date().days_since_epoch())
            .bind(lines.iter().map(|line| line.seller.as_uuid()).collect::<Vec<_>>())
            .bind(lines.iter().map(|line| line.product.as_uuid()).collect::<Vec<_>>())
            .bind(lines.iter().map(|line| i64::from(line.quantity)).collect::<Vec<_>>())
            .bind(lines.iter().map(|line| line.total.currency().code()).collect::<Vec<_>>())
            .bind(lines.iter().map(|line| line.total.minor()).collect::<Vec<_>>());
        let noted = self.insist(query.done().map_err(store_error)?).await?.map_err(store_error)?;
        let row = noted.first().ok_or_else(|| store_error(sqlx::Error::RowNotFound))?;
        row.try_get(0).map_err(store_error)
    }

    async fn totals_of(&self, seller: SellerId, from: Option<Date>, until: Date) -> Result<ActivityTotals, StoreError> {
        let (from, until) = (from.map_or(i32::MIN, Date::days_since_epoch), until.days_since_epoch());
        let asked = |text| statement(text).bind(seller.as_uuid()).bind(from).bind(until);
        let sums: (i64, i64, i64, i64, i64, i64) = self.one(asked(sql::TOTALS_OF)).await?;
        let revenue: Vec<(String, i64)> = self.all(asked(sql::REVENUE_OF)).await?;
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
        let row: Option<(i64, i64)> = self.first(statement(sql::PRODUCTS_OF).bind(seller.as_uuid())).await?;
        let (all, active) = row.unwrap_or_default();
        Ok((number("a shop's products", all)?, number("a shop's active products", active)?))
    }

    async fn best_sellers(&self, seller: SellerId, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        let query = statement(sql::BEST_SELLERS).bind(i64::from(limit)).bind(seller.as_uuid());
        self.all::<Card>(query).await?.into_iter().map(|row| row.0.card()).collect()
    }

    async fn orders_by_status(&self, seller: SellerId) -> Result<Vec<(OrderStatus, u32)>, StoreError> {
        let words: Vec<_> = OrderStatus::ALL.iter().map(|status| status.as_str()).collect();
        let rows: Vec<(String, i64)> =
            self.all(statement(sql::ORDERS_BY_STATUS).bind(seller.as_uuid()).bind(words)).await?;
        let rows = rows.into_iter().filter(|(_, count)| *count > 0);
        let status = |text: &str| word("an order's status", OrderStatus::ALL, text, OrderStatus::as_str);
        rows.map(|(text, count)| Ok((status(&text)?, number("orders", count)?))).collect()
    }
}
