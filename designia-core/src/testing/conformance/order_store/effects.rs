//! Effects: claimed by one worker at a time, fenced by tokens, never forgotten.

use std::sync::Arc;

use crate::effect::{
    CALL_LOG, CallKind, ClaimedEffect, Effect, EffectCall, EffectId, EffectOutcome, EffectRecord, EffectSettlement,
    EffectState,
};
use crate::order::Order;
use crate::ports::{Claim, Commit};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{
    MICROSECOND, assert_conflict, assert_invalid, assert_stale, at_most, cancel, learn, minutes, pay, settling, tick,
};
use crate::testing::fixtures::{NOW, claim, commit, order_id, placed, placement};
use crate::time::{DAY, HOUR, Timestamp};

/// Not a microsecond before.
pub async fn an_effect_is_due_from_when_it_was_planned(stores: &Stores) {
    let order = stores.place(1).await;
    let planned_at = order.contents().placed_at;
    assert_eq!(stores.claim_effects(None, claim(planned_at - MICROSECOND)).await, []);
    assert_eq!(stores.claim_effects(None, claim(planned_at)).await.len(), 1);
}

/// The frozen call, the first token, the lease, and the certainty that nobody sent it before.
pub async fn a_first_claim_says_that_nothing_was_sent_before(stores: &Stores) {
    let order = stores.place(1).await;
    let effect = stores.effects(order.id()).await[0].effect.clone();
    let first = claim(minutes(0));
    let claimed = stores.claim_effects(None, first).await;
    assert_eq!(claimed, [ClaimedEffect { effect, token: 1, maybe_sent_at: None, lease_until: first.until }]);
}

/// From the claim on it may have happened, and the row says so.
pub async fn a_claimed_effect_is_recorded_as_sent(stores: &Stores) {
    let order = stores.place(1).await;
    let planned = stores.effects(order.id()).await.swap_remove(0);
    let first = claim(minutes(0));
    stores.claim_effects(None, first).await;
    let sent = EffectRecord {
        state: EffectState::Sent,
        claims: 1,
        first_sent_at: Some(first.now),
        due_at: first.until,
        calls: vec![EffectCall { at: first.now, what: CallKind::Send, outcome: None, note: None }],
        ..planned
    };
    assert_eq!(stores.effects(order.id()).await, [sent]);
}

/// However the eight are interleaved.
pub async fn eight_claimers_share_the_due_effects_without_overlap(stores: &Stores) {
    stores.shelve().await;
    for number in 0..40 {
        stores.place_as(placement(number)).await;
    }
    let claims = stores
        .at_once(8, |_| {
            let orders = Arc::clone(&stores.orders);
            async move {
                let mut mine = Vec::new();
                for _ in 0..40 {
                    let some = orders.claim_effects(None, at_most(3, minutes(0))).await.expect("the store answers");
                    mine.extend(some.iter().map(|claimed| (claimed.effect.id.order, claimed.token)));
                }
                mine
            }
        })
        .await;
    let mut all: Vec<_> = claims.into_iter().flatten().collect();
    all.sort_unstable();
    let mut expected: Vec<_> = (0..40).map(|number| (order_id(number), 1)).collect();
    expected.sort_unstable();
    assert_eq!(all, expected, "each effect once");
}

/// A worker that died took the effect with it for so long and no longer. The next one knows that it may have been sent.
pub async fn an_expired_claim_passes_on_with_a_higher_token_and_the_time_of_the_first(stores: &Stores) {
    stores.place(1).await;
    let first = claim(minutes(0));
    stores.claim_effects(None, first).await;
    assert_eq!(stores.claim_effects(None, claim(first.until - MICROSECOND)).await, [], "the lease still runs");
    for token in [2, 3] {
        let again = stores.claim_effects(None, claim(minutes(token * 10))).await;
        assert_eq!(again.len(), 1);
        assert_eq!((again[0].token, again[0].maybe_sent_at), (token, Some(first.now)));
    }
}

