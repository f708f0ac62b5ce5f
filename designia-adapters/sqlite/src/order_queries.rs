//! [`OrderQueries`] on SQLite.

use async_trait::async_trait;
use designia_core::effect::EffectRecord;
use designia_core::id::OrderId;
use designia_core::ledger::Account;
use designia_core::money::Currency;
use designia_core::order::{Order, OrderStatus, Recorded};
use designia_core::ports::rows::walk::{self, Met, OrderWalk, Stretch};
use designia_core::ports::{
    Agenda, Counts, DayMoney, Figures, ORDERS_READ_AT_MOST, OpenEffects, OrderFilter, OrderQueries, Page, PageRequest,
    PaymentList, StoreError, effect_cursor,
};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::effects;
use crate::error::store_error;
use crate::row::{self, ABOVE_ALL, StoredId, from_json, micros, number};
use crate::sql::queries as sql;
use crate::store::SqliteStore;

#[async_trait]
impl OrderQueries for SqliteStore {
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError> {
        let mut walk = OrderWalk::new(filter, &page)?;
        let mut reader = self.reader().await?;
        while let Some(stretch) = walk.stretch() {
            walk.add(met(&mut reader, filter, stretch).await?);
        }
        Ok(walk.page())
    }

    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError> {
        let statement = match of {
            Agenda::PaymentDue => sql::PAYMENT_DUE,
            Agenda::Attention => sql::ATTENTION,
            Agenda::Timer => sql::TIMER,
        };
        let after = page.after.as_ref().map(walk::key).transpose()?;
        let (at, id) = after.map_or((i64::MIN, Vec::new()), |(at, id)| (micros(at), id.bytes()));
        let query = sqlx::query_as(statement).bind(at).bind(id).bind(row::one_more(page.limit));
        let rows: Vec<(i64, Vec<u8>, String)> =
            query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let rows = rows.iter().map(|(at, id, state)| Ok((Timestamp::from_micros(*at), row::order(id, state)?)));
        Ok(walk::agenda(rows.collect::<Result<_, StoreError>>()?, page.limit))
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let mut reader = self.reader().await?;
        let hour = |text: &str| text.parse::<i64>().map_err(|error| StoreError::corrupt("an hour's counter", error));
        let due = counters(&mut reader, "due", hour).await?;
        let this_hour = sqlx::query_scalar(sql::DUE_BETWEEN)
            .bind(micros(Figures::hour_start(now)))
            .bind(micros(now))
            .bind(ORDERS_READ_AT_MOST);
        let this_hour: i64 = this_hour.fetch_one(&mut *reader).await.map_err(store_error)?;
        let attention = counters(&mut reader, "attention", |_| Ok(())).await?;
        let first = sqlx::query_scalar::<_, i64>(sql::FIRST_ATTENTION);
        let first = first.fetch_optional(&mut *reader).await.map_err(store_error)?;
        let money = sqlx::query_as(sql::MONEY_OF_DAY).bind(now.date().days_since_epoch());
        let money: Vec<(String, i64, i64)> = money.fetch_all(&mut *reader).await.map_err(store_error)?;
        let money = money.into_iter().map(|(currency, captured, refunded)| {
            let currency = currency.parse().map_err(|error| StoreError::corrupt("a day's money", error))?;
            Ok(DayMoney { currency, captured, refunded })
        });
        Ok(Figures {
            attention: attention.iter().map(|((), count)| count).sum(),
            attention_next: first.map(Timestamp::from_micros),
            money_today: money.collect::<Result<_, StoreError>>()?,
            ..Figures::of_hours(due, number("a counter", this_hour)?, now)
        })
    }

    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError> {
        let query = sqlx::query_scalar(sql::ORDER_OF_REFUND).bind(provider_id.to_owned());
        let id: Option<Vec<u8>> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        id.map(|id| row::order_id(&id)).transpose()
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

    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        let records = effects::page(&mut *self.reader().await?, of, &page).await?;
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
        let below = below.map_or_else(|| ABOVE_ALL.to_vec(), StoredId::bytes);
        let query = sqlx::query_as(text).bind(of.state()).bind(below).bind(limit);
        let rows: Vec<(Vec<u8>, String)> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.iter().map(|(id, state)| row::order(id, state)).collect()
    }
}

/// What there is on a stretch of a page.
async fn met(
    connection: &mut SqliteConnection,
    filter: &OrderFilter,
    Stretch { below: (at, id), from, limit }: Stretch,
) -> Result<Vec<Met>, StoreError> {
    let buyer = filter.buyer.map(StoredId::bytes);
    let seller = filter.seller.map(StoredId::bytes);
    let status = filter.status.map(OrderStatus::as_str);
    let total = filter.total;
    let page_of = |statement| {
        sqlx::query_as(statement)
            .bind(micros(at))
            .bind(id.bytes())
            .bind(limit)
            .bind(micros(from))
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
    let rows: Vec<(Vec<u8>, i64, Option<String>)> = query.fetch_all(connection).await.map_err(store_error)?;
    rows.into_iter()
        .map(|(id, at, state)| {
            let order = state.map(|state| row::order(&id, &state)).transpose()?;
            Ok((Timestamp::from_micros(at), row::order_id(&id)?, order))
        })
        .collect()
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
