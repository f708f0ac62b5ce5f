//! Buyers who come back: after a day, when their page has closed, or with money that was on its way when the deadline passed.

use designia_stripe_sandbox::Card;

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
    // A page that was voided, or is paid, takes nothing more.
    world.sandbox.pay_late(session, Card::Visa).map(drop).unwrap_or_default();
}
