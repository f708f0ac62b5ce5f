//! Orders with their histories, and the indexes that make claims and pages cheap however many there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use uuid::Uuid;

use super::names::Names;
use crate::id::{BuyerId, OrderId, SellerId};
use crate::ledger::{Account, Journal};
use crate::money::Currency;
use crate::order::{Event, Order, OrderStatus, Recorded};
use crate::ports::rows::one_more;
use crate::ports::rows::walk::{self, Met, OrderWalk, Stretch};
use crate::ports::{
    Agenda, AnsweredRequest, Claim, DayMoney, Figures, OrderArchive, OrderFilter, Page, PageRequest, PaymentList,
    RequestKey, StoreError,
};
use crate::time::Timestamp;

/// What pages are asked for: an order is listed under every filter that it passes.
type List = (Option<BuyerId>, Option<SellerId>, Option<OrderStatus>);

#[derive(Default)]
pub(super) struct Orders {
    rows: BTreeMap<OrderId, Row>,
    due: BTreeSet<(Timestamp, OrderId)>,
    expiring: BTreeSet<(Timestamp, OrderId)>,
    attention: BTreeSet<(Timestamp, OrderId)>,
    pages: BTreeSet<(List, Timestamp, OrderId)>,
    counts: BTreeMap<OrderStatus, u64>,
    names: Names,
    requests: HashMap<(BuyerId, String), (OrderId, String)>,
    journals: BTreeMap<(OrderId, u32), Journal>,
    balance: BTreeMap<(Account, Currency), i128>,
}

struct Row {
    order: Order,
    history: Vec<Recorded>,
    due_at: Option<Timestamp>,
    requests: Vec<AnsweredRequest>,
}

impl Orders {
    pub(super) fn order(&self, id: OrderId) -> Option<&Order> {
        self.rows.get(&id).map(|row| &row.order)
    }

    pub(super) fn history(&self, id: OrderId) -> &[Recorded] {
        self.rows.get(&id).map_or(&[], |row| &row.history)
    }

    pub(super) const fn names(&self) -> &Names {
        &self.names
    }

    pub(super) fn answer(&self, key: &RequestKey) -> Option<&(OrderId, String)> {
        self.requests.get(&(key.buyer, key.key.clone()))
    }

    /// Keeps the request that a stored order answers.
    pub(super) fn remember(&mut self, request: AnsweredRequest, order: OrderId) {
        let RequestKey { buyer, key, fingerprint } = request.key.clone();
        self.requests.insert((buyer, key), (order, fingerprint));
        if let Some(row) = self.rows.get_mut(&order) {
            row.requests.push(request);
        }
    }

    pub(super) fn is_booked(&self, journal: &Journal) -> bool {
        self.journals.contains_key(&(journal.order, journal.event))
    }

    pub(super) fn book(&mut self, journal: &Journal) {
        self.journals.insert((journal.order, journal.event), *journal);
        for (account, currency, minor) in journal.postings() {
            *self.balance.entry((account, currency)).or_default() += i128::from(minor);
        }
    }