/// Whoever has waited longest comes first, whatever the ids.
pub async fn the_longest_overdue_effects_come_first(stores: &Stores) {
    stores.shelve().await;
    for number in [3, 1, 4, 2] {
        stores.place_as(placement(number)).await;
    }
    let of = |claimed: Vec<ClaimedEffect>| -> Vec<_> { claimed.iter().map(|it| it.effect.id.order).collect() };
    assert_eq!(of(stores.claim_effects(None, at_most(2, minutes(0))).await), [order_id(1), order_id(2)]);
    assert_eq!(of(stores.claim_effects(None, at_most(0, minutes(0))).await), []);
    assert_eq!(of(stores.claim_effects(None, at_most(9, minutes(0))).await), [order_id(3), order_id(4)]);
}

/// Right after a commit, its own effects can be run without those of others.
pub async fn the_effects_of_one_order_can_be_claimed_alone(stores: &Stores) {
    stores.shelve().await;
    for number in [1, 2, 3] {
        stores.place_as(placement(number)).await;
    }
    let claimed = stores.claim_effects(Some(order_id(2)), claim(minutes(0))).await;
    assert_eq!(claimed.iter().map(|it| it.effect.id.order).collect::<Vec<_>>(), [order_id(2)]);
    assert_eq!(stores.claim_effects(Some(order_id(2)), claim(minutes(0))).await, []);
    assert_eq!(stores.claim_effects(Some(order_id(9)), claim(minutes(0))).await, []);
    assert_eq!(stores.claim_effects(None, claim(minutes(0))).await.len(), 2);
}

/// It certainly did not happen: as good as new, later.
pub async fn what_was_not_sent_is_planned_again_for_later(stores: &Stores) {
    let order = stores.place(1).await;
    let token = claim_one(stores, minutes(0)).await.token;
    let outcome = EffectOutcome::NotSent { at: minutes(9), why: "rate limited".to_owned() };
    assert!(settle(stores, &order, token, outcome).await);
    let row = stores.effects(order.id()).await.swap_remove(0);
    assert_eq!((row.state, row.first_sent_at, row.due_at), (EffectState::Planned, None, minutes(9)));
    assert_eq!(row.note.as_deref(), Some("rate limited"));
    assert_eq!(stores.claim_effects(None, claim(minutes(9) - MICROSECOND)).await, []);
    let again = claim_one(stores, minutes(9)).await;
    assert_eq!((again.token, again.maybe_sent_at), (2, None));
}

/// It may have happened: asked about later, and never taken for new.
pub async fn what_is_unknown_is_asked_about_later(stores: &Stores) {
    let order = stores.place(1).await;
    let token = claim_one(stores, minutes(0)).await.token;
    let outcome = EffectOutcome::Unknown { at: minutes(9), why: "timed out".to_owned() };
    assert!(settle(stores, &order, token, outcome).await);
    let row = stores.effects(order.id()).await.swap_remove(0);
    assert_eq!((row.state, row.first_sent_at, row.due_at), (EffectState::Unknown, Some(minutes(0)), minutes(9)));
    assert_eq!(row.note.as_deref(), Some("timed out"));
    assert_eq!(stores.claim_effects(None, claim(minutes(9) - MICROSECOND)).await, []);
    let again = claim_one(stores, minutes(9)).await;
    assert_eq!((again.token, again.maybe_sent_at), (2, Some(minutes(0))));
}

/// The end, with the reason if there is one.
pub async fn what_is_done_or_refused_is_never_handed_out_again(stores: &Stores) {
    stores.shelve().await;
    let outcomes = [
        (1, EffectOutcome::Done, EffectState::Done, None),
        (2, EffectOutcome::Refused("no such address".to_owned()), EffectState::Refused, Some("no such address")),
    ];
    for (number, outcome, state, note) in outcomes {
        let order = stores.place_as(placement(number)).await;
        let token = claim_one(stores, minutes(0)).await.token;
        assert!(settle(stores, &order, token, outcome).await);
        let row = stores.effects(order.id()).await.swap_remove(0);
        assert_eq!((row.state, row.note.as_deref()), (state, note));
    }
    assert_eq!(stores.claim_effects(None, claim(NOW + DAY * 36_500)).await, []);
}

