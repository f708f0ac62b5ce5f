//! Requests that clients may repeat, and what was answered to them.

use std::fmt;

use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::id::AccountId;
use crate::time::Timestamp;

/// Remembers for a while which requests an account has made under which keys, and how each was answered.
///
/// It is about what a client sees. That nothing is created twice is up to the stores: whoever creates something takes the id that
/// is remembered here, and a store that has a row of this id leaves it alone.
///
/// # Contract
/// - Of requests under one key of one account one is at work at a time: until it has ended, or its time is over.
/// - A request under a key that another request had, by the fingerprint, is never begun.
/// - Whoever takes up a request whose end nobody has heard gets the id of the first who began it.
/// - An answer is given back byte for byte until it is forgotten.
#[async_trait]
pub trait RequestLog: fmt::Debug + Send + Sync + 'static {
    /// Begins a request, or says what became of it.
    async fn begin(&self, request: NewRequest) -> Result<Begun, StoreError>;

    /// Ends a request: `false` if it was not the caller's any more, and nothing has changed.
    async fn end(&self, claim: &RequestClaim, outcome: RequestOutcome) -> Result<bool, StoreError>;

    /// Forgets at most so many requests that began before then: how many. The keys can be used again.
    async fn forget(&self, begun_before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}

/// A request that is about to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
    /// Who asks.
    pub account: AccountId,
    /// The client's name for the request.
    pub key: String,
    /// What tells this request from every other.
    pub fingerprint: [u8; 32],
    /// An id for what it creates, if it is the first of its key.
    pub id: Uuid,
    /// The time now.
    pub now: Timestamp,
    /// When nobody is taken to be at work on it any more.
    pub until: Timestamp,
}

/// What a beginning comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is to be done now, by the caller.
    New(RequestClaim),
    /// Somebody is at work on it.
    InProgress {
        /// But not for longer than until then.
        until: Timestamp,
    },
    /// It was done, and this was the answer.
    Answered(StoredAnswer),
    /// The key belongs to another request.
    Different,
}

/// That it is the caller's turn to do a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestClaim {
    /// Who asks.
    pub account: AccountId,
    /// The client's name for the request.
    pub key: String,
    /// The id for what it creates.
    pub id: Uuid,
    /// Which turn it is, from 1.
    pub token: u32,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    /// With an answer that is to be given again.
    Answered(StoredAnswer),
    /// Without anybody knowing how far it came: it may be taken up at once, under the same id.
    Unknown {
        /// When it ended.
        at: Timestamp,
    },
    /// Without anything having been done: the key is free.
    Nothing,
}

/// An answer as it was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// Names and values of the headers that belong to it.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for StoredAnswer {
    /// Without what was told: it may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredAnswer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
