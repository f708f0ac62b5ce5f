//! The running sandbox, and what a test may do with it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::any;
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::api;
use crate::builder::Builder;
use crate::buyer::{Card, Delayed, Refused};
use crate::clock::SandboxClock;
use crate::error::ApiError;
use crate::fault::Faults;
use crate::resource::session::buyer::{self, Tender};
use crate::resource::webhook_endpoint::{self, Secret};
use crate::resource::{payment_intent, refund, session};
use crate::shared::{RequestRecord, Shared};
use crate::webhook::queue::Delivery;
use crate::world::{Cause, World};
use crate::{control, page, payment, save};

/// A stateful Stripe on loopback. Dropping it ends everything it does.
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    pub(crate) tasks: JoinSet<()>,
    state_file: Option<PathBuf>,
}

pub(crate) fn assemble(shared: Arc<Shared>, tasks: JoinSet<()>, state_file: Option<PathBuf>) -> Sandbox {
    Sandbox { shared, tasks, state_file }
}

impl Sandbox {
    /// A sandbox with defaults: real time, seed 0, a free port, no webhooks, no file.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where the API is: give it to a client as its base URL, in place of `https://api.stripe.com`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.shared.lock().base_url.clone()
    }

    /// The sandbox's time.
    #[must_use]
    pub fn clock(&self) -> SandboxClock {
        self.shared.clock.clone()
    }

    /// The faults in force.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.shared.faults.clone()
    }

    /// Everything the sandbox serves: `/v1/…`, the pages of Checkout, and `/_sandbox/…`.
    pub fn router(&self) -> Router {
        let api = any(api::http::handle).with_state(Arc::clone(&self.shared));
        Router::new()
            .merge(page::router(Arc::clone(&self.shared)))
            .merge(control::router(Handle(Arc::clone(&self.shared))))
            .fallback_service(api)
    }

    fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// The buyer pays a session with a card.
    ///
    /// # Errors
    ///
    /// When the card is declined, or the session is not open.
    pub fn pay(&self, session: &str, card: Card) -> Result<Value, Refused> {
        self.handle().pay(session, card.tender()?, false)
    }

    /// The buyer's payment lands although the session has expired: late money.
    ///
    /// # Errors
    ///
    /// When the card is declined, or the session is complete.
    pub fn pay_late(&self, session: &str, card: Card) -> Result<Value, Refused> {
        self.handle().pay(session, card.tender()?, true)
    }

    /// The buyer chooses a method whose money comes later: the session completes unpaid.
    ///
    /// # Errors
    ///
    /// When the session is not open or does not offer the method.
    pub fn pay_delayed(&self, session: &str, method: &Delayed) -> Result<Value, Refused> {
        self.handle().pay(session, method.tender()?, false)
    }

    /// The bank's last word on a delayed payment, or the buyer's answer to 3-D Secure. Takes a session or a PaymentIntent.
    ///
    /// # Errors
    ///
    /// When nothing is left to settle.
    pub fn settle(&self, id: &str, succeed: bool) -> Result<Value, Refused> {
        self.handle().settle(id, succeed)
    }

    /// Whether refunds begin as pending from now on, and stay so until they are told what becomes of them.
    pub fn refunds_start_pending(&self, pending: bool) {
        self.shared.with(|world, _| world.refunds_start_pending = pending);
    }

    /// A pending refund arrives.
    ///
    /// # Errors
    ///
    /// When it is not pending.
    pub fn succeed_refund(&self, refund: &str) -> Result<Value, Refused> {
        self.handle().turn_refund(refund, true)
    }

    /// A refund comes back, pending or not.
    ///
    /// # Errors
    ///
    /// When it has already failed.
    pub fn fail_refund(&self, refund: &str) -> Result<Value, Refused> {
        self.handle().turn_refund(refund, false)
    }

    /// Every object at the provider.
    #[must_use]
    pub fn objects(&self) -> Objects {
        self.handle().objects()
    }

    /// The latest 10 000 API requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.requests()
    }

    /// The deliveries.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks {
        Webhooks(Arc::clone(&self.shared))
    }

    /// Ends every task and writes the state file a last time.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
        if let Some(path) = &self.state_file {
            save::save(&self.shared, path);
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.end_late();
        // Whoever still serves the router must not wait for a file that nobody writes any more.
        if let Some(saved) = &self.shared.saved {
            saved.send_replace(u64::MAX);
        }
    }
}

/// Every object at the provider, by kind (`checkout.session`, `payment_intent`, `charge`, `refund`, …), oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Objects(BTreeMap<String, Vec<Value>>);

impl Objects {
    /// The objects of a kind.
    #[must_use]
    pub fn of(&self, kind: &str) -> &[Value] {
        self.0.get(kind).map_or(&[], Vec::as_slice)
    }

