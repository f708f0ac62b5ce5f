//! Whole lives of orders: between them they show every status, every event, every effect and every cause.

use std::time::Duration;

use super::fixtures::{buyer, euros, placed, placement, seller, total};
use crate::effect::EffectId;
use crate::id::{AttemptNo, RefundNo};
use crate::money::Money;
use crate::order::{
    Actor, Cause, Command, Decision, LatePaymentPolicy, Order, Placement, Surroundings, Terms, Tracking,
};
use crate::payment::{
    CloseReason, Decline, Fact, PaymentMethod, PaymentNews, ProviderRefs, RefundNews, RefundState, RefundSubject,
};
use crate::ports::Commit;
use crate::time::{DAY, HOUR, Timestamp};

/// The life of one order, as the commits that made it.
#[derive(Clone, Debug)]
pub struct Life {
    /// What happens in it.
    pub name: &'static str,
    /// From the placing on.
    pub commits: Vec<Commit>,
}

/// Lives that between them show every status, event, effect and cause that the domain knows today. Each is of another
/// order, numbered from 1, and of products 1 and 2.
#[must_use]
pub fn lives() -> Vec<Life> {
    vec![
        delivered(Walk::begin(1)),
        expired_then_paid(Walk::begin(2)),
        reinstated(Walk::begin_with(3, LatePaymentPolicy::Reinstate { within: DAY * 7 })),
        held(Walk::begin_with(4, LatePaymentPolicy::Hold { within: DAY * 7 })),
        promised_and_not_kept(Walk::begin(5)),
        cancelled_after_it_was_paid(Walk::begin(6)),
        refunded_elsewhere(Walk::begin(7)),
        hard_to_believe(Walk::begin(8)),
        refund_needless_in_the_end(Walk::begin(9)),
    ]
}

fn delivered(walk: Walk) -> Life {
    walk.after(DAY)
        .tick()
        .pays_by(PaymentMethod::Card)
        .hears(PaymentNews::Open)
        .hears(PaymentNews::Declined(Decline { reference: "ch_1".to_owned(), code: "card_declined".to_owned() }))
        .hears(captured())
        .asks(&Command::Prepare { seller: seller(1), by: Actor::Seller(seller(1)) })
        .asks(&Command::Prepare { seller: seller(2), by: Actor::Seller(seller(2)) })
        .asks(&ship(1, "RR 1"))
        .asks(&ship(1, "RR 1, corrected"))
        .asks(&ship(2, "RR 2"))
        .asks(&Command::Deliver { seller: seller(1), by: Actor::Buyer(buyer(1)) })
        .asks(&Command::Deliver { seller: seller(2), by: Actor::Operator })
        .is("paid, shipped and delivered")
}

fn expired_then_paid(walk: Walk) -> Life {
    walk.after(DAY * 2)
        .pays_by(PaymentMethod::Card)
        .hears(PaymentNews::Open)
        .after(DAY * 2)
        .tick()
        .hears(PaymentNews::Closed(CloseReason::Unpaid))
        .after(HOUR)
        .hears(captured())
        .hears_of_refund(1, RefundState::Pending)
        .after(DAY * 2)
        .tick()
        .hears_of_refund(1, RefundState::Failed)
        .asks(&Command::RetryRefund { refund: RefundNo::FIRST })
        .hears_of_refund(2, RefundState::Succeeded)
        .is("expired, paid after all, and refunded at the second try")
}

fn reinstated(walk: Walk) -> Life {
    walk.expired().hears(captured()).is("expired, paid after all, and reinstated")
}

fn held(walk: Walk) -> Life {
    walk.expired().hears(captured()).after(DAY * 8).tick().is("expired, paid after all, held, and given back")
}

fn promised_and_not_kept(walk: Walk) -> Life {
    walk.pays_by(PaymentMethod::Delayed("multibanco".to_owned()))
        .hears(PaymentNews::Open)
        .hears(PaymentNews::Settling { by: None })
        .after(DAY * 12)
        .tick()
        .hears(PaymentNews::Closed(CloseReason::SettlementFailed))
        .is("promised by a delayed method that failed")
}

fn cancelled_after_it_was_paid(walk: Walk) -> Life {
    let by_seller = |number| Command::CancelConsignment {
        seller: seller(number),
        by: Actor::Seller(seller(number)),
        reason: "broken in the kiln".to_owned(),
    };
    walk.pays_by(PaymentMethod::Card)
        .hears(captured())
        .asks(&by_seller(2))
        .hears_of_refund(1, RefundState::Succeeded)
        .asks(&Command::Cancel { by: Actor::Buyer(buyer(1)), reason: "changed_mind".to_owned() })
        .hears_of_refund(2, RefundState::Succeeded)
        .is("paid, then cancelled part by part")
}

