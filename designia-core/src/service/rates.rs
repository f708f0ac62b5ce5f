//! Exchange rates: fetch, check, keep, and use. No rate is better than a wrong rate.

use std::sync::Arc;

use super::{Engine, Error};
use crate::exchange::{Conversion, Freshness, RateBatch, RateRefusal};
use crate::money::{Currency, Money};
use crate::time::{Date, Timestamp};

/// What an update brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateUpdate {
    /// The rates that are stored now.
    pub batch: Arc<RateBatch>,
    /// What was wrong with the sources that were asked before.
    pub refused: Vec<String>,
}

/// How the stored rates stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateStatus {
    /// The latest rates, if there are any.
    pub latest: Option<Arc<RateBatch>>,
    /// Whether they are used for new prices.
    pub is_usable: bool,
    /// Why not, in words.
    pub why_not: Option<String>,
}

impl Engine {
    /// Asks the sources in their order, and stores the first rates that pass the checks. What is refused is noted.
    ///
    /// # Errors
    /// [`Error::NoRateSource`] with every source's reason if none does, or a store error. The stored rates stay as they are.
    pub async fn update_rates(&self) -> Result<RateUpdate, Error> {
        let now = self.ports.clock.now();
        let mut refused = Vec::new();
        for source in &self.ports.rate_sources {
            let reason = match source.latest(now).await {
                Ok(batch) => match self.accept_rates(&batch, now).await {
                    Ok(()) => {
                        self.ports.rates.save(std::slice::from_ref(&batch)).await?;
                        return Ok(RateUpdate { batch: Arc::new(batch), refused });
                    }
                    Err(error @ Error::Store(_)) => return Err(error),
                    Err(error) => error.to_string(),
                },
                Err(error) => error.message,
            };
            tracing::warn!(source = source.name(), reason, "a source of exchange rates gave nothing that can be used");
            self.note_refusal(&RateRefusal::new(now, source.name(), &reason)).await;
            refused.push(format!("{}: {reason}", source.name()));
        }
        Err(Error::NoRateSource { reasons: refused })
    }

    /// A note that can't be taken is no reason not to ask the next source.
    async fn note_refusal(&self, refusal: &RateRefusal) {
        if let Err(error) = self.ports.rates.note_refusal(refusal).await {
            tracing::warn!(%error, "a refusal of exchange rates is not noted");
        }
    }

    async fn accept_rates(&self, batch: &RateBatch, now: Timestamp) -> Result<(), Error> {
        self.check_freshness(batch, now)?;
        if let (Some(limit), Some(previous)) = (self.policy.jump_limit, self.ports.rates.latest().await?) {
            // Rates that came with the program may be so old that an honest rate has moved far from them.
            if !previous.source().is_bundled() {
                limit.check(&previous, batch)?;
            }
        }
        Ok(())
    }

    fn check_freshness(&self, batch: &RateBatch, now: Timestamp) -> Result<(), Error> {
        if batch.source().is_bundled() && self.policy.accept_bundled_rates {
            return Ok(());
        }
        Ok(self.policy.freshness.check(batch, now)?)
    }

    /// Stores rates of past days, such as a central bank's history.
    ///
    /// # Errors
    /// A store error; nothing is stored then.
    pub async fn import_rates(&self, batches: &[RateBatch]) -> Result<(), Error> {
        Ok(self.ports.rates.save(batches).await?)
    }

    /// The rates for new prices.
    ///
    /// # Errors
    /// [`Error::NoRates`] if none are stored, [`Error::Exchange`] if they are too old, or a store error.
    pub async fn usable_rates(&self, now: Timestamp) -> Result<Arc<RateBatch>, Error> {
        let batch = self.ports.rates.latest().await?.ok_or(Error::NoRates)?;
        self.check_freshness(&batch, now)?;
        Ok(batch)
    }

    /// Converts an amount at the latest rates, or at those of a past day, and says by which rate, whose, and of when.
    ///
    /// # Errors
    /// [`Error::NoRates`], [`Error::Exchange`] if the rates are too old or lack a currency, or a store error.
    pub async fn convert(&self, amount: Money, to: Currency, on: Option<Date>) -> Result<Conversion, Error> {
        let batch = match on {
            None => self.usable_rates(self.ports.clock.now()).await?,
            Some(day) => {
                let batch = self.ports.rates.on(day).await?.ok_or(Error::NoRates)?;
                // A day without rates is served by the last one before it, but not by one of long ago.
                self.policy.freshness.check(&batch, day.start())?;
                batch
            }
        };
        Ok(batch.convert(amount, to, self.policy.rounding)?)
    }

    /// How the stored rates stand.
    ///
    /// # Errors
    /// A store error.
    pub async fn rate_status(&self) -> Result<RateStatus, Error> {
        let now = self.ports.clock.now();
        let latest = self.ports.rates.latest().await?;
        let why_not = match &latest {
            None => Some(Error::NoRates.to_string()),
            Some(batch) => self.check_freshness(batch, now).err().map(|error| error.to_string()),
        };
        Ok(RateStatus { latest, is_usable: why_not.is_none(), why_not })
    }

    /// Whether the latest rates were fetched on the present day (UTC): a program that starts without them asks for them at
    /// once, and not only at midnight.
    ///
    /// # Errors
    /// A store error.
    pub async fn rates_are_of_today(&self) -> Result<bool, Error> {
        let today = self.ports.clock.now().date();
        Ok(self.ports.rates.latest().await?.is_some_and(|batch| batch.fetched_at().date() == today))
    }

    /// How old rates are.
    #[must_use]
    pub fn rate_age(&self, batch: &RateBatch) -> std::time::Duration {
        Freshness::age(batch, self.ports.clock.now())
    }
}
