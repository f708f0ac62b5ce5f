//! Reminders, and what a timer may and may not do.

use std::time::Duration;

use super::scenario::{given, given_on};
use super::steps::*;
use crate::order::{Terms, TimeoutPolicy, Upcoming};
use crate::time::HOUR;

fn reminding(reminders: Vec<Duration>) -> Terms {
    Terms { timeout: TimeoutPolicy { reminders, ..TimeoutPolicy::default() }, ..Terms::default() }
}

#[test]
fn the_buyer_is_reminded_when_the_policy_says_so() {
    given([])
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + days(1))))
        .and([wait(days(1)), tick()])
        .happens(&["reminded"])
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + HOUR * 60)))
        .and([wait(HOUR * 60), tick()])
        .happens(&["reminded"])
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + days(3))));
}

#[test]
fn missed_reminders_are_made_up_for_by_one() {
    given([wait(HOUR * 61)]).when(tick()).happens(&["reminded"]).when(tick()).nothing_happens();
}

#[test]
fn an_order_that_is_about_to_be_cancelled_is_not_reminded_of() {
    given([wait(days(3))]).when(tick()).happens(&["cancelled"]);
}

#[test]
fn a_paid_order_is_not_reminded_of() {
    given(paid()).and([wait(days(2)), tick()]).nothing_happens();
}

#[test]
fn reminders_in_a_strange_order_do_not_make_a_timer_spin() {
    let strange = [HOUR, HOUR * 5, HOUR / 2, HOUR * 2];
    let mut it = given_on(reminding(strange.to_vec()), []);
    for half_hours in 1..12 {
        it = it.and([wait(HOUR / 2 * half_hours), tick(), tick()]).nothing_happens();
    }
    assert_eq!(it.order.next_tick_at(), Some(NOON + days(3)), "all have been made");
}

#[test]
fn very_many_reminders_do_not_make_a_timer_spin() {
    given_on(reminding(vec![HOUR; 300]), [wait(HOUR)])
        .when(tick())
        .happens(&["reminded"])
        .when(tick())
        .nothing_happens();
}

#[test]
fn an_order_that_expires_at_once_does_so() {
    let terms = Terms { timeout: TimeoutPolicy::with_grace(Duration::ZERO), ..Terms::default() };
    given_on(terms, []).when(pay()).refused("payment_deadline_too_close").when(tick()).happens(&["cancelled"]);
}

#[test]
fn everything_that_an_order_will_do_by_itself_is_told_with_its_time() {
    given([]).then(|it| {
        let upcoming: Vec<_> = it.order.upcoming().collect();
        assert_eq!(upcoming, [(NOON + days(1), Upcoming::Reminder), (NOON + days(3), Upcoming::Expiry)]);
    });
    given(paid()).then(|it| assert_eq!(it.order.upcoming().count(), 0));
}