/// A worker that was away for too long finds that another has taken over.
pub async fn a_stale_token_settles_nothing(stores: &Stores) {
    let order = stores.place(1).await;
    let stale = claim_one(stores, minutes(0)).await.token;
    let present = claim_one(stores, minutes(10)).await.token;
    let before = stores.effects(order.id()).await;
    for token in [stale, present + 1, 0] {
        assert!(!settle(stores, &order, token, EffectOutcome::Done).await, "with token {token}");
    }
    assert_eq!(stores.effects(order.id()).await, before);
    assert!(settle(stores, &order, present, EffectOutcome::Done).await);
}

/// A claim that ran out but that nobody else took is still the present one.
pub async fn a_late_answer_counts_while_nobody_else_has_claimed(stores: &Stores) {
    let order = stores.place(1).await;
    let token = claim_one(stores, minutes(0)).await.token;
    assert!(settle(stores, &order, token, EffectOutcome::Done).await, "a settlement knows no clock");
}

/// An answer counts once.
pub async fn a_settled_effect_is_not_settled_again(stores: &Stores) {
    stores.shelve().await;
    let later = |why: &str| EffectOutcome::Unknown { at: minutes(9), why: why.to_owned() };
    for (number, outcome) in
        [(1, EffectOutcome::Done), (2, EffectOutcome::Refused("no".to_owned())), (3, later("lost"))]
    {
        let order = stores.place_as(placement(number)).await;
        let token = claim_one(stores, minutes(0)).await.token;
        assert!(settle(stores, &order, token, outcome).await);
        let before = stores.effects(order.id()).await;
        assert!(!settle(stores, &order, token, later("again")).await);
        assert_eq!(stores.effects(order.id()).await, before);
    }
}

/// Neither what was never planned, nor what was never claimed.
pub async fn what_nobody_has_claimed_can_not_be_settled(stores: &Stores) {
    let order = stores.place(1).await;
    let before = stores.effects(order.id()).await;
    for (event, token) in [(1, 0), (1, 1), (9, 0), (9, 1)] {
        let id = EffectId { order: order.id(), event, index: 0 };
        let settlement = EffectSettlement { id, token, outcome: EffectOutcome::Done };
        assert!(!stores.orders.settle_effect(settlement).await.expect("the store answers"), "{id} with {token}");
    }
    assert_eq!(stores.effects(order.id()).await, before);
}

/// The answer and what follows from it are one change.
pub async fn a_commit_settles_an_effect_together_with_what_follows(stores: &Stores) {
    let (order, opening) = opening(stores).await;
    stores.commit(settling(learn(&order, Some("cs_1"), None), opening.effect.id, opening.token)).await;
    let row = record(stores, opening.effect.id).await;
    assert_eq!((row.state, row.note), (EffectState::Done, None));
    assert_eq!(stores.load(order.id()).await.version(), order.version() + 1);
}

/// The provider said no, or the answer that came left another question open.
pub async fn a_commit_settles_an_effect_with_any_outcome(stores: &Stores) {
    let why = || "why".to_owned();
    let outcomes = [
        EffectOutcome::Refused(why()),
        EffectOutcome::NotSent { at: minutes(9), why: why() },
        EffectOutcome::Unknown { at: minutes(9), why: why() },
    ];
    for (number, outcome) in (1..).zip(outcomes) {
        let (order, claimed) = opening_of(stores, number).await;
        let mut model = record(stores, claimed.effect.id).await;
        let settles = EffectSettlement { id: claimed.effect.id, token: claimed.token, outcome: outcome.clone() };
        stores.commit(Commit { settles: Some(settles), ..commit(cancel(&order)) }).await;
        assert!(model.settle(claimed.token, &outcome));
        assert_eq!(record(stores, claimed.effect.id).await, model);
    }
}

/// An answer that was known already is still an answer.
pub async fn a_commit_without_events_settles_an_effect(stores: &Stores) {
    let (order, opening) = opening(stores).await;
    let known = stores.keep(learn(&order, Some("cs_1"), None)).await;
    let repetition = learn(&known, Some("cs_1"), None);
    assert_eq!(repetition.events, []);
    stores.commit(settling(repetition, opening.effect.id, opening.token)).await;
    assert_eq!(record(stores, opening.effect.id).await.state, EffectState::Done);
    assert_eq!(stores.load(order.id()).await, known);
}