    /// How many there are of a kind.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.of(kind).len()
    }

    /// How many there are of every kind.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        self.0.iter().map(|(kind, objects)| (kind.as_str(), objects.len())).collect()
    }
}

/// What tests do to deliveries.
#[derive(Clone, Debug)]
pub struct Webhooks(pub(crate) Arc<Shared>);

impl Webhooks {
    /// Sends nothing until [`release`](Self::release); events wait.
    pub fn hold(&self) {
        self.0.with(|world, _| world.queue.held = true);
    }

    /// Sends what has been held.
    pub fn release(&self) {
        self.0.with(|world, _| world.queue.held = false);
    }

    /// Attempts everything that is still owed, due or not, held or not, and waits for the answers.
    pub async fn flush(&self) {
        self.0.with(|world, now| world.queue.force(now));
        self.idle().await;
    }

    /// Waits until nothing is under way and nothing is due.
    pub async fn idle(&self) {
        let mut changes = self.0.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let now = self.0.clock.now();
            if !self.0.peek(|world| world.queue.is_busy(now)) || changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Sends an event once more to every endpoint that wants it, freshly signed.
    ///
    /// # Errors
    ///
    /// When there is no such event.
    pub fn resend(&self, event: &str) -> Result<(), Refused> {
        self.0.with(|world, now| {
            let kind = world.events.get(event).map(|event| event.kind.clone());
            let kind = kind.ok_or_else(|| ApiError::no_such("event", event, "event"))?;
            let wanting: Vec<_> = world.endpoints.iter().filter(|e| e.wants(&kind)).map(|e| e.id.clone()).collect();
            wanting.iter().for_each(|endpoint| world.queue.push(Delivery::new(event, endpoint, now)));
            Ok(())
        })
    }

    /// Sends every event from now on to `url` too, signed with `secret`: for an application that starts after the sandbox.
    ///
    /// # Errors
    ///
    /// When the URL is not one of this machine, over plain http.
    pub fn send_to(&self, url: &str, secret: impl Into<String>) -> Result<(), Refused> {
        webhook_endpoint::check_target(url).map_err(|message| ApiError::invalid(message, "url").code("url_invalid"))?;
        let secret = Secret::new(secret);
        self.0.with(|world, now| webhook_endpoint::configure(world, now, url, secret));
        Ok(())
    }

    /// Gives the endpoints at `url` a new secret; the old one signs along for a day. Whether there was such an endpoint.
    #[must_use]
    pub fn roll_secret(&self, url: &str, secret: impl Into<String>) -> bool {
        let secret = Secret::new(secret);
        self.0.with(|world, now| webhook_endpoint::roll_secret(world, now, url, &secret))
    }

    /// Every delivery and its attempts, as JSON.
    #[must_use]
    pub fn deliveries(&self) -> Value {
        self.0.peek(|world| world.queue.render())
    }
}

/// What the Rust handle and the control endpoints have in common.
#[derive(Clone, Debug)]
pub(crate) struct Handle(pub(crate) Arc<Shared>);

impl Handle {
    pub(crate) fn pay(&self, id: &str, tender: Tender, force: bool) -> Result<Value, Refused> {
        self.act(|world, cause| {
            buyer::pay(world, cause, id, tender, force)?;
            session::rendered(world, id)
        })
    }

    pub(crate) fn settle(&self, id: &str, succeed: bool) -> Result<Value, Refused> {
        self.act(|world, cause| {
            if id.starts_with("pi_") {
                payment::authenticate(world, cause, id, succeed)?;
                return payment_intent::find(world, id, "intent").map(payment_intent::PaymentIntent::render);
            }
            buyer::settle(world, cause, id, succeed)?;
            session::rendered(world, id)
        })
    }

    pub(crate) fn turn_refund(&self, id: &str, succeed: bool) -> Result<Value, Refused> {
        self.act(|world, cause| {
            refund::turn(world, cause, id, succeed)?;
            world.render(id).ok_or_else(|| ApiError::no_such("refund", id, "id"))
        })
    }

    pub(crate) fn objects(&self) -> Objects {
        self.0.peek(|world| {
            let ids = world.ids_by_kind();
            let render = |ids: Vec<String>| ids.iter().filter_map(|id| world.render(id)).collect();
            Objects(ids.into_iter().map(|(kind, ids)| (kind.to_owned(), render(ids))).collect())
        })
    }

    fn act(&self, act: impl FnOnce(&mut World, &Cause) -> Result<Value, ApiError>) -> Result<Value, Refused> {
        self.0.with(|world, now| act(world, &Cause::at(now))).map_err(Refused::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_can_be_shared_between_threads() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Sandbox>();
        shared::<Webhooks>();
    }
}
