//! [`OrderQueries`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::effect::EffectRecord;
use designia_core::id::{BuyerId, OrderId, SellerId};
use designia_core::ledger::Account;
use designia_core::money::Currency;
use designia_core::order::{Order, OrderStatus, Recorded};
use designia_core::ports::{Counts, Cursor, OrderFilter, OrderQueries, Page, PageRequest, StoreError};
use designia_core::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use crate::effects::{self, Stored};
use crate::instant::{Instant, JsonText};
use crate::row::{self, from_json, number};
use crate::sql::queries as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

#[async_trait]
impl OrderQueries for PostgresStore {
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError> {
        let (at, id) = match page.after {
            Some(Cursor { at, id }) => {
                let id: OrderId = id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
                (Instant(at), id.as_uuid())
            }
            None => (Instant::NEVER, Uuid::max()),
        };
        let buyer = filter.buyer.map(BuyerId::as_uuid);
        let seller = filter.seller.map(SellerId::as_uuid);
        let status = filter.status.map(OrderStatus::as_str);
        let page_of = |text| statement(text).bind(at).bind(id).bind(row::one_more(page.limit));
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
        let rows: Vec<(Uuid, JsonText)> = self.all(query).await?;
        let orders = rows.iter().map(|(id, state)| row::order(*id, state)).collect::<Result<Vec<_>, _>>()?;
        let cursor = |order: &Order| Cursor { at: order.contents().placed_at, id: order.id().to_string() };
        Ok(row::page(orders, page.limit, cursor))
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
        let events: Vec<Happened> = self.all(statement(sql::HISTORY).bind(order.as_uuid())).await?;
        events.into_iter().map(Happened::recorded).collect()
    }

    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
        let effects: Vec<Stored> = self.all(effects::of(order)).await?;
        effects.into_iter().map(Stored::record).collect()
    }

    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let tallies: Vec<(String, String, i64)> = self.all(statement(sql::COUNTS)).await?;
        let mut counts = Counts::default();
        for (kind, word, amount) in tallies {
            let amount = number("a counter", amount)?;
            if kind == "effects" {
                counts.effects.push((effects::state(&word)?, amount));
            } else {
                let status = row::word("an order's status", OrderStatus::ALL, &word, OrderStatus::as_str)?;
                counts.orders.push((status, amount));
            }
        }
        let oldest: (Option<Instant>, Option<Instant>) =
            self.one(statement(sql::OLDEST_DUE).bind(Instant(now))).await?;
        counts.oldest_due_order = oldest.0.map(|at| at.0);
        counts.oldest_due_effect = oldest.1.map(|at| at.0);
        Ok(counts)
    }

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        let balances: Vec<(String, String, i64)> = self.all(statement(sql::BALANCES)).await?;
        balances
            .into_iter()
            .map(|(account, currency, minor)| {
                let account = row::word("an account", &Account::ALL, &account, Account::as_str)?;
                let currency = currency.parse().map_err(|error| StoreError::corrupt("the ledger", error))?;
                Ok((account, currency, minor))
            })
            .collect()
    }
}

/// An event of an order's history.
pub(crate) struct Happened {
    pub(crate) order_id: Uuid,
    pub(crate) seq: i64,
    at: Instant,
    cause: JsonText,
    event: JsonText,
}

impl FromRow<'_, PgRow> for Happened {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            order_id: row.try_get("order_id")?,
            seq: row.try_get("seq")?,
            at: row.try_get("at")?,
            cause: row.try_get("cause")?,
            event: row.try_get("event")?,
        })
    }
}

impl Happened {
    pub(crate) fn recorded(self) -> Result<Recorded, StoreError> {
        let name = || format!("event {} of order {}", self.seq, OrderId::from_uuid(self.order_id));
        Ok(Recorded {
            seq: number("an event's number", self.seq)?,
            at: self.at.0,
            cause: from_json(name, &self.cause.0)?,
            event: from_json(name, &self.event.0)?,
        })
    }
}
