//! What falls due, what needs a person, and what was earned today.

use std::collections::{BTreeMap, BTreeSet};

use super::agendas::expiring_after;
use super::ranges::priced;
use crate::id::{AttemptNo, OrderId, RefundNo};
use crate::ledger::Account;
use crate::money::Currency;
use crate::order::{Command, Decision, Event, Order, Surroundings};
use crate::payment::{Fact, PaymentNews, ProviderRefs, RefundNews, RefundState, RefundSubject};
use crate::ports::{Commit, DayMoney, Figures};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{MICROSECOND, cancel, capture, pay};
use crate::testing::fixtures::{NOW, claim, currency, euros, order_id, placement, total};
use crate::testing::lives::lives;
use crate::time::{DAY, Date, HOUR, Timestamp};

/// No orders, no numbers.
pub async fn an_empty_store_has_no_figures(stores: &Stores) {
    assert_eq!(figures(stores, NOW).await, Figures::default());
}

/// Whatever happens to an order, the figures are what the orders and their journals say.
pub async fn figures_follow_the_orders_through_every_life(stores: &Stores) {
    stores.shelve().await;
    let (mut orders, mut books) = (BTreeMap::<OrderId, Order>::new(), Books::default());
    let (mut lives, mut is_any) = (lives(), Figures::default());
    // All of them at once, a step each.
    while lives.iter().any(|life| !life.commits.is_empty()) {
        for life in lives.iter_mut().filter(|life| !life.commits.is_empty()) {
            let commit = life.commits.remove(0);
            orders.insert(commit.order.id(), commit.order.clone());
            books.post(&commit);
            stores.commit(commit).await;
        }
        let moments = [NOW, NOW + HOUR * 71, NOW + DAY * 3, NOW + DAY * 12];
        for now in moments.into_iter().chain(books.recent_days().map(|day| day.start() + HOUR * 13)) {
            let mut expected = deadlines(orders.values(), now);
            if books.recent_days().any(|day| day == now.date()) {
                expected.money_today = books.of(now.date());
            }
            let mut found = figures(stores, now).await;
            if !books.recent_days().any(|day| day == now.date()) {
                found.money_today.clear();
            }
            assert_eq!(found, expected, "as of {now}");
            is_any.overdue |= found.overdue;
            is_any.attention |= found.attention;
            is_any.due_by_hour.extend(found.due_by_hour);
            is_any.money_today.extend(found.money_today);
        }
    }
    assert!(is_any.overdue > 0 && is_any.attention > 0 && !is_any.due_by_hour.is_empty(), "{is_any:?}");
    assert!(is_any.money_today.iter().any(|it| it.captured > 0 && it.refunded > 0), "{is_any:?}");
}

/// Its first moment belongs to an hour, and its last; what is further away than a day is not told yet.
pub async fn deadlines_are_counted_by_the_hour_in_which_they_fall(stores: &Stores) {
    stores.shelve().await;
    let day = (NOW + DAY).date().start();
    let deadlines = [
        day,
        day + MICROSECOND,
        day + HOUR - MICROSECOND,
        day + HOUR,
        day + HOUR * 23,
        day + DAY - MICROSECOND,
        day + DAY,
    ];
    for (number, deadline) in (1..).zip(deadlines) {
        let decision = Order::place(expiring_after(number, 30), deadline - HOUR * 30);
        stores.keep(decision.expect("a placement that is in order")).await;
    }
    let by_hour =
        |hours: &[(u32, u64)]| hours.iter().map(|(hour, count)| (day + HOUR * *hour, *count)).collect::<Vec<_>>();
    for now in [day, day + HOUR / 2, day + HOUR - MICROSECOND] {
        assert_eq!(figures(stores, now).await.due_by_hour, by_hour(&[(0, 3), (1, 1), (23, 2)]), "as of {now}");
    }
    assert_eq!(figures(stores, day + HOUR).await.due_by_hour, by_hour(&[(1, 1), (23, 2), (24, 1)]));
    assert_eq!(figures(stores, day - MICROSECOND).await.due_by_hour, by_hour(&[(0, 3), (1, 1)]));
    assert_eq!(figures(stores, day - DAY).await.due_by_hour, []);
}

