//! A task message on the wire: Celery's protocol 2 in kombu's envelope.
//!
//! Field by field as Celery 5.7.0 was seen to write it. Celery's page on the protocol gives the two time limits in the other
//! order; its source sends the hard one first.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Priority;

/// A message as it lies in a queue's list.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope {
    pub(super) body: String,
    #[serde(rename = "content-encoding", default)]
    pub(super) content_encoding: Option<String>,
    #[serde(rename = "content-type", default)]
    pub(super) content_type: Option<String>,
    pub(super) headers: Headers,
    pub(super) properties: Properties,
}

/// What Celery's worker reads before it reads the arguments.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Headers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lang: Option<String>,
    /// Absent in protocol 1, which keeps it in the body.
    pub(super) task: Option<String>,
    pub(super) id: Option<String>,
    pub(super) shadow: Option<String>,
    pub(super) eta: Option<String>,
    pub(super) expires: Option<String>,
    pub(super) group: Option<String>,
    pub(super) group_index: Option<u64>,
    pub(super) retries: Option<u32>,
    /// Hard, then soft, in seconds.
    pub(super) timelimit: Option<[Option<Box<RawValue>>; 2]>,
    pub(super) root_id: Option<String>,
    pub(super) parent_id: Option<String>,
    pub(super) argsrepr: Option<String>,
    pub(super) kwargsrepr: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) ignore_result: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compression: Option<String>,
}

/// What kombu needs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Properties {
    #[serde(default)]
    pub(super) correlation_id: Option<String>,
    #[serde(default)]
    pub(super) reply_to: Option<String>,
    #[serde(default)]
    pub(super) delivery_mode: u8,
    pub(super) delivery_info: DeliveryInfo,
    #[serde(default)]
    pub(super) priority: Option<u8>,
    #[serde(default)]
    pub(super) body_encoding: Option<String>,
    pub(super) delivery_tag: String,
    /// Milliseconds, as text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expiration: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct DeliveryInfo {
    #[serde(default)]
    pub(super) exchange: Option<String>,
    #[serde(default)]
    pub(super) routing_key: Option<String>,
}

/// The arguments, each as its text.
pub(super) type Args = Vec<Box<RawValue>>;
/// The arguments by name.
pub(super) type Kwargs = BTreeMap<String, Box<RawValue>>;

/// What the body holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Body(pub(super) Args, pub(super) Kwargs, pub(super) Embed);

/// What is to happen after the task.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Embed {
    #[serde(default)]
    pub(super) callbacks: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) errbacks: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) chain: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) chord: Option<Box<RawValue>>,
}

impl Envelope {
    /// The arguments.
    ///
    /// # Errors
    /// Why they can't be read.
    pub(super) fn read_body(&self) -> Result<Body, String> {
        if let Some(compression) = &self.headers.compression {
            return Err(format!("the body is compressed ({compression})"));
        }
        if let Some(kind) = self.content_type.as_deref().filter(|kind| *kind != "application/json") {
            return Err(format!("the body is {kind}, not application/json: set task_serializer = 'json'"));
        }
        let body = match self.properties.body_encoding.as_deref() {
            Some("base64") => {
                let bytes = STANDARD.decode(&self.body).map_err(|error| format!("body: {error}"))?;
                String::from_utf8(bytes).map_err(|error| format!("body: {error}"))?
            }
            None => self.body.clone(),
            Some(other) => return Err(format!("body_encoding `{other}` is unknown")),
        };
        serde_json::from_str(&body).map_err(|error| format!("body: {error}"))
    }

    /// Which list of its queue it belongs to. What kombu can't read as a number from 0 to 9, it brings into that range.
    pub(super) fn priority(&self) -> Priority {
        Priority::new(self.properties.priority.unwrap_or(0).min(9)).unwrap_or_default()
    }
}

impl Body {
    /// As it stands in an envelope.
    ///
    /// # Errors
    /// None that the types leave room for.
    pub(super) fn encoded(&self) -> Result<String, serde_json::Error> {
        serde_json::to_vec(self).map(|json| STANDARD.encode(json))
    }
}

impl Embed {
    /// The first thing that is to happen after the task, if there is any; this bridge can't see to it.
    pub(super) fn sequel(&self) -> Option<&'static str> {
        let parts =
            [("link", &self.callbacks), ("link_error", &self.errbacks), ("chain", &self.chain), ("chord", &self.chord)];
        let is_set = |part: &RawValue| !matches!(part.get(), "null" | "[]");
        parts.into_iter().find(|(_, part)| part.as_deref().is_some_and(is_set)).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests;
