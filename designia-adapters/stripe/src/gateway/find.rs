//! Finding an attempt at Stripe, by its name there or by ours.
//!
//! Sessions and payments have no filter for our notes, and Stripe's search is only eventually consistent. So an attempt
//! whose answer was lost is looked for by reading every page of the window in which it can have been made.

use std::time::Duration;

use designia_core::effect::PaymentRef;
use designia_core::ports::{GatewayError, GatewayErrorKind};
use designia_core::time::{DAY, MINUTE};
use serde::de::DeserializeOwned;

use super::snapshot::Attempt;
use super::{StripeGateway, fault};
use crate::client::object;
use crate::form::Form;
use crate::names;
use crate::wire::{CheckoutSession, Identified, List, PaymentIntent};

/// How far Stripe's clock may be behind ours.
const CLOCK_MARGIN: Duration = Duration::from_secs(5 * MINUTE.as_secs());

/// Stripe's largest page.
const PAGE: i64 = 100;

/// Ten million objects: more than any window holds, and an end if a peer pages in circles.
const MAX_PAGES: usize = 100_000;

impl StripeGateway {
    /// The attempt with the payment behind it, or `None` if Stripe has none in the whole window.
    pub(super) async fn find(&self, payment: &PaymentRef) -> Result<Option<Attempt>, GatewayError> {
        if let Some(id) = &payment.refs.session {
            return Ok(self.session(id).await?.map(Attempt::Session));
        }
        if let Some(id) = &payment.refs.payment {
            return self.find_by_payment(id).await;
        }
        // Both kinds, whichever is configured: the configuration may have changed since the attempt was sent.
        if let Some(session) = self.search_session(payment).await? {
            return Ok(self.session(&session.id).await?.map(Attempt::Session));
        }
        match self.search_intent(payment).await? {
            Some(intent) => self.find_by_payment(&intent.id).await,
            None => Ok(None),
        }
    }

    pub(super) async fn session(&self, id: &str) -> Result<Option<CheckoutSession>, GatewayError> {
        let query = Form::new().with("expand", vec!["payment_intent"]);
        match object("checkout/sessions", id, None) {
            Ok(path) => fault::absent(self.client.get(&path, &query).await),
            Err(_) => Ok(None),
        }
    }

    pub(super) async fn intent(&self, id: &str) -> Result<Option<PaymentIntent>, GatewayError> {
        match object("payment_intents", id, None) {
            Ok(path) => fault::absent(self.client.get(&path, &Form::new()).await),
            Err(_) => Ok(None),
        }
    }

    /// A payment can belong to a session, and then only the session can be closed.
    async fn find_by_payment(&self, id: &str) -> Result<Option<Attempt>, GatewayError> {
        let query = Form::new().with("payment_intent", id).with("limit", 1_i64);
        let owner: Option<List<CheckoutSession>> =
            fault::absent(self.client.get("/v1/checkout/sessions", &query).await)?;
        match owner.and_then(|list| list.data.into_iter().next()) {
            Some(session) => Ok(self.session(&session.id).await?.map(Attempt::Session)),
            None => Ok(self.intent(id).await?.map(Attempt::Intent)),
        }
    }

    async fn search_session(&self, payment: &PaymentRef) -> Result<Option<CheckoutSession>, GatewayError> {
        // A session is never made after its own end, and that is at most a day after the attempt was started.
        let window = Form::new()
            .with("gte", (payment.started_at - CLOCK_MARGIN).as_secs())
            .with("lte", (payment.started_at + DAY + CLOCK_MARGIN).as_secs());
        let query = Form::new().with("created", window);
        self.search("/v1/checkout/sessions", &query, |session| names::names_session(session, payment)).await
    }

    async fn search_intent(&self, payment: &PaymentRef) -> Result<Option<PaymentIntent>, GatewayError> {
        let window = Form::new().with("gte", (payment.started_at - CLOCK_MARGIN).as_secs());
        let query = Form::new().with("created", window);
        self.search("/v1/payment_intents", &query, |intent| names::names_intent(intent, payment)).await
    }

    /// The first object of a list, over all its pages, that is the one looked for.
    pub(super) async fn search<T: DeserializeOwned + Identified + Send>(
        &self,
        path: &str,
        query: &Form,
        wanted: impl Fn(&T) -> bool + Send + Sync,
    ) -> Result<Option<T>, GatewayError> {
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let query = query.clone().with("limit", PAGE).with_some("starting_after", after.as_deref());
            let list: List<T> = self.client.get(path, &query).await.map_err(fault::read)?;
            let last = list.data.last().map(|object| object.id().to_owned());
            if let Some(found) = list.data.into_iter().find(|object| wanted(object)) {
                return Ok(Some(found));
            }
            if !list.has_more {
                return Ok(None);
            }
            if last.is_none() || last == after {
                break;
            }
            after = last;
        }
        // Not to be taken for absence: that would allow a second send.
        Err(GatewayError::new(GatewayErrorKind::NotSent, format!("the list {path} has no end")))
    }
}
