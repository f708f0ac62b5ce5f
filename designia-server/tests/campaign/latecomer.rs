//! Buyers who come back: after a day, when their page has closed, or with money that was on its way when the deadline passed.

use std::collections::BTreeSet;

use designia_stripe_sandbox::Card;
use serde_json::Value;

use crate::buyer::{page, pay};
use crate::dice::Dice;
use crate::shop::session_of;
use crate::world::World;

/// A buyer with an unfinished order.
#[derive(Clone, Debug)]
pub(crate) struct Latecomer {
    number: u64,
    who: &'static str,
    order: String,
    wants: Wants,
}

#[derive(Clone, Debug)]
enum Wants {
    /// The page that there was not.
    Page,
    /// To pay on this page, which has closed, and on a new one.
    TwoPayments { first: String },
    /// To pay on this page when the order's deadline has passed.
    LatePayment { session: String },
}

impl Latecomer {
    pub(crate) const fn without_page(number: u64, who: &'static str, order: String) -> Self {
        Self { number, who, order, wants: Wants::Page }
    }

    pub(crate) const fn paying_twice(number: u64, who: &'static str, order: String, first: String) -> Self {
        Self { number, who, order, wants: Wants::TwoPayments { first } }
    }

    pub(crate) const fn paying_late(number: u64, who: &'static str, order: String, session: String) -> Self {
        Self { number, who, order, wants: Wants::LatePayment { session } }
    }

    /// Whether this buyer comes back before the deadline.
    pub(crate) const fn is_in_time(&self) -> bool {
        match self.wants {
            Wants::Page | Wants::TwoPayments { .. } => true,
            Wants::LatePayment { .. } => false,
        }
    }

    /// Comes back.
    pub(crate) async fn live(self, world: &World) {
        let mut dice = Dice::of(world.seed, "latecomer", self.number);
        match &self.wants {
            Wants::Page => {
                if let Some(url) = page(world, &mut dice, self.who, &self.order).await
                    && dice.percent(70)
                {
                    pay(world, &session_of(&url), Card::Visa);
                }
            }
            Wants::TwoPayments { first } => {
                let second = page(world, &mut dice, self.who, &self.order).await.map(|url| session_of(&url));
                let sessions = [Some(first.clone()), second.filter(|second| second != first)];
                let mut sessions: Vec<_> = sessions.into_iter().flatten().collect();
                if dice.percent(50) {
                    sessions.reverse();
                }
                sessions.iter().for_each(|session| pay_late(world, session));
            }
            Wants::LatePayment { session } => pay_late(world, session),
        }
    }
}

/// The money lands whether or not the page has closed.
fn pay_late(world: &World, session: &str) {
    let Ok(session) = world.sandbox.pay_late(session, Card::Visa) else { return };
    if session["status"] == "expired" {
        world.lands_late(session["payment_intent"].as_str().unwrap());
    }
}

/// Sends once more what was lost about payments, as Stripe does for three days and an operator can for thirty.
///
/// Nobody asks about an attempt that the provider has closed, so of money that lands on one all the same, one word at least must
/// arrive. Everything else that is lost stays lost, and makes no difference.
pub(crate) fn redeliver_what_was_lost(world: &World) {
    let deliveries = world.sandbox.webhooks().deliveries();
    let lost = deliveries["deliveries"].as_array().unwrap().iter();
    let lost = lost.filter(|it| ["dropped", "given_up"].iter().any(|state| it["state"] == *state));
    let lost: BTreeSet<&str> = lost.map(|it| it["event"].as_str().unwrap()).collect();
    let late = world.landed_late();
    let has_landed_late = |object: &Value| late.contains(object["id"].as_str().unwrap());
    for event in world.sandbox.objects().of("event") {
        let (id, object) = (event["id"].as_str().unwrap(), &event["data"]["object"]);
        if event["type"] == "payment_intent.succeeded" && lost.contains(id) && has_landed_late(object) {
            world.sandbox.webhooks().resend(id).unwrap();
        }
    }
}