/// From the moment after its deadline until it has been looked at, however long that takes.
pub async fn what_is_overdue_is_counted_until_it_waits_no_longer(stores: &Stores) {
    stores.shelve().await;
    for (number, hours) in [(1, 30), (2, 31), (3, 60)] {
        stores.place_as(expiring_after(number, hours)).await;
    }
    let deadline = stores.load(order_id(1)).await.expires_at().expect("it waits for money");
    for (now, expected) in [
        (deadline, 0),
        (deadline + MICROSECOND, 1),
        (deadline + HOUR, 1),
        (deadline + HOUR * 2, 2),
        (deadline + DAY * 400, 3),
    ] {
        assert_eq!(figures(stores, now).await.overdue, expected, "as of {now}");
    }
    stores.tick_due(claim(deadline)).await;
    assert_eq!(figures(stores, deadline + HOUR * 2).await.overdue, 1, "the first was cancelled");
    let paying = stores.keep(pay(&stores.load(order_id(2)).await)).await;
    stores.keep(capture(&paying)).await;
    assert_eq!(figures(stores, deadline + HOUR * 2).await.overdue, 0, "the second was paid");
    assert_eq!(figures(stores, deadline + DAY * 400).await.overdue, 1, "the third waits");
}

/// A day begins at midnight, UTC, and amounts of different currencies are never added up.
pub async fn what_was_earned_is_told_by_day_and_currency(stores: &Stores) {
    stores.shelve().await;
    let day = (NOW + DAY).date().start();
    for (number, code, minor, at) in [
        (1, "EUR", 3, day - MICROSECOND),
        (2, "EUR", 5, day),
        (3, "JPY", 7, day + HOUR),
        (4, "EUR", 11, day + DAY - MICROSECOND),
        (5, "JPY", 13, day + DAY),
    ] {
        let order = stores.place_as(priced(placement(number), code, minor)).await;
        let order = stores.keep(pay(&order)).await;
        stores.keep(hears(&order, PaymentNews::Captured { total: order.contents().total }, at)).await;
    }
    let earned = |code, captured| DayMoney { currency: currency(code), captured, refunded: 0 };
    for now in [day, day + HOUR * 12, day + DAY - MICROSECOND] {
        assert_eq!(figures(stores, now).await.money_today, [earned("EUR", 16), earned("JPY", 7)], "as of {now}");
    }
    assert_eq!(figures(stores, day - MICROSECOND).await.money_today, [earned("EUR", 3)]);
    assert_eq!(figures(stores, day + DAY).await.money_today, [earned("JPY", 13)]);
    assert_eq!(figures(stores, day + DAY * 2).await.money_today, []);
}

/// What is asked for is not gone, and what never went came from nowhere when it failed.
pub async fn a_refund_counts_when_it_has_gone_and_not_before(stores: &Stores) {
    let (order, paid) = (cancelled(stores).await, total().minor());
    let today = order.updated_at();
    assert_eq!(figures(stores, today).await.money_today, [money(paid, 0)], "it was asked for");
    let order = stores.keep(hears_of_refund(&order, 1, RefundState::Pending, today)).await;
    assert_eq!(figures(stores, today).await.money_today, [money(paid, 0)], "the provider is at it");
    let order = stores.keep(hears_of_refund(&order, 1, RefundState::Failed, today)).await;
    assert_eq!(figures(stores, today).await.money_today, [money(paid, 0)], "it never went");
    let again = order.decide(&Command::RetryRefund { refund: RefundNo::FIRST }, today);
    let order = stores.keep(again.expect("a refund that failed can be tried again")).await;
    stores.keep(hears_of_refund(&order, 2, RefundState::Succeeded, today + DAY)).await;
    assert_eq!(figures(stores, today).await.money_today, [money(paid, 0)]);
    assert_eq!(figures(stores, today + DAY).await.money_today, [money(0, paid)], "it went a day later");
}

/// The buyer's bank sent it back: nothing was captured by that, and yesterday stays as it was.
pub async fn a_refund_that_comes_back_is_taken_from_the_day_on_which_it_does(stores: &Stores) {
    let (order, paid) = (cancelled(stores).await, total().minor());
    let today = order.updated_at();
    let order = stores.keep(hears_of_refund(&order, 1, RefundState::Succeeded, today)).await;
    assert_eq!(figures(stores, today).await.money_today, [money(paid, paid)]);
    stores.keep(hears_of_refund(&order, 1, RefundState::Failed, today + DAY)).await;
    assert_eq!(figures(stores, today).await.money_today, [money(paid, paid)]);
    assert_eq!(figures(stores, today + DAY).await.money_today, [money(0, -paid)]);
}

/// Money is gone, whoever sent it.
pub async fn a_refund_made_past_us_counts_like_ours(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    let order = stores.keep(capture(&order)).await;
    let (today, paid) = (order.updated_at(), total().minor());
    let hears = |order: &Order, state, at| {
        let news = RefundNews { provider_id: Some("re_by_hand".to_owned()), amount: euros(7), state };
        let refund = RefundSubject::Foreign { attempt: AttemptNo::FIRST };
        order.record(&Fact::Refund { refund, news }, &Surroundings::at(at))
    };
    let order = stores.keep(hears(&order, RefundState::Succeeded, today)).await;
    assert_eq!(figures(stores, today).await.money_today, [money(paid, 7)]);
    stores.keep(hears(&order, RefundState::Failed, today)).await;
    assert_eq!(figures(stores, today).await.money_today, [money(paid, 0)], "it came back on the same day");
}

