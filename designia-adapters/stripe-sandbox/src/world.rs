//! Everything the pretended Stripe knows, and the only place where it changes.
//!
//! The world is synchronous and reads no clock: whoever changes it says when and why in a [`Cause`]. That makes every rule
//! testable without a server, and a snapshot of the world a complete restart point.

pub(crate) mod shelf;
pub(crate) mod timers;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::keys::Keys;
use crate::payment;
use crate::resource::balance::Transaction;
use crate::resource::charge::Charge;
use crate::resource::customer::Customer;
use crate::resource::event::{Event, RequestMark};
use crate::resource::payment_intent::PaymentIntent;
use crate::resource::refund::{self, Refund};
use crate::resource::session::{self, Session};
use crate::resource::webhook_endpoint::Endpoint;
use crate::seed::Ids;
use crate::webhook::queue::Queue;
use shelf::{Record, Shelf};
use timers::{Due, Timers};

/// When and why the world changes.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) now: i64,
    pub(crate) request: RequestMark,
}

impl Cause {
    /// A change that no API request asked for: a buyer, a timer, a control call.
    pub(crate) fn at(now: i64) -> Self {
        Self { now, request: RequestMark::default() }
    }
}

/// The whole state of the sandbox.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) ids: Ids,
    /// The latest time that anyone has told the world.
    pub(crate) now: i64,
    pub(crate) customers: Shelf<Customer>,
    pub(crate) sessions: Shelf<Session>,
    pub(crate) intents: Shelf<PaymentIntent>,
    pub(crate) charges: Shelf<Charge>,
    pub(crate) refunds: Shelf<Refund>,
    pub(crate) transactions: Shelf<Transaction>,
    pub(crate) events: Shelf<Event>,
    pub(crate) endpoints: Shelf<Endpoint>,
    pub(crate) queue: Queue,
    pub(crate) timers: Timers,
    pub(crate) keys: Keys,
    /// Refunds begin as pending, and stay so until they are told what becomes of them.
    pub(crate) refunds_start_pending: bool,
    #[serde(skip)]
    pub(crate) base_url: String,
    #[serde(skip)]
    pub(crate) unannounced: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            ids: Ids::new(seed),
            now: 0,
            customers: Shelf::default(),
            sessions: Shelf::default(),
            intents: Shelf::default(),
            charges: Shelf::default(),
            refunds: Shelf::default(),
            transactions: Shelf::default(),
            events: Shelf::default(),
            endpoints: Shelf::default(),
            queue: Queue::default(),
            timers: Timers::default(),
            keys: Keys::default(),
            refunds_start_pending: false,
            base_url: String::new(),
            unannounced: Vec::new(),
        }
    }

    /// Records an event, with the object as it is now and for ever after.
    pub(crate) fn emit(&mut self, cause: &Cause, kind: &str, object: Value) {
        self.emit_changed(cause, kind, object, None);
    }

    pub(crate) fn emit_changed(&mut self, cause: &Cause, kind: &str, object: Value, previous: Option<Value>) {
        let id = self.ids.next("evt_");
        self.unannounced.push(id.clone());
        self.events.push(Event {
            id,
            kind: kind.to_owned(),
            created: cause.now,
            object,
            previous,
            request: cause.request.clone(),
        });
    }

    /// The ids of all objects, by kind, oldest first.
    pub(crate) fn ids_by_kind(&self) -> [(&'static str, Vec<String>); 8] {
        fn ids<T: Record>(shelf: &Shelf<T>) -> Vec<String> {
            shelf.iter().map(|item| item.id().to_owned()).collect()
        }
        [
            ("balance_transaction", ids(&self.transactions)),
            ("charge", ids(&self.charges)),
            ("checkout.session", ids(&self.sessions)),
            ("customer", ids(&self.customers)),
            ("event", ids(&self.events)),
            ("payment_intent", ids(&self.intents)),
            ("refund", ids(&self.refunds)),
            ("webhook_endpoint", ids(&self.endpoints)),
        ]
    }

    /// The next timer that is due by `now` fires, at its own time. `None` when nothing is due.
    pub(crate) fn fire_next(&mut self, now: i64) -> Option<i64> {
        let (at, due) = self.timers.pop_due(now)?;
        let cause = Cause::at(at);
        match due {
            Due::SessionExpires(id) => session::expire_when_due(self, &cause, &id),
            Due::VoucherLapses(id) => payment::voucher_lapses(self, &cause, &id),
            Due::PaymentSettles { intent, succeed } => {
                // Settled by hand in the meantime: then there is nothing left to do.
                payment::settle(self, &cause, &intent, succeed).unwrap_or_default();
            }
            Due::RefundTurns { refund, succeed } => refund::turn(self, &cause, &refund, succeed).unwrap_or_default(),
        }
        Some(at)
    }
}
