//! Comparing the provider's own record of what happened with the inbox, so that nothing depends on a webhook's arrival.
//!
//! A webhook may be lost for good, and nobody asks about an attempt that is closed. What it would have said is in the
//! provider's list of events for thirty days: whatever of it the inbox doesn't have is put there, and is folded like any
//! other. The inbox knows each event by its id, so comparing twice, or while webhooks come in, changes nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Engine, Error};
use crate::ports::{EventWindow, InboxEvent};
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// For how long the provider keeps its events (Stripe: 30 days).
const KEPT: Duration = Duration::from_secs(30 * DAY.as_secs());

/// What is compared again each time: the provider's clock may differ from ours, and an event may show up in the list a little
/// after its time.
const OVERLAP: Duration = Duration::from_secs(10 * MINUTE.as_secs());

/// How much is compared before it is noted down, so that a failure doesn't undo it. Where little has happened, steps grow: an
/// empty month is seven of them.
const STEP: Duration = Duration::from_secs(6 * HOUR.as_secs());

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// Where it began.
    pub from: Timestamp,
    /// Up to where it is complete.
    pub until: Timestamp,
    /// How many events the provider has listed.
    pub listed: u64,
    /// How many of them were new here: their webhooks were lost, or are late.
    pub missed: u64,
    /// Whether it came to its end.
    pub is_complete: bool,
}

/// How the comparison of one window ended.
enum Comparison {
    Complete { go_on: bool, is_one_page: bool },
    Interrupted,
}

impl Engine {
    /// Puts into the inbox what the provider has on record and the inbox has not: since the last time, or since an earlier
    /// moment. Calls `go_on` after each page; if that says no, what is complete by then stays noted.
    ///
    /// The first comparison of a store goes back as far as the provider's record, since a webhook may have been lost before
    /// anybody compared; that of a store without orders begins now, since nothing before can concern it.
    ///
    /// # Errors
    /// [`Error::Gateway`], or a store error. The next call goes on where this one stopped.
    pub async fn reconcile(
        &self,
        since: Option<Timestamp>,
        mut go_on: impl FnMut(&Reconciliation) -> bool + Send,
    ) -> Result<Reconciliation, Error> {
        let now = self.ports.clock.now();
        let from = self.reconciled_from(since, now).await?;
        let mut so_far = Reconciliation { from, until: from, listed: 0, missed: 0, is_complete: false };
        let mut step = STEP;
        while so_far.until < now {
            let window = EventWindow { from: so_far.until, until: (so_far.until + step).min(now) };
            let (is_wanted, is_one_page) = match self.compare(window, now, &mut so_far, &mut go_on).await? {
                Comparison::Interrupted => break,
                Comparison::Complete { go_on, is_one_page } => (go_on, is_one_page),
            };
            self.ports.inbox.note_reconciled(window.until).await?;
            so_far.until = window.until;
            step = if is_one_page { step * 2 } else { STEP };
            if !is_wanted {
                break;
            }
        }
        so_far.is_complete = so_far.until >= now;
        Ok(so_far)
    }

    async fn reconciled_from(&self, since: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Error> {
        let oldest = now - KEPT;
        let from = match self.ports.inbox.reconciled_until().await? {
            Some(until) => until.min(now) - OVERLAP,
            None if self.has_orders(now).await? => oldest,
            None => now - OVERLAP,
        };
        if from < oldest {
            tracing::error!(%from, %oldest, "the provider no longer lists what happened in between: look at its dashboard");
        }
        // Never later than where the last comparison ended, or there would be a gap.
        Ok(since.map_or(from, |since| since.min(from)).max(oldest))
    }

    async fn has_orders(&self, now: Timestamp) -> Result<bool, Error> {
        Ok(self.ports.queries.counts(now).await?.orders.iter().any(|(_, count)| *count > 0))
    }

    /// Compares one window, page by page.
    async fn compare(
        &self,
        window: EventWindow,
        now: Timestamp,
        so_far: &mut Reconciliation,
        go_on: &mut (impl FnMut(&Reconciliation) -> bool + Send),
    ) -> Result<Comparison, Error> {
        let mut after: Option<String> = None;
        loop {
            let page = self.ports.gateway.events(window, after.as_deref()).await?;
            for listed in page.events {
                let (id, kind) = (listed.event.id, listed.event.kind);
                let event = InboxEvent { id: id.clone(), kind, received_at: now, body: listed.body, signature: None };
                so_far.listed += 1;
                if self.ports.inbox.accept(event).await? {
                    tracing::info!(event = id, "an event had not come by webhook");
                    so_far.missed += 1;
                }
            }
            let is_wanted = go_on(so_far);
            match page.next {
                None => return Ok(Comparison::Complete { go_on: is_wanted, is_one_page: after.is_none() }),
                Some(_) if !is_wanted => return Ok(Comparison::Interrupted),
                next => after = next,
            }
        }
    }
}