/// An order that was paid and then cancelled: its money is to go back.
async fn cancelled(stores: &Stores) -> Order {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    let order = stores.keep(capture(&order)).await;
    stores.keep(cancel(&order)).await
}

fn hears(order: &Order, news: PaymentNews, at: Timestamp) -> Decision {
    order.record(
        &Fact::Payment { attempt: AttemptNo::FIRST, refs: ProviderRefs::default(), news },
        &Surroundings::at(at),
    )
}

fn hears_of_refund(order: &Order, number: u16, state: RefundState, at: Timestamp) -> Decision {
    let (no, name) = (RefundNo::new(number), format!("re_{number}"));
    let amount = order.refund(no).expect("the refund was asked for").amount;
    let news = RefundNews { provider_id: Some(name), amount, state };
    order.record(&Fact::Refund { refund: RefundSubject::Ours(no), news }, &Surroundings::at(at))
}

fn money(captured: i64, refunded: i64) -> DayMoney {
    DayMoney { currency: currency("EUR"), captured, refunded }
}

/// What the orders say about deadlines.
fn deadlines<'o>(orders: impl Iterator<Item = &'o Order> + Clone, now: Timestamp) -> Figures {
    let hour = |at: Timestamp| Timestamp::from_secs(at.as_secs() - at.as_secs() % 3_600);
    let mut by_hour = BTreeMap::<Timestamp, u64>::new();
    let expiring: Vec<_> = orders.clone().filter_map(Order::expires_at).collect();
    for at in expiring.iter().map(|at| hour(*at)).filter(|at| (hour(now)..hour(now) + DAY).contains(at)) {
        *by_hour.entry(at).or_default() += 1;
    }
    let count = |count: usize| u64::try_from(count).expect("a small number");
    let attention: Vec<_> = orders.filter_map(|order| order.attention().first().map(|it| it.deadline)).collect();
    Figures {
        due_by_hour: by_hour.into_iter().collect(),
        overdue: count(expiring.iter().filter(|at| **at < now).count()),
        attention: count(attention.len()),
        attention_next: attention.into_iter().min(),
        money_today: Vec::new(),
    }
}

/// What the journals say about money.
#[derive(Default)]
struct Books {
    days: BTreeMap<(Date, Currency), (i64, i64)>,
}

impl Books {
    fn post(&mut self, commit: &Commit) {
        for journal in &commit.changes.journals {
            let is_capture = commit
                .events
                .iter()
                .any(|it| it.seq == journal.event && matches!(it.event, Event::PaymentCaptured { .. }));
            let minor = journal.amount.minor();
            let (captured, refunded) = match (journal.debit, journal.credit) {
                (Account::ProviderBalance, _) if is_capture => (minor, 0),
                (Account::ProviderBalance, _) => (0, -minor),
                (_, Account::ProviderBalance) => (0, minor),
                (Account::BuyerFunds | Account::RefundsInTransit, Account::BuyerFunds | Account::RefundsInTransit) => {
                    continue;
                }
            };
            let sums = self.days.entry((journal.at.date(), journal.amount.currency())).or_default();
            *sums = (sums.0 + captured, sums.1 + refunded);
        }
    }

    /// The days that are not forgotten.
    fn recent_days(&self) -> impl Iterator<Item = Date> {
        let days: BTreeSet<_> = self.days.keys().map(|(day, _)| *day).collect();
        let latest = days.last().map(|day| day.days_since_epoch());
        days.into_iter().filter(move |day| latest.is_some_and(|latest| day.days_since_epoch() + 7 >= latest))
    }

    fn of(&self, day: Date) -> Vec<DayMoney> {
        let of_day = self.days.iter().filter(|((on, _), _)| *on == day);
        let nonzero = of_day.filter(|(_, sums)| **sums != (0, 0));
        nonzero
            .map(|((_, currency), (captured, refunded))| DayMoney {
                currency: *currency,
                captured: *captured,
                refunded: *refunded,
            })
            .collect()
    }
}

/// As of now, without what is nothing.
async fn figures(stores: &Stores, now: Timestamp) -> Figures {
    let mut figures = stores.queries.figures(now).await.expect("the store answers");
    figures.due_by_hour.retain(|(_, count)| *count > 0);
    figures.money_today.retain(|it| (it.captured, it.refunded) != (0, 0));
    figures
}
