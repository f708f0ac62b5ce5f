//! Stripe's own record of what happened: the events that webhooks bring, kept for thirty days whether or not they arrived.

use designia_core::ports::{EventPage, EventWindow, GatewayError, GatewayErrorKind, ListedEvent, WebhookEvent};
use designia_core::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{StripeGateway, fault};
use crate::form::Form;
use crate::webhook::EVENT_TYPES;
use crate::wire::List;

/// Stripe's largest page.
const PAGE: i64 = 100;

/// As much of an event as is needed to keep it. What it is about is read when it is folded, so one that can't be read stands
/// in nobody's way here.
#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
}

impl StripeGateway {
    /// One page, newest first. Each event is listed in the version of the API in which it was made.
    pub(super) async fn list_events(
        &self,
        window: EventWindow,
        after: Option<&str>,
    ) -> Result<EventPage, GatewayError> {
        let created = Form::new().with("gte", window.from.as_secs()).with("lte", window.until.as_secs());
        let query = Form::new()
            .with("created", created)
            .with("limit", PAGE)
            .with_some("starting_after", after)
            .with("types", EVENT_TYPES.to_vec());
        let list: List<Box<RawValue>> = self.client.get("/v1/events", &query).await.map_err(fault::read)?;
        let events = list.data.iter().map(|raw| listed(raw)).collect::<Result<Vec<_>, _>>()?;
        let last = events.last().map(|listed| listed.event.id.clone());
        match last {
            Some(last) if list.has_more && after == Some(&last) => {
                Err(GatewayError::new(GatewayErrorKind::NotSent, "the list of events pages in circles"))
            }
            last => Ok(EventPage { next: last.filter(|_| list.has_more), events }),
        }
    }
}

fn listed(raw: &RawValue) -> Result<ListedEvent, GatewayError> {
    let Envelope { id, kind, created } = serde_json::from_str(raw.get()).map_err(|error| {
        let place = format!("a listed event can't be read at line {} column {}", error.line(), error.column());
        GatewayError::new(GatewayErrorKind::NotSent, place)
    })?;
    let event = WebhookEvent { id, kind, created_at: Timestamp::from_secs(created) };
    Ok(ListedEvent { event, body: raw.get().as_bytes().to_vec() })
}