    pub(super) fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        let rows = self.balance.iter().map(|(&(account, currency), &sum)| Ok((account, currency, i64::try_from(sum)?)));
        rows.collect::<Result<_, std::num::TryFromIntError>>().map_err(|error| StoreError::corrupt("the ledger", error))
    }

    /// Stores the order as it is after these events, of which there is at least one.
    pub(super) fn store(&mut self, order: Order, events: Vec<Recorded>) {
        self.names.learn(&order);
        let mut row = match self.rows.remove(&order.id()) {
            Some(row) => {
                self.unindex(&row);
                row
            }
            None => Row { order: order.clone(), history: Vec::new(), due_at: None, requests: Vec::new() },
        };
        row.due_at = order.next_tick_at();
        row.order = order;
        row.history.extend(events);
        self.index(&row);
        self.rows.insert(row.order.id(), row);
    }

    /// Stores an order as it was elsewhere.
    pub(super) fn adopt(&mut self, archive: &OrderArchive) {
        let OrderArchive { order, due_at, history, effects: _, movements: _, journals, requests } = archive;
        self.store(order.clone(), history.clone());
        journals.iter().for_each(|journal| self.book(journal));
        requests.iter().for_each(|request| self.remember(request.clone(), order.id()));
        if let Some(mut row) = self.rows.remove(&order.id()) {
            self.unindex(&row);
            row.due_at = *due_at;
            self.index(&row);
            self.rows.insert(order.id(), row);
        }
    }

    /// What is kept here of the orders after this one, by id; the parts that are kept elsewhere are still missing.
    pub(super) fn archives_after(&self, after: Option<OrderId>) -> impl Iterator<Item = OrderArchive> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range((from, Bound::Unbounded)).map(|(_, row)| self.archive_of(row))
    }

    /// What is kept here of one order; the parts that are kept elsewhere are still missing.
    pub(super) fn archive(&self, id: OrderId) -> Option<OrderArchive> {
        self.rows.get(&id).map(|row| self.archive_of(row))
    }

    fn archive_of(&self, row: &Row) -> OrderArchive {
        let id = row.order.id();
        OrderArchive {
            order: row.order.clone(),
            due_at: row.due_at,
            history: row.history.clone(),
            effects: Vec::new(),
            movements: Vec::new(),
            journals: self.journals.range((id, 0)..=(id, u32::MAX)).map(|(_, journal)| *journal).collect(),
            requests: row.requests.clone(),
        }
    }

    /// Orders that are due, the longest overdue first. Each is due again when the claim runs out.
    pub(super) fn postpone_due(&mut self, claim: Claim) -> Vec<Order> {
        let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
        let due: Vec<_> = self.due.iter().take_while(|(at, _)| *at <= claim.now).take(limit).copied().collect();
        let mut orders = Vec::with_capacity(due.len());
        for key @ (_, id) in due {
            if let Some(row) = self.rows.get_mut(&id) {
                self.due.remove(&key);
                self.due.insert((claim.until, id));
                row.due_at = Some(claim.until);
                orders.push(row.order.clone());
            }
        }
        orders
    }

    pub(super) fn oldest_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at).filter(|at| *at <= now)
    }

    pub(super) fn by_status(&self) -> Vec<(OrderStatus, u64)> {
        self.counts.iter().filter(|(_, count)| **count > 0).map(|(status, count)| (*status, *count)).collect()
    }

    pub(super) fn page(&self, filter: &OrderFilter, request: &PageRequest) -> Result<Page<Order>, StoreError> {
        let mut walk = OrderWalk::new(filter, request)?;
        while let Some(stretch) = walk.stretch() {
            walk.add(self.met(filter, stretch));
        }
        Ok(walk.page())
    }

    fn met(&self, filter: &OrderFilter, Stretch { below: (at, id), from, limit }: Stretch) -> Vec<Met> {
        let list = (filter.buyer, filter.seller, filter.status);
        let (first, last) = ((list, from, OrderId::from_uuid(Uuid::nil())), (list, at, id));
        if first > last {
            return Vec::new();
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let order =
            |id| self.order(id).filter(|it| filter.total.is_none_or(|range| range.contains(it.contents().total)));
        let keys = self.pages.range(first..last).rev().take(limit);
        keys.map(|&(_, at, id)| (at, id, order(id).cloned())).collect()
    }

    pub(super) fn agenda(&self, of: Agenda, request: &PageRequest) -> Result<Page<Order>, StoreError> {
        let keys = match of {
            Agenda::PaymentDue => &self.expiring,
            Agenda::Attention => &self.attention,
            Agenda::Timer => &self.due,
        };
        let after = request.after.as_ref().map(walk::key).transpose()?.map_or(Bound::Unbounded, Bound::Excluded);
        let limit = usize::try_from(one_more(request.limit)).unwrap_or(usize::MAX);
        let keys = keys.range((after, Bound::Unbounded)).take(limit);
        let rows = keys.filter_map(|(at, id)| self.order(*id).map(|order| (*at, order.clone()))).collect();
        Ok(walk::agenda(rows, request.limit))
    }

    pub(super) fn with_payments(&self, of: PaymentList, below: Option<OrderId>, limit: u32) -> Vec<Order> {
        let below = below.map_or(Bound::Unbounded, Bound::Excluded);
        let orders = self.rows.range((Bound::Unbounded, below)).rev().map(|(_, row)| &row.order);
        orders.filter(|order| of.includes(order)).take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect()
    }

    pub(super) fn figures(&self, now: Timestamp) -> Figures {
        let mut due = BTreeMap::<i64, u64>::new();
        for (at, _) in &self.expiring {
            *due.entry(Figures::hour(*at)).or_default() += 1;
        }
        let nobody = OrderId::from_uuid(Uuid::nil());
        let this_hour = self.expiring.range((Figures::hour_start(now), nobody)..(now, nobody)).count();
        let mut money = BTreeMap::<Currency, DayMoney>::new();
        let today = self.journals.values().filter(|journal| journal.at.date() == now.date());
        for it in today.filter_map(|journal| DayMoney::of(journal, self.is_capture(journal))) {
            let sum = money.entry(it.currency).or_insert(DayMoney { captured: 0, refunded: 0, ..it });
            (sum.captured, sum.refunded) = (sum.captured + it.captured, sum.refunded + it.refunded);
        }
        Figures {
            attention: u64::try_from(self.attention.len()).unwrap_or(u64::MAX),
            attention_next: self.attention.first().map(|(at, _)| *at),
            money_today: money.into_values().collect(),
            ..Figures::of_hours(due.into_iter().collect(), u64::try_from(this_hour).unwrap_or(u64::MAX), now)
        }
    }

    /// Whether a journal is of money that was paid, and not of a refund that came back.
    fn is_capture(&self, journal: &Journal) -> bool {
        let mut history = self.history(journal.order).iter();
        history.any(|it| it.seq == journal.event && matches!(it.event, Event::PaymentCaptured { .. }))
    }

    /// Whether this buyer has placed any.
    pub(super) fn has_any(&self, buyer: BuyerId) -> bool {
        let list = (Some(buyer), None, None);
        let first = (list, Timestamp::from_micros(i64::MIN), OrderId::from_uuid(Uuid::nil()));
        self.pages.range(first..).next().is_some_and(|key| key.0 == list)
    }

    fn index(&mut self, row: &Row) {
        self.due.extend(row.due_at.map(|at| (at, row.order.id())));
        self.expiring.extend(row.order.expires_at().map(|at| (at, row.order.id())));
        self.attention.extend(row.order.attention_at().map(|at| (at, row.order.id())));
        self.pages.extend(page_keys(&row.order));
        *self.counts.entry(row.order.status()).or_default() += 1;
    }

    fn unindex(&mut self, row: &Row) {
        if let Some(at) = row.due_at {
            self.due.remove(&(at, row.order.id()));
        }
        if let Some(at) = row.order.expires_at() {
            self.expiring.remove(&(at, row.order.id()));
        }
        if let Some(at) = row.order.attention_at() {
            self.attention.remove(&(at, row.order.id()));
        }
        for key in page_keys(&row.order) {
            self.pages.remove(&key);
        }
        *self.counts.entry(row.order.status()).or_default() -= 1;
    }
}

fn page_keys(order: &Order) -> impl Iterator<Item = (List, Timestamp, OrderId)> {
    let (id, placed_at, status, buyer) = (order.id(), order.contents().placed_at, order.status(), order.buyer());
    let sellers = order.contents().consignments.iter().map(|part| Some(part.seller)).chain([None]);
    let lists = sellers.flat_map(move |seller| {
        [
            (None, seller, None),
            (None, seller, Some(status)),
            (Some(buyer), seller, None),
            (Some(buyer), seller, Some(status)),
        ]
    });
    lists.map(move |list| (list, placed_at, id))
}
