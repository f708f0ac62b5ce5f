//! Events: what happened, with the object as it was then.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::API_VERSION;
use crate::api::Call;
use crate::api::list;
use crate::error::ApiError;
use crate::params::{Kind, PAGE, Param};
use crate::world::shelf::Record;

/// How long the API remembers an event.
const KEPT_FOR: i64 = 30 * 86_400;
const MOST_TYPES: usize = 20;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) created: i64,
    pub(crate) object: Value,
    pub(crate) previous: Option<Value>,
    pub(crate) request: RequestMark,
}

/// The API request that caused an event, if one did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RequestMark {
    pub(crate) id: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

impl Record for Event {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

const LIST: &[Param] = &[
    Param::new("type", Kind::Text(255)),
    Param::new("types", Kind::List(&Kind::Text(255))),
    Param::new("delivery_success", Kind::Bool),
];

pub(crate) fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    let id = call.id();
    let event = call.world.events.get(id).filter(|event| event.created + KEPT_FOR >= call.cause.now);
    let event = event.ok_or_else(|| ApiError::no_such("event", id, "id"))?;
    Ok(event.render(call.world.queue.unacknowledged(id)))
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE, LIST])?;
    let kind = call.form.text("type");
    let kinds = call.form.texts("types");
    if kind.is_some() && !kinds.is_empty() {
        let message = "You may only specify one of these parameters: type, types.";
        return Err(ApiError::invalid(message, "types").code("parameters_exclusive"));
    }
    if kinds.len() > MOST_TYPES {
        return Err(ApiError::invalid(format!("You can filter by at most {MOST_TYPES} types."), "types"));
    }
    let delivered = call.form.flag("delivery_success");
    let queue = &call.world.queue;
    let keep = |event: &Event| {
        event.created + KEPT_FOR >= call.cause.now
            && kind.is_none_or(|pattern| matches(pattern, &event.kind))
            && (kinds.is_empty() || kinds.contains(&event.kind))
            && delivered.is_none_or(|wanted| (queue.unacknowledged(&event.id) == 0) == wanted)
    };
    let render = |event: &Event| event.render(queue.unacknowledged(&event.id));
    list::page(&call.world.events, &call.form, "event", "/v1/events", keep, render)
}

/// `charge.*` stands for the whole group.
fn matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(group) => kind.starts_with(group),
        None => kind == pattern,
    }
}

impl Event {
    pub(crate) fn render(&self, pending_webhooks: usize) -> Value {
        let mut data = json!({ "object": self.object });
        if let Some(previous) = &self.previous {
            data["previous_attributes"] = previous.clone();
        }
        json!({
            "id": self.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.created,
            "data": data,
            "livemode": false,
            "pending_webhooks": pending_webhooks,
            "request": { "id": self.request.id, "idempotency_key": self.request.idempotency_key },
            "type": self.kind,
        })
    }
}
