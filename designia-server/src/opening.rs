//! A database that comes up later than this process does: tried again until it answers, while everything else already runs.
//!
//! Nodes and their database are started together and restarted in any order. So a node listens at once and says that it is not
//! ready yet; ending instead would leave it to somebody else to try again. What no waiting mends, such as a wrong password,
//! does end it: a person has to act, and finds one line that says how.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::edge::jittered;
use crate::outage::Outage;

/// The waits between two tries.
const LEAST_WAIT: Duration = Duration::from_millis(500);
const MOST_WAIT: Duration = Duration::from_secs(5);

/// Why the database could not be opened.
#[derive(Debug)]
pub enum NotOpened {
    /// It may go well later.
    ForNow {
        /// What is the matter, in words that anyone may read.
        class: &'static str,
        /// All about it, for the log.
        told: String,
    },
    /// It never goes well unless somebody changes something; told in one line that begins with the variable to change.
    ForGood(String),
}

/// How far the opening is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The first try is under way.
    Trying,
    /// It was tried in vain, for this reason, and is tried again.
    Waiting(&'static str),
    /// Everything can be used.
    Open,
}

/// Behind it are the parts that need the database. Clones share it.
#[derive(Clone, Debug)]
pub struct Gate(watch::Sender<Phase>);

impl Gate {
    /// One for parts that can be used from the start.
    #[must_use]
    pub fn open() -> Self {
        Self(watch::Sender::new(Phase::Open))
    }

    /// How far the opening is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits until everything can be used.
    pub async fn opened(&self) {
        self.wait_for(|phase| *phase == Phase::Open).await;
    }

    async fn wait_for(&self, is_so: impl FnMut(&Phase) -> bool) {
        // The sender is a part of this gate, so it is there.
        let _ = self.0.subscribe().wait_for(is_so).await;
    }
}

/// The work of opening, which goes on only while somebody waits for it.
pub struct Opening {
    gate: Gate,
    work: Option<BoxFuture<'static, Result<(), String>>>,
}

impl Opening {
    /// Opens by trying again and again.
    pub fn by<F, A>(attempt: A) -> Self
    where
        A: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), NotOpened>> + Send + 'static,
    {
        let gate = Gate(watch::Sender::new(Phase::Trying));
        let work = open(gate.clone(), attempt).boxed();
        Self { gate, work: Some(work) }
    }

    /// What opens when this has done its work.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// Waits for the outcome of the first try, for at most so long.
    ///
    /// # Errors
    ///
    /// What no waiting mends.
    pub async fn first_try(&mut self, patience: Duration) -> Result<(), String> {
        let Some(work) = &mut self.work else { return Ok(()) };
        let outcome = tokio::select! {
            biased;
            outcome = work => outcome,
            () = self.gate.wait_for(|phase| *phase != Phase::Trying) => return Ok(()),
            () = tokio::time::sleep(patience) => return Ok(()),
        };
        self.work = None;
        outcome
    }

    /// Goes on until everything can be used.
    ///
    /// # Errors
    ///
    /// What no waiting mends.
    pub async fn finish(self) -> Result<(), String> {
        match self.work {
            Some(work) => work.await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("gate", &self.gate).finish_non_exhaustive()
    }
}

async fn open<F>(gate: Gate, attempt: impl Fn() -> F) -> Result<(), String>
where
    F: Future<Output = Result<(), NotOpened>>,
{
    let (mut outage, mut wait) = (Outage::default(), LEAST_WAIT);
    loop {
        match attempt().await {
            Ok(()) => {
                if let Some(failures) = outage.ended() {
                    tracing::info!(failures, "the database is open");
                }
                gate.0.send_replace(Phase::Open);
                return Ok(());
            }
            Err(NotOpened::ForGood(told)) => return Err(told),
            Err(NotOpened::ForNow { class, told }) => {
                if outage.failed() {
                    tracing::warn!("{class}: {told}; trying again");
                }
                gate.0.send_replace(Phase::Waiting(class));
            }
        }
        tokio::time::sleep(jittered(wait)).await;
        wait = (wait * 2).min(MOST_WAIT);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn away() -> NotOpened {
        NotOpened::ForNow { class: "the database is not reachable", told: "refused".to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_away_is_tried_again_until_it_is_there() {
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let mut opening = Opening::by(move || {
            let nth = counted.fetch_add(1, Ordering::Relaxed);
            async move { if nth < 6 { Err(away()) } else { Ok(()) } }
        });
        let gate = opening.gate();
        assert_eq!(gate.phase(), Phase::Trying);
        opening.first_try(Duration::from_secs(1)).await.unwrap();
        assert_eq!(gate.phase(), Phase::Waiting("the database is not reachable"));
        opening.finish().await.unwrap();
        gate.opened().await;
        assert_eq!((gate.phase(), tries.load(Ordering::Relaxed)), (Phase::Open, 7));
    }

    #[tokio::test(start_paused = true)]
    async fn what_no_waiting_mends_is_an_error_at_once_or_later() {
        let never = || async { Err(NotOpened::ForGood("DATABASE_URL: no".to_owned())) };
        let mut opening = Opening::by(never);
        assert_eq!(opening.first_try(Duration::from_secs(1)).await.unwrap_err(), "DATABASE_URL: no");
        assert_eq!(Opening::by(never).finish().await.unwrap_err(), "DATABASE_URL: no");
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_try_that_takes_long_holds_up_nobody_and_is_not_broken_off() {
        let mut opening = Opening::by(|| async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        });
        opening.first_try(Duration::from_millis(500)).await.unwrap();
        assert_eq!(opening.gate().phase(), Phase::Trying);
        let gate = opening.gate();
        opening.finish().await.unwrap();
        assert_eq!(gate.phase(), Phase::Open);
    }
}