fn refunded_elsewhere(walk: Walk) -> Life {
    walk.pays_by(PaymentMethod::Card).hears(captured()).hears_of_foreign(total()).is("refunded at the provider")
}

fn hard_to_believe(walk: Walk) -> Life {
    let dollars = Money::new(1, super::fixtures::currency("USD"));
    let other = ProviderRefs { session: Some("cs_of_somebody_else".to_owned()), payment: None };
    let paid = || PaymentNews::Captured { total: euros(1) };
    walk.fact(&Fact::Payment { attempt: AttemptNo::new(7), refs: ProviderRefs::default(), news: paid() })
        .pays_by(PaymentMethod::Card)
        .hears(PaymentNews::Open)
        .fact(&Fact::Payment { attempt: AttemptNo::FIRST, refs: other, news: paid() })
        .hears(PaymentNews::Captured { total: dollars })
        .hears(captured())
        .asks(&Command::Cancel { by: Actor::Operator, reason: String::new() })
        .fact(&refund(RefundSubject::Ours(RefundNo::FIRST), Some("re_other"), euros(1), RefundState::Succeeded))
        .fact(&refund(
            RefundSubject::Foreign { attempt: AttemptNo::new(7) },
            Some("re_7"),
            euros(1),
            RefundState::Succeeded,
        ))
        .is("reported upon in ways that can't be believed")
}

fn refund_needless_in_the_end(walk: Walk) -> Life {
    walk.pays_by(PaymentMethod::Card)
        .hears(captured())
        .asks(&Command::Cancel { by: Actor::Operator, reason: "recalled".to_owned() })
        .hears_of_refund(1, RefundState::Failed)
        .hears_of_foreign(total())
        .is("refunded by hand after the refund had failed")
}

fn captured() -> PaymentNews {
    PaymentNews::Captured { total: total() }
}

fn ship(number: u32, tracking: &str) -> Command {
    let tracking = Tracking { carrier: "CTT".to_owned(), number: tracking.to_owned() };
    Command::Ship { seller: seller(number), by: Actor::Seller(seller(number)), tracking }
}

fn refund(refund: RefundSubject, provider_id: Option<&str>, amount: Money, state: RefundState) -> Fact {
    Fact::Refund { refund, news: RefundNews { provider_id: provider_id.map(str::to_owned), amount, state } }
}

/// A life while it is being lived. Every step takes a second and a microsecond.
struct Walk {
    order: Order,
    at: Timestamp,
    commits: Vec<Commit>,
}

impl Walk {
    fn begin(number: u32) -> Self {
        Self::placing(placement(number))
    }

    fn begin_with(number: u32, late_payment: LatePaymentPolicy) -> Self {
        Self::placing(Placement { terms: Terms { late_payment, ..Terms::default() }, ..placement(number) })
    }

    fn placing(placement: Placement) -> Self {
        let buyer = placement.buyer;
        let decision = placed(placement);
        let walk = Self { order: decision.order.clone(), at: decision.at, commits: Vec::new() };
        walk.keep(decision, &Cause::Request(Actor::Buyer(buyer)))
    }

    fn after(mut self, wait: Duration) -> Self {
        self.at = self.at + wait;
        self
    }

    /// Pays too late to be taken: the page ran out, and so did the order.
    fn expired(self) -> Self {
        self.after(DAY * 2)
            .pays_by(PaymentMethod::Card)
            .hears(PaymentNews::Open)
            .after(DAY * 2)
            .hears(PaymentNews::Closed(CloseReason::Unpaid))
            .tick()
    }

    fn tick(self) -> Self {
        let decision = self.order.decide(&Command::Tick, self.at).expect("a tick is never refused");
        self.keep(decision, &Cause::Timer)
    }

    fn pays_by(self, method: PaymentMethod) -> Self {
        self.asks(&Command::StartPayment { method })
    }

    fn asks(self, command: &Command) -> Self {
        let decision = self.order.decide(command, self.at).expect("what is asked in a life is possible");
        self.keep(decision, &Cause::Request(Actor::Operator))
    }

    /// News of the first attempt: the answer to opening it, or else a webhook.
    fn hears(self, news: PaymentNews) -> Self {
        let is_open = news == PaymentNews::Open;
        let names = |word: &str| Some(format!("{word}_{}", self.order.id()));
        let refs = ProviderRefs { session: names("cs"), payment: names("pi").filter(|_| !is_open) };
        self.fact(&Fact::Payment { attempt: AttemptNo::FIRST, refs, news })
    }

