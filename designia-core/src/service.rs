//! Application services: load, decide, commit, over whoever fills the [`Ports`].
//!
//! Nothing here knows a runtime: the futures can be driven by any executor, and nothing spawns or sleeps. No outside call is
//! made while a transaction is open: a commit plans the call, and [`worker`](crate::worker) makes it.

pub mod accounts;
pub mod cart;
pub mod catalog;
pub mod chat;
mod checkout;
mod effects;
mod error;
mod expiry;
pub mod mails;
pub mod notifications;
mod orders;
mod payments;
mod rates;
mod reconcile;
mod transfer;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

pub use checkout::{Checkout, CheckoutAnswer, CheckoutItem};
pub use effects::Performed;
pub use error::Error;
pub use expiry::Expiry;
pub use payments::PaymentAnswer;
pub use rates::{RateStatus, RateUpdate};
pub use reconcile::Reconciliation;
pub use transfer::{Progress, Section, Transfer, TransferError};
pub use webhooks::{Folded, Receipt};

use crate::exchange::{Freshness, JumpLimit};
use crate::money::{Money, Rounding};
use crate::order::Terms;
use crate::ports::Ports;
use crate::time::{DAY, MINUTE};

/// An order-and-payment engine: the rules, over whoever fills the ports. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    ports: Ports,
    policy: Arc<Policy>,
}

/// What an operator decides about an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The terms on which new orders stand.
    pub terms: Terms,
    /// What shipping one seller's part costs, in any currency; nothing by default.
    pub shipping: Option<Money>,
    /// For how long a converted price is promised.
    pub quote_ttl: Duration,
    /// How converted amounts are rounded. Half up by default, as Regulation (EC) 1103/97 asks for euro conversions.
    pub rounding: Rounding,
    /// How old rates may be.
    pub freshness: Freshness,
    /// Whether the rates that came with the program are accepted whatever their age. Every answer names them as such.
    pub accept_bundled_rates: bool,
    /// How far a rate may move from one batch to the next before a person must look.
    pub jump_limit: Option<JumpLimit>,
}

impl Default for Policy {
    /// Three days to pay, late money refunded, rates of at most a week's age (they rest over Easter) that move by at most 20 %.
    fn default() -> Self {
        Self {
            terms: Terms::default(),
            shipping: None,
            quote_ttl: Duration::from_secs(30 * MINUTE.as_secs()),
            rounding: Rounding::HalfUp,
            freshness: Freshness { max_age: Duration::from_secs(7 * DAY.as_secs()) },
            accept_bundled_rates: false,
            jump_limit: Some(JumpLimit { basis_points: 2_000 }),
        }
    }
}

impl Engine {
    /// An engine over these ports.
    #[must_use]
    pub fn new(ports: Ports, policy: Policy) -> Self {
        Self { ports, policy: Arc::new(policy) }
    }

    /// Who fills the roles.
    #[must_use]
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What the operator has decided.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}