/// What a worker found out that was away for too long is not recorded.
pub async fn a_commit_with_a_stale_token_leaves_no_trace(stores: &Stores) {
    let (order, stale) = opening(stores).await;
    let present = stores.claim_effects(Some(order.id()), claim(minutes(10))).await.swap_remove(0);
    let before = stores.trace(&[order.id()]).await;
    for token in [stale.token, present.token + 1] {
        let late = settling(cancel(&order), stale.effect.id, token);
        assert_stale(&stores.refused(late).await);
        assert_eq!(stores.trace(&[order.id()]).await, before);
    }
    stores.commit(settling(cancel(&order), present.effect.id, present.token)).await;
}

/// Nor twice.
pub async fn a_commit_that_settles_what_is_settled_leaves_no_trace(stores: &Stores) {
    let (order, opening) = opening(stores).await;
    let order = {
        let step = learn(&order, Some("cs_1"), None);
        let after = step.order.clone();
        stores.commit(settling(step, opening.effect.id, opening.token)).await;
        after
    };
    let before = stores.trace(&[order.id()]).await;
    let again = settling(tick(&order, NOW + DAY * 4), opening.effect.id, opening.token);
    assert_stale(&stores.refused(again).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// The worker keeps its claim and decides again.
pub async fn a_conflict_leaves_the_effect_claimed(stores: &Stores) {
    let (order, opening) = opening(stores).await;
    let stale = learn(&order, Some("cs_1"), None);
    stores.keep(tick(&order, order.contents().placed_at + DAY)).await;
    assert_conflict(&stores.refused(settling(stale, opening.effect.id, opening.token)).await);
    assert_eq!(record(stores, opening.effect.id).await.state, EffectState::Sent);
    let now = stores.load(order.id()).await;
    stores.commit(settling(learn(&now, Some("cs_1"), None), opening.effect.id, opening.token)).await;
}

/// Order, event and place name an effect.
pub async fn an_effect_is_not_planned_twice(stores: &Stores) {
    let order = stores.place(1).await;
    let before = stores.trace(&[order.id()]).await;
    let mut again = commit(pay(&order));
    again.changes.effects.push(before_all(&order));
    assert_invalid(&stores.refused(again).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// Each store expresses [`EffectRecord::claim`] and [`EffectRecord::settle`] in its own way; they must agree at each step
/// of a row's life.
pub async fn a_row_lives_as_its_record_says(stores: &Stores) {
    let order = stores.place(1).await;
    let mut model = stores.effects(order.id()).await.swap_remove(0);
    for (step, (wait, outcome)) in (0..).zip(long_life()) {
        let now = minutes(step * 100);
        let expected = model.claim(now, now + HOUR);
        let asked = Claim { now, until: now + HOUR, limit: 1 };
        assert_eq!(stores.claim_effects(None, asked).await.pop(), expected, "claim {step}");
        assert_eq!(stores.effects(order.id()).await, [model.clone()], "after claim {step}");
        let Some(outcome) = outcome.map(|outcome| outcome(now + wait)) else { continue };
        let token = expected.map_or(0, |claimed| claimed.token);
        let is_settled = model.settle(token, &outcome);
        assert_eq!(settle(stores, &order, token, outcome).await, is_settled, "settlement {step}");
        assert_eq!(stores.effects(order.id()).await, [model.clone()], "after settlement {step}");
    }
    assert_eq!(model.state, EffectState::Done);
}

/// The commit that brings the answer says what came of the call, and why.
pub async fn a_commit_says_what_came_of_the_call_that_it_settles(stores: &Stores) {
    let (order, claimed) = opening(stores).await;
    let at = claim(minutes(0)).now;
    let call = |outcome| EffectCall { at, what: CallKind::Send, outcome, note: None };
    assert_eq!(record(stores, claimed.effect.id).await.calls, [call(None)]);
    stores.commit(settling(learn(&order, Some("cs_1"), None), claimed.effect.id, claimed.token)).await;
    assert_eq!(record(stores, claimed.effect.id).await.calls, [call(Some(EffectState::Done))]);
    let (order, claimed) = opening_of(stores, 2).await;
    let why = "no such account: \"\u{e9}\"".to_owned();
    let outcome = EffectOutcome::Refused(why.clone());
    let settles = Some(EffectSettlement { id: claimed.effect.id, token: claimed.token, outcome });
    stores.commit(Commit { settles, ..commit(learn(&order, Some("cs_2"), None)) }).await;
    let refused = EffectCall { note: Some(why), ..call(Some(EffectState::Refused)) };
    assert_eq!(record(stores, claimed.effect.id).await.calls, [refused]);
}

/// An effect that nobody can tell anything of for weeks doesn't grow.
pub async fn the_latest_fifty_calls_of_an_effect_are_kept(stores: &Stores) {
    let order = stores.place(1).await;
    for number in 0..60 {
        let claimed = claim_one(stores, minutes(number * 10)).await;
        let outcome = EffectOutcome::Unknown { at: minutes(number * 10 + 5), why: number.to_string() };
        assert!(settle(stores, &order, claimed.token, outcome).await);
    }
    let calls = stores.effects(order.id()).await.swap_remove(0).calls;
    let expected = |number: u32| EffectCall {
        at: minutes(number * 10),
        what: CallKind::LookUp,
        outcome: Some(EffectState::Unknown),
        note: Some(number.to_string()),
    };
    assert_eq!(calls.len(), CALL_LOG);
    assert_eq!(calls, (10..60).map(expected).collect::<Vec<_>>(), "the oldest are gone");
}

type Outcome = fn(Timestamp) -> EffectOutcome;

/// Claims, each with what comes of it and how long the next one waits; without an outcome, the lease runs out.
fn long_life() -> Vec<(std::time::Duration, Option<Outcome>)> {
    let not_sent: Outcome = |at| EffectOutcome::NotSent { at, why: "locked".to_owned() };
    let unknown: Outcome = |at| EffectOutcome::Unknown { at, why: "timed out".to_owned() };
    vec![
        (HOUR, Some(not_sent)),
        (HOUR, Some(unknown)),
        (HOUR, None),
        (HOUR, Some(unknown)),
        (HOUR * 3, Some(not_sent)),
        (HOUR, Some(unknown)),
        (HOUR, Some(not_sent)),
        (HOUR, Some(|_| EffectOutcome::Done)),
        (HOUR, Some(unknown)),
    ]
}

async fn claim_one(stores: &Stores, now: Timestamp) -> ClaimedEffect {
    let mut claimed = stores.claim_effects(None, at_most(1, now)).await;
    assert_eq!(claimed.len(), 1, "one effect is due");
    claimed.swap_remove(0)
}

/// An order whose payment is being opened, by a worker that holds the effect.
async fn opening(stores: &Stores) -> (Order, ClaimedEffect) {
    opening_of(stores, 1).await
}

async fn opening_of(stores: &Stores, number: u32) -> (Order, ClaimedEffect) {
    let order = stores.place(number).await;
    let order = stores.keep(pay(&order)).await;
    let claimed = stores.claim_effects(None, claim(minutes(0))).await;
    let of_the_payment = claimed.into_iter().find(|claimed| claimed.effect.id.event == order.version());
    (order, of_the_payment.expect("the opening is due"))
}

/// The effect that the placing planned.
fn before_all(order: &Order) -> Effect {
    commit(placed(placement(1))).changes.effects.into_iter().find(|it| it.id.order == order.id()).expect("it is told")
}

async fn record(stores: &Stores, id: EffectId) -> EffectRecord {
    let rows = stores.effects(id.order).await;
    rows.into_iter().find(|row| row.effect.id == id).expect("the effect is there")
}

async fn settle(stores: &Stores, order: &Order, token: u32, outcome: EffectOutcome) -> bool {
    let id = EffectId { order: order.id(), event: 1, index: 0 };
    stores.orders.settle_effect(EffectSettlement { id, token, outcome }).await.expect("the store answers")
}
