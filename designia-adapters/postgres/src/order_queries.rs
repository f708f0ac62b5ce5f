//! [`OrderQueries`] on PostgreSQL.

use std::collections::BTreeMap;

use async_trait::async_trait;
use designia_core::effect::EffectRecord;
use designia_core::id::{BuyerId, OrderId, SellerId};
use designia_core::ledger::Account;
use designia_core::money::Currency;
use designia_core::order::{Order, OrderStatus, Recorded};
use designia_core::ports::rows::walk::{self, Met, OrderWalk, Stretch};
use designia_core::ports::{
    Agenda, Counts, DayMoney, Figures, ORDERS_READ_AT_MOST, OpenEffects, OrderFilter, OrderQueries, Page, PageRequest,
    PaymentList, StoreError, effect_cursor,
};
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
        let mut walk = OrderWalk::new(filter, &page)?;
        while let Some(stretch) = walk.stretch() {
            walk.add(self.met(filter, stretch).await?);
        }
        Ok(walk.page())
    }

    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError> {
        let text = match of {
            Agenda::PaymentDue => sql::PAYMENT_DUE,
            Agenda::Attention => sql::ATTENTION,
            Agenda::Timer => sql::TIMER,
        };
        let after = page.after.as_ref().map(walk::key).transpose()?;
        let (at, id) = after.map_or((Instant::EVER, Uuid::nil()), |(at, id)| (Instant::bound(at), id.as_uuid()));
        let query = statement(text).bind(at).bind(id).bind(row::one_more(page.limit));
        let rows: Vec<(Instant, Uuid, JsonText)> = self.all(query).await?;
        let rows = rows.iter().map(|(at, id, state)| Ok((at.0, row::order(*id, state)?)));
        Ok(walk::agenda(rows.collect::<Result<_, StoreError>>()?, page.limit))
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let today = now.date().days_since_epoch().to_string();
        let tallies: Vec<Tally> = self.all(statement(sql::FIGURES).bind(today)).await?;
        let (mut due, mut attention, mut money) = (Vec::new(), 0, BTreeMap::new());
        for (kind, word, unit, amount) in tallies {
            match kind.as_str() {
                "due" => {
                    let hour = word.parse().map_err(|error| StoreError::corrupt("an hour's counter", error))?;
                    due.push((hour, number("a counter", amount)?));
                }
                "attention" => attention = number("a counter", amount)?,
                _ => {
                    let currency = unit.parse().map_err(|error| StoreError::corrupt("a day's money", error))?;
                    let day = money.entry(currency).or_insert(DayMoney { currency, captured: 0, refunded: 0 });
                    *(if kind == "captured" { &mut day.captured } else { &mut day.refunded }) += amount;
                }
            }
        }
        let query = statement(sql::DEADLINES)
            .bind(Instant::bound(Figures::hour_start(now)))
            .bind(Instant::bound(now))
            .bind(i64::from(ORDERS_READ_AT_MOST));
        let (this_hour, first): (i64, Option<Instant>) = self.one(query).await?;
        Ok(Figures {
            attention,
            attention_next: first.map(|at| at.0),
            money_today: money.into_values().collect(),
            ..Figures::of_hours(due, number("a counter", this_hour)?, now)
        })
    }

    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError> {
        let id: Option<(Uuid,)> = self.first(statement(sql::ORDER_OF_REFUND).bind(provider_id.to_owned())).await?;
        Ok(id.map(|(id,)| OrderId::from_uuid(id)))
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

    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        let rows: Vec<Stored> = self.all(effects::page(of, &page)?).await?;
        let records = rows.into_iter().map(Stored::record).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(records, page.limit, effect_cursor))
    }

    async fn with_payments(
        &self,
        of: PaymentList,
        below: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let text = match of {
            PaymentList::Attempts(_) => sql::WITH_ATTEMPTS,
            PaymentList::Refunds(_) => sql::WITH_REFUNDS,
        };
        let below = below.map_or(Uuid::max(), OrderId::as_uuid);
        let query = statement(text).bind(of.state()).bind(below).bind(i64::from(limit));
        let rows: Vec<(Uuid, JsonText)> = self.all(query).await?;
        rows.iter().map(|(id, state)| row::order(*id, state)).collect()
    }
}

/// Kind, word, unit and amount of a counter.
type Tally = (String, String, String, i64);

impl PostgresStore {
    /// What there is on a stretch of a page.
    async fn met(&self, filter: &OrderFilter, stretch: Stretch) -> Result<Vec<Met>, StoreError> {
        let Stretch { below: (at, id), from, limit } = stretch;
        let buyer = filter.buyer.map(BuyerId::as_uuid);
        let seller = filter.seller.map(SellerId::as_uuid);
        let status = filter.status.map(OrderStatus::as_str);
        let total = filter.total;
        let page_of = |text| {
            statement(text)
                .bind(Instant::bound(at))
                .bind(id.as_uuid())
                .bind(limit)
                .bind(Instant::bound(from))
                .bind(total.map(|it| it.currency.code()))
                .bind(total.and_then(|it| it.min).unwrap_or(i64::MIN))
                .bind(total.and_then(|it| it.max).unwrap_or(i64::MAX))
        };
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
        let rows: Vec<(Uuid, Instant, Option<JsonText>)> = self.all(query).await?;
        rows.into_iter()
            .map(|(id, at, state)| {
                let order = state.map(|state| row::order(id, &state)).transpose()?;
                Ok((at.0, OrderId::from_uuid(id), order))
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
