//! The life of an effect's row: every claim and every outcome in every state.

use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::id::AttemptNo;
use crate::payment::ProviderRefs;

const NOON: Timestamp = Timestamp::from_secs(1_795_348_800);
const SECOND: Duration = Duration::from_secs(1);

fn planned() -> EffectRecord {
    let order = OrderId::from_uuid(Uuid::from_u128(1));
    let payment = PaymentRef { order, attempt: AttemptNo::FIRST, refs: ProviderRefs::default(), started_at: NOON };
    EffectRecord::planned(Effect {
        id: EffectId { order, event: 2, index: 0 },
        key: IdempotencyKey::new("ask-1".to_owned()),
        request: EffectRequest::Ask(payment),
        planned_at: NOON,
    })
}

fn claimed(record: &mut EffectRecord, now: Timestamp) -> ClaimedEffect {
    record.claim(now, now + LEASE).unwrap()
}

fn unknown(at: Timestamp) -> EffectOutcome {
    EffectOutcome::Unknown { at, why: "the reply was lost".to_owned() }
}

fn not_sent(at: Timestamp) -> EffectOutcome {
    EffectOutcome::NotSent { at, why: "rate limited".to_owned() }
}

#[test]
fn a_planned_effect_is_claimed_when_it_is_due_and_certainly_was_not_sent() {
    let mut record = planned();
    assert_eq!(record.claim(NOON - SECOND, NOON + LEASE), None, "it is not due yet");
    assert_eq!(record, planned(), "a claim that is not granted leaves no trace");
    let claim = claimed(&mut record, NOON);
    assert_eq!((claim.token, claim.maybe_sent_at, claim.lease_until), (1, None, NOON + LEASE));
    assert_eq!(claim.effect, planned().effect);
    assert_eq!((record.state, record.first_sent_at), (EffectState::Sent, Some(NOON)));
}

#[test]
fn a_claim_keeps_others_away_until_it_runs_out() {
    let mut record = planned();
    claimed(&mut record, NOON);
    assert_eq!(record.claim(NOON + LEASE - SECOND, NOON + LEASE), None);
    let second = claimed(&mut record, NOON + LEASE);
    assert_eq!((second.token, second.maybe_sent_at), (2, Some(NOON)), "the dead worker may have sent it");
}

#[test]
fn a_worker_whose_claim_was_taken_over_settles_nothing() {
    let mut record = planned();
    let first = claimed(&mut record, NOON);
    let second = claimed(&mut record, NOON + LEASE);
    let before = record.clone();
    for outcome in [EffectOutcome::Done, EffectOutcome::Refused(String::new()), not_sent(NOON), unknown(NOON)] {
        assert!(!record.settle(first.token, &outcome));
        assert_eq!(record, before);
    }
    assert!(record.settle(second.token, &EffectOutcome::Done));
}

#[test]
fn a_worker_that_is_late_but_was_not_replaced_still_settles() {
    let mut record = planned();
    let claim = claimed(&mut record, NOON);
    assert!(record.settle(claim.token, &EffectOutcome::Done));
    assert_eq!(record.state, EffectState::Done);
}

#[test]
fn what_is_done_or_refused_is_never_claimed_or_settled_again() {
    for outcome in [EffectOutcome::Done, EffectOutcome::Refused("amount_too_small".to_owned())] {
        let mut record = planned();
        let claim = claimed(&mut record, NOON);
        assert!(record.settle(claim.token, &outcome));
        assert!(record.state.is_final());
        let settled = record.clone();
        assert_eq!(record.claim(NOON + LEASE * 10_000, NOON + LEASE * 10_001), None);
        assert!(!record.settle(claim.token, &unknown(NOON)));
        assert_eq!(record, settled);
    }
}

#[test]
fn an_unknown_outcome_is_claimed_again_when_it_is_due_as_one_that_may_have_happened() {
    let mut record = planned();
    let claim = claimed(&mut record, NOON);
    assert!(record.settle(claim.token, &unknown(NOON + SECOND * 5)));
    assert_eq!((record.state, record.note.as_deref()), (EffectState::Unknown, Some("the reply was lost")));
    assert_eq!(record.claim(NOON + SECOND * 4, NOON + LEASE), None);
    for round in 2..10 {
        let due = record.due_at;
        let again = claimed(&mut record, due);
        assert_eq!((again.token, again.maybe_sent_at), (round, Some(NOON)), "whatever is asked in between");
        assert!(record.settle(again.token, &unknown(due + SECOND)));
    }
}

#[test]
fn what_certainly_was_not_sent_is_as_good_as_planned() {
    let mut record = planned();
    let claim = claimed(&mut record, NOON);
    assert!(record.settle(claim.token, &not_sent(NOON + SECOND)));
    assert_eq!((record.state, record.first_sent_at), (EffectState::Planned, None));
    let again = claimed(&mut record, NOON + SECOND * 2);
    assert_eq!((again.token, again.maybe_sent_at), (2, None));
    assert_eq!(record.first_sent_at, Some(NOON + SECOND * 2), "grace counts from the send that may have happened");
}

#[test]
fn nothing_is_settled_without_a_claim() {
    let mut record = planned();
    assert!(!record.settle(0, &EffectOutcome::Done));
    let claim = claimed(&mut record, NOON);
    assert!(record.settle(claim.token, &unknown(NOON)));
    assert!(!record.settle(claim.token, &EffectOutcome::Done), "a claim is settled once");
}

#[test]
fn a_row_survives_its_stored_form_in_every_state() {
    for state in EffectState::ALL {
        let record = EffectRecord { state, ..planned() };
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<EffectRecord>(&json).unwrap(), record);
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
}

#[test]
fn a_look_up_proves_absence_only_when_a_worker_that_was_slow_to_send_must_have_its_answer() {
    assert!(REPLY_GRACE >= LEASE * 3, "a worker may send until its lease runs out, and then waits");
}

#[test]
fn a_call_is_answered_by_the_settlement_of_its_claim() {
    let mut record = planned();
    let first = claimed(&mut record, NOON);
    assert!(record.settle(first.token, &not_sent(NOON + LEASE)));
    claimed(&mut record, NOON + LEASE);
    let third = claimed(&mut record, NOON + LEASE * 2);
    assert!(record.settle(third.token, &unknown(NOON + LEASE * 4)));
    let call = |at, what, outcome, note: Option<&str>| EffectCall { at, what, outcome, note: note.map(str::to_owned) };
    let expected = [
        call(NOON, CallKind::Send, Some(EffectState::Planned), Some("rate limited")),
        call(NOON + LEASE, CallKind::Send, None, None),
        call(NOON + LEASE * 2, CallKind::LookUp, Some(EffectState::Unknown), Some("the reply was lost")),
    ];
    assert_eq!(record.calls, expected, "whoever died left no answer");
}

#[test]
fn an_effects_id_survives_its_text_form() {
    let id = planned().effect.id;
    assert_eq!(id.to_string().parse(), Ok(id));
    for text in ["", "1", "1.2.3", &format!("{id}.0"), &format!("{}.2.256", id.order)] {
        assert_eq!(text.parse::<EffectId>(), Err(EffectIdParseError(text.to_owned())));
    }
}
