//! A page of orders as a walk along an index, newest first, which every store takes alike.

use super::one_more;
use crate::id::OrderId;
use crate::order::Order;
use crate::ports::{Cursor, ORDERS_READ_AT_MOST, OrderFilter, Page, PageRequest, StoreError};
use crate::time::Timestamp;

/// A page in the making. The store reads the stretches that it asks for, one after another, and hands over what it met.
#[derive(Debug)]
pub struct OrderWalk {
    limit: usize,
    /// Without a total every order that is met is a row, and one stretch is the whole page.
    is_by_total: bool,
    stretch: Stretch,
    rows: Vec<Order>,
    met: u32,
    is_over: bool,
    /// Whether it is over because enough was read.
    is_cut: bool,
}

/// What is to be read next: orders below a key, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Placed before this, or then, with a lesser id.
    pub below: (Timestamp, OrderId),
    /// Placed then or later.
    pub from: Timestamp,
    /// At most so many.
    pub limit: i64,
}

/// An order that was met: when it was placed, which it is, and the order itself unless the total is not what was asked for.
pub type Met = (Timestamp, OrderId, Option<Order>);

impl OrderWalk {
    /// Before the first step.
    ///
    /// # Errors
    /// `Invalid` for a cursor that no page gave out.
    pub fn new(filter: &OrderFilter, page: &PageRequest) -> Result<Self, StoreError> {
        let latest = (Timestamp::from_micros(i64::MAX), OrderId::from_uuid(uuid::Uuid::max()));
        let after = page.after.as_ref().map(key).transpose()?.unwrap_or(latest);
        let before = filter.placed_before.map_or(latest, |at| (at, OrderId::from_uuid(uuid::Uuid::nil())));
        let from = filter.placed_from.unwrap_or(Timestamp::from_micros(i64::MIN));
        let is_by_total = filter.total.is_some();
        let most = if is_by_total { i64::from(ORDERS_READ_AT_MOST) } else { i64::MAX };
        Ok(Self {
            limit: usize::try_from(page.limit).unwrap_or(usize::MAX),
            is_by_total,
            stretch: Stretch { below: after.min(before), from, limit: one_more(page.limit).min(most) },
            rows: Vec::new(),
            met: 0,
            is_over: false,
            is_cut: false,
        })
    }

    /// What is to be read next; `None` once the page is complete.
    #[must_use]
    pub fn stretch(&self) -> Option<Stretch> {
        (!self.is_over).then_some(self.stretch)
    }

    /// Takes what was met on the stretch, in order.
    pub fn add(&mut self, met: Vec<Met>) {
        let count = u32::try_from(met.len()).unwrap_or(u32::MAX);
        let is_at_end = i64::from(count) < self.stretch.limit;
        self.met = self.met.saturating_add(count);
        if let Some((at, id, _)) = met.last() {
            self.stretch.below = (*at, *id);
        }
        self.rows.extend(met.into_iter().filter_map(|(.., order)| order));
        let left = ORDERS_READ_AT_MOST.saturating_sub(self.met);
        self.is_cut = self.is_by_total && !is_at_end && left == 0;
        self.is_over = is_at_end || self.rows.len() > self.limit || !self.is_by_total || self.is_cut;
        // Where few fit, many have to be looked at: not in as many small steps.
        self.stretch.limit = self.stretch.limit.saturating_mul(2).min(i64::from(left));
    }

    /// The page.
    #[must_use]
    pub fn page(mut self) -> Page<Order> {
        let is_full = self.rows.len() > self.limit;
        self.rows.truncate(self.limit);
        let last = self.rows.last().filter(|_| is_full);
        let stopped = self.is_cut.then(|| cursor(self.stretch.below));
        let next = last.map(|order| cursor((order.contents().placed_at, order.id()))).or(stopped);
        Page { rows: self.rows, next }
    }
}

/// The place in a list of orders that a cursor names.
///
/// # Errors
/// `Invalid` if it names none.
pub fn key(cursor: &Cursor) -> Result<(Timestamp, OrderId), StoreError> {
    let id = cursor.id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
    Ok((cursor.at, id))
}

/// The page of an agenda, of orders with their deadlines, of which one may be too many.
#[must_use]
pub fn agenda(rows: Vec<(Timestamp, Order)>, limit: u32) -> Page<Order> {
    let Page { rows, next } = super::page(rows, limit, |(at, order)| cursor((*at, order.id())));
    Page { rows: rows.into_iter().map(|(_, order)| order).collect(), next }
}

fn cursor((at, id): (Timestamp, OrderId)) -> Cursor {
    Cursor { at, id: id.to_string() }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ports::AmountRange;
    use crate::testing::fixtures::{NOW, currency, order_id, placed, placement};

    /// The pages of a walk over so many orders of which every so manieth fits, with how many were read for each.
    fn pages(orders: u32, every: u32, limit: u32) -> Vec<(Vec<OrderId>, u32)> {
        let total = AmountRange { currency: currency("EUR"), min: None, max: None };
        let filter = OrderFilter { total: Some(total), ..OrderFilter::default() };
        let at = |number: u32| NOW + Duration::from_secs(u64::from(number));
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let mut walk = OrderWalk::new(&filter, &PageRequest { after, limit }).expect("a cursor of a page");
            let mut read = 0;
            while let Some(Stretch { below, from: _, limit }) = walk.stretch() {
                let numbers = (1..=orders).rev().filter(|number| (at(*number), order_id(*number)) < below);
                let met = numbers.take(usize::try_from(limit).expect("a small number")).map(|number| {
                    let order = (number % every == 0).then(|| placed(placement(number)).order);
                    (at(number), order_id(number), order)
                });
                let met: Vec<_> = met.collect();
                read += u32::try_from(met.len()).expect("a small number");
                walk.add(met);
            }
            let page = walk.page();
            pages.push((page.rows.iter().map(Order::id).collect(), read));
            after = page.next;
            if after.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn a_page_reads_no_more_than_it_may_and_the_next_goes_on_where_it_stopped() {
        let pages = pages(25_000, 9_000, 5);
        let rows: Vec<_> = pages.iter().map(|(rows, _)| rows.clone()).collect();
        assert_eq!(rows, [vec![order_id(18_000)], vec![order_id(9_000)], vec![]]);
        assert_eq!(pages.iter().map(|(_, read)| *read).collect::<Vec<_>>(), [10_000, 10_000, 5_000]);
    }

    #[test]
    fn a_page_that_read_all_that_it_may_and_found_nothing_is_not_the_last() {
        assert_eq!(pages(10_000, 20_000, 5), [(vec![], 10_000), (vec![], 0)]);
        assert_eq!(pages(9_999, 20_000, 5), [(vec![], 9_999)]);
    }

    #[test]
    fn a_page_that_is_full_early_reads_little() {
        let pages = pages(1_000, 2, 10);
        assert_eq!(pages.len(), 50);
        assert!(pages.iter().all(|(rows, read)| rows.len() == 10 && *read <= 33), "{pages:?}");
    }
}