    fn hears_of_refund(self, number: u16, state: RefundState) -> Self {
        let no = RefundNo::new(number);
        let amount = self.order.refund(no).expect("the refund was asked for").amount;
        let name = format!("re_{}_{number}", self.order.id());
        self.fact(&refund(RefundSubject::Ours(no), Some(&name), amount, state))
    }

    fn hears_of_foreign(self, amount: Money) -> Self {
        let subject = RefundSubject::Foreign { attempt: AttemptNo::FIRST };
        self.fact(&refund(subject, Some("re_by_hand"), amount, RefundState::Succeeded))
    }

    fn fact(self, fact: &Fact) -> Self {
        let decision = self.order.record(fact, &Surroundings::at(self.at));
        let cause = match fact {
            Fact::Payment { news: PaymentNews::Open, .. } => {
                Cause::Effect(EffectId { order: self.order.id(), event: self.order.version(), index: 0 })
            }
            Fact::Payment { .. } | Fact::Refund { .. } => {
                Cause::Webhook { event: format!("evt_{}", self.commits.len()) }
            }
        };
        self.keep(decision, &cause)
    }

    fn keep(mut self, decision: Decision, cause: &Cause) -> Self {
        assert!(!decision.events.is_empty(), "every step of a life changes something: {:?}", self.order.status());
        self.order = decision.order.clone();
        self.commits.push(Commit::of(decision, cause));
        self.after(Duration::from_micros(1_000_001))
    }

    fn is(self, name: &'static str) -> Life {
        Life { name, commits: self.commits }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use super::*;
    use crate::effect::{EffectRequest, MessageKind};
    use crate::order::{Event, OrderStatus, PaymentStatus, Quarantine};
    use crate::testing::fixtures::{NOW, order_id};

    /// The words for the variants that are shown.
    fn shown<T: Serialize>(values: impl IntoIterator<Item = T>) -> BTreeSet<String> {
        let word = |value: T| match serde_json::to_value(value).unwrap() {
            Value::Object(fields) => match fields.get("type") {
                Some(Value::String(word)) => word.clone(),
                _ => fields.keys().next().unwrap().clone(),
            },
            Value::String(word) => word,
            other => panic!("{other} is no variant"),
        };
        values.into_iter().map(word).collect()
    }

    /// The words for all variants that there are: serde names them when it meets one that there isn't.
    fn known<T: DeserializeOwned + Debug>(unknown: &str) -> BTreeSet<String> {
        let error = serde_json::from_str::<T>(unknown).unwrap_err().to_string();
        error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    fn commits() -> Vec<Commit> {
        lives().into_iter().flat_map(|life| life.commits).collect()
    }

    #[test]
    fn the_lives_show_every_event_and_cause() {
        let events: Vec<_> = commits().into_iter().flat_map(|commit| commit.events).collect();
        assert_eq!(shown(events.iter().map(|it| &it.event)), known::<Event>(r#"{"type":"?"}"#));
        assert_eq!(shown(events.iter().map(|it| &it.cause)), known::<Cause>(r#""?""#));
    }

    #[test]
    fn the_lives_show_every_effect_and_message() {
        let requests: Vec<_> = commits().into_iter().flat_map(|it| it.changes.effects).map(|it| it.request).collect();
        assert_eq!(shown(&requests), known::<EffectRequest>(r#""?""#));
        let messages = requests.iter().filter_map(|request| match request {
            EffectRequest::Notify(message) => Some(&message.kind),
            _ => None,
        });
        assert_eq!(shown(messages), known::<MessageKind>(r#""?""#));
    }

    #[test]
    fn the_lives_show_every_report_that_is_not_believed() {
        let reports: Vec<_> = commits().iter().flat_map(|it| it.order.quarantined().clone().into_keys()).collect();
        assert_eq!(shown(reports), known::<Quarantine>(r#""?""#));
    }

    #[test]
    fn the_lives_show_every_status_that_can_be_reached() {
        let shown: BTreeSet<_> = commits().iter().map(|commit| commit.order.status()).collect();
        let known = OrderStatus::ALL.iter().copied().filter(|status| *status != OrderStatus::ReturnRequested);
        assert_eq!(shown, known.collect());
        let shown: BTreeSet<_> = commits().iter().map(|commit| commit.order.payment_status()).collect();
        assert_eq!(shown, PaymentStatus::ALL.iter().copied().collect());
    }

    #[test]
    fn the_fixtures_time_is_what_it_says() {
        assert_eq!(NOW.to_string(), "2096-02-29T12:34:56.789012Z");
        assert_eq!(lives()[0].commits[0].order.id(), order_id(1));
    }
}
