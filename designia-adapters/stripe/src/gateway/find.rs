//! Finding an attempt at Stripe, by its name there or by ours.
//!
//! Sessions and payments have no filter for our notes, and Stripe's search is only eventually consistent. So an attempt
//! whose answer was lost is looked for by reading every page of the window in which it can have been made.
//!
//! That window is twelve minutes: what was sent was executed within [`REPLY_GRACE`], and clocks differ. Ten thousand sessions
//! a day are one page of it. At a fifth of a second a page, which is slow, ten seconds are fifty pages, or a shop with 600,000
//! sessions a day. Where more is going on, or Stripe is slower, a search ends unfinished: the effect asks again by its
//! schedule, and no other waits for it longer than that.

use std::time::Duration;

use designia_core::effect::{PaymentRef, REPLY_GRACE};
use designia_core::ports::{GatewayError, GatewayErrorKind};
use designia_core::time::{DAY, MINUTE, Timestamp};
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

/// When what is looked for can have been made.
struct Window {
    from: Timestamp,
    /// Unknown for a payment without a page, which has no end at Stripe.
    to: Option<Timestamp>,
}

impl Window {
    /// What was sent at this moment was made soon after it, or not at all.
    fn after_sending(at: Timestamp) -> Self {
        Self { from: at - CLOCK_MARGIN, to: Some(at + REPLY_GRACE + CLOCK_MARGIN) }
    }

    fn query(&self) -> Form {
        let to = self.to.map(Timestamp::as_secs);
        Form::new().with("created", Form::new().with("gte", self.from.as_secs()).with_some("lte", to))
    }
}

/// What a search has found.
enum Named {
    Session(String),
    Payment(String),
}

impl StripeGateway {
    /// The attempt with the payment behind it, or `None` if Stripe has none in the whole window.
    pub(super) async fn find(&self, payment: &PaymentRef) -> Result<Option<Attempt>, GatewayError> {
        if let Some(id) = &payment.refs.session {
            return Ok(self.session(id).await?.map(Attempt::Session));
        }
        if let Some(id) = &payment.refs.payment {
            return self.find_by_payment(id).await;
        }
        let from = payment.started_at - CLOCK_MARGIN;
        // A session is never made after its own end, and that is at most a day after the attempt was started.
        let sessions = Window { from, to: Some(payment.started_at + DAY + CLOCK_MARGIN) };
        self.find_in(payment, &sessions, &Window { from, to: None }).await
    }

    /// The attempt whose opening was sent at that moment, or `None` if Stripe has none.
    pub(super) async fn find_lost(
        &self,
        payment: &PaymentRef,
        sent_at: Timestamp,
    ) -> Result<Option<Attempt>, GatewayError> {
        if !payment.refs.is_empty() {
            return self.find(payment).await;
        }
        let window = Window::after_sending(sent_at);
        self.find_in(payment, &window, &window).await
    }

    /// Both kinds, whichever is configured: the configuration may have changed since the attempt was sent.
    async fn find_in(
        &self,
        payment: &PaymentRef,
        sessions: &Window,
        intents: &Window,
    ) -> Result<Option<Attempt>, GatewayError> {
        let searched = self.in_time(async {
            let is_session = |it: &CheckoutSession| names::names_session(it, payment);
            if let Some(session) = self.search("/v1/checkout/sessions", &sessions.query(), is_session).await? {
                return Ok(Some(Named::Session(session.id)));
            }
            let is_intent = |it: &PaymentIntent| names::names_intent(it, payment);
            let intent = self.search("/v1/payment_intents", &intents.query(), is_intent).await?;
            Ok(intent.map(|intent| Named::Payment(intent.id)))
        });
        match searched.await? {
            Some(Named::Session(id)) => Ok(self.session(&id).await?.map(Attempt::Session)),
            Some(Named::Payment(id)) => self.find_by_payment(&id).await,
            None => Ok(None),
        }
    }

    /// Gives a search up when it takes too long for whoever waits for it.
    pub(super) async fn in_time<T>(
        &self,
        search: impl Future<Output = Result<T, GatewayError>>,
    ) -> Result<T, GatewayError> {
        let limit = self.options.search_limit;
        tokio::time::timeout(limit, search).await.unwrap_or_else(|_| {
            let message = format!("the search was not finished after {limit:?}");
            Err(GatewayError::new(GatewayErrorKind::NotSent, message))
        })
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
