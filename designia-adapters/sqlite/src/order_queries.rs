//! [`OrderQueries`] on SQLite.

use async_trait::async_trait;
use designia_core::effect::EffectRecord;
use designia_core::id::OrderId;
use designia_core::ledger::Account;
use designia_core::money::Currency;
use designia_core::order::{Order, OrderStatus, Recorded};
use designia_core::ports::{Counts, Cursor, OrderFilter, OrderQueries, Page, PageRequest, StoreError};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::effects;
use crate::error::store_error;
use crate::row::{self, StoredId, from_json, micros, number};
use crate::sql::queries as sql;
use crate::store::SqliteStore;

#[async_trait]
impl OrderQueries for SqliteStore {
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError> {
        let (at, id) = match page.after {
            Some(Cursor { at, id }) => {
                let id: OrderId = id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
                (micros(at), id.bytes())
            }
            None => (i64::MAX, vec![u8::MAX; 16]),
        };
        let buyer = filter.buyer.map(StoredId::bytes);
        let seller = filter.seller.map(StoredId::bytes);
        let status = filter.status.map(OrderStatus::as_str);
        let page_of = |statement| sqlx::query_as(statement).bind(at).bind(id).bind(row::one_more(page.limit));
        let query = match (seller, buyer, status) {
            (None, None, None) => page_of(sql::ALL_ORDERS),
            (None, None, Some(status)) => page_of(sql::BY_STATUS).bind(status),
            (None, Some(buyer), None) => page_of(sql::BY_BUYER).bind(buyer),
            (None, Some(buyer), Some(status)) => page_of(sql::BY_BUYER_AND_STATUS).bind(buyer).bind(status),
            (Some(seller), None, None) => page_of(sql::BY_SELLER).bind(seller),
            (Some(seller), None, Some(status)) => page_of(sql::BY_SELLER_AND_STATUS).bind(seller).bind(status),
            (Some(seller), Some(buyer), None) => page_of(sql::BY_BUYER_AND_SELLER).bind(buyer).bind(seller),
            (Some(seller), Some(buyer), Some(status)) => {
                page_of(sql::BY_BUYER_STATUS_AND_SELLER).bind(buyer).bind(status).bind(seller)
            }
        };
        let rows: Vec<(Vec<u8>, String)> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let orders = rows.iter().map(|(id, state)| row::order(id, state)).collect::<Result<Vec<_>, _>>()?;
        let cursor = |order: &Order| Cursor { at: order.contents().placed_at, id: order.id().to_string() };
        Ok(row::page(orders, page.limit, cursor))
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
        history(&mut *self.reader().await?, order).await
    }

    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
        effects::of(&mut *self.reader().await?, order).await
    }

    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let mut reader = self.reader().await?;
        let status = |text: &str| row::word("an order's status", OrderStatus::ALL, text, OrderStatus::as_str);
        Ok(Counts {
            orders: counters(&mut reader, "orders", status).await?,
            effects: counters(&mut reader, "effects", effects::state).await?,
            oldest_due_order: oldest_due(&mut reader, sql::OLDEST_DUE_ORDER, now).await?,
            oldest_due_effect: oldest_due(&mut reader, sql::OLDEST_DUE_EFFECT, now).await?,
        })
    }

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        let query = sqlx::query_as(sql::BALANCES);
        let rows: Vec<(String, String, i64)> =
            query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter()
            .map(|(account, currency, minor)| {
                let account = row::word("an account", &Account::ALL, &account, Account::as_str)?;
                let currency = currency.parse().map_err(|error| StoreError::corrupt("the ledger", error))?;
                Ok((account, currency, minor))
            })
            .collect()
    }
}

/// Everything that happened to an order, oldest first.
pub(crate) async fn history(connection: &mut SqliteConnection, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
    let query = sqlx::query_as(sql::HISTORY).bind(order.bytes());
    let rows: Vec<(i64, i64, String, String)> = query.fetch_all(connection).await.map_err(store_error)?;
    rows.into_iter()
        .map(|(seq, at, cause, event)| {
            let name = || format!("event {seq} of order {order}");
            Ok(Recorded {
                seq: number("an event's number", seq)?,
                at: Timestamp::from_micros(at),
                cause: from_json(name, &cause)?,
                event: from_json(name, &event)?,
            })
        })
        .collect()
}

async fn counters<T>(
    connection: &mut SqliteConnection,
    kind: &'static str,
    word: impl Fn(&str) -> Result<T, StoreError>,
) -> Result<Vec<(T, u64)>, StoreError> {
    let query = sqlx::query_as(sql::COUNTERS).bind(kind);
    let rows: Vec<(String, i64)> = query.fetch_all(connection).await.map_err(store_error)?;
    rows.into_iter().map(|(text, amount)| Ok((word(&text)?, number("a counter", amount)?))).collect()
}

async fn oldest_due(
    connection: &mut SqliteConnection,
    statement: &'static str,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let query = sqlx::query_scalar::<_, i64>(statement).bind(micros(now));
    Ok(query.fetch_optional(connection).await.map_err(store_error)?.map(Timestamp::from_micros))
}
