//! `event`: the envelope of a webhook.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Something that happened at Stripe, with a snapshot of the object it happened to.
#[derive(Debug, Deserialize)]
pub struct Event<'a> {
    /// `evt_…`, the same in every delivery.
    pub id: String,
    /// `event`; a thin event says `v2.core.event` here.
    pub object: String,
    /// Such as `checkout.session.completed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Unix seconds; too coarse to order events by.
    pub created: i64,
    /// Whether it is about real money.
    #[serde(default)]
    pub livemode: bool,
    /// The connected account it comes from, if not from the platform itself.
    pub account: Option<String>,
    /// The version in which `data` is written, which the endpoint fixes and not we.
    pub api_version: Option<String>,
    /// The object it is about.
    #[serde(borrow)]
    pub data: EventData<'a>,
}

/// What an event is about.
#[derive(Debug, Deserialize)]
pub struct EventData<'a> {
    /// The object as it was just after the event, unread: its shape follows from the event's type.
    #[serde(borrow)]
    pub object: &'a RawValue,
}
