//! A log-in, and the refresh tokens that follow from one another.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, SessionId};
use crate::time::{DAY, Timestamp};

/// So long after a refresh token was replaced it is still taken: a client that starts several requests at once refreshes
/// several times with one token, and must not be thrown out for that.
pub const REUSE_WINDOW: Duration = Duration::from_secs(10);

/// So long after a log-in it ends, however often it was used: then its owner proves again who they are.
pub const LONGEST_SESSION: Duration = Duration::from_secs(90 * DAY.as_secs());

/// One log-in: a family of refresh tokens, numbered, of which the latest is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, which every token of it names.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// The number of the refresh token that is good: 1 for the first.
    pub generation: u32,
    /// When it came to be: the log-in, or the latest refresh.
    pub refreshed_at: Timestamp,
    /// When the log-in was.
    pub created_at: Timestamp,
    /// Until when the latest refresh token can be used.
    pub expires_at: Timestamp,
    /// When it was ended, and by what.
    pub ended_at: Option<Timestamp>,
    /// What the client called itself, shortened.
    pub client: String,
    /// From which address on the network it was opened, if that is known.
    pub from: Option<String>,
}

/// What becomes of a refresh token that is presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// It is the latest: the session as it is to be stored, whose generation is the new token's.
    Rotated(Session),
    /// It was the latest a moment ago, when another request replaced it: the same new token is given again.
    Again,
    /// It was replaced long ago, so somebody has a copy: the session as it is to be stored, ended.
    Reused(Session),
    /// The session is over, or the token was never given out.
    Over,
}

impl Session {
    /// A log-in now, whose first refresh token is good for `lifetime`.
    #[must_use]
    pub fn open(id: SessionId, account: AccountId, now: Timestamp, lifetime: Duration) -> Self {
        Self {
            id,
            account,
            generation: 1,
            refreshed_at: now,
            created_at: now,
            expires_at: now + lifetime.min(LONGEST_SESSION),
            ended_at: None,
            client: String::new(),
            from: None,
        }
    }

    /// Whether its tokens are good.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// Ended. One that was ended before stays as it is.
    #[must_use]
    pub fn ended(mut self, now: Timestamp) -> Self {
        self.ended_at = self.ended_at.or(Some(now));
        self
    }

    /// What becomes of the refresh token of this number, for which another is wanted that is good for `lifetime`.
    #[must_use]
    pub fn refresh(self, generation: u32, now: Timestamp, lifetime: Duration) -> Refresh {
        if !self.is_alive(now) || generation == 0 || generation > self.generation {
            return Refresh::Over;
        }
        if generation == self.generation {
            let generation = self.generation.saturating_add(1);
            let expires_at = (now + lifetime).min(self.created_at + LONGEST_SESSION);
            return Refresh::Rotated(Self { generation, refreshed_at: now, expires_at, ..self });
        }
        if generation + 1 == self.generation && now.since(self.refreshed_at) <= REUSE_WINDOW {
            return Refresh::Again;
        }
        Refresh::Reused(self.ended(now))
    }
}
