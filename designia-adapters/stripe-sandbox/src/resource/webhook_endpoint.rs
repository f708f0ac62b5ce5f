//! Webhook endpoints: where events are sent, and with which secrets they are signed.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::API_VERSION;
use crate::api::Call;
use crate::api::list;
use crate::error::ApiError;
use crate::params::{Kind, PAGE, Param};
use crate::resource::{Metadata, metadata};
use crate::world::World;
use crate::world::shelf::Record;

/// A rolled secret still signs for a day, so that a deployment can change over.
const OVERLAP: i64 = 86_400;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    created: i64,
    pub(crate) url: String,
    enabled_events: Vec<String>,
    description: Option<String>,
    metadata: Metadata,
    secrets: Vec<Signer>,
    pub(crate) deleted: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Signer {
    secret: Secret,
    until: Option<i64>,
}

/// A signing secret. It prints as nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Record for Endpoint {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

const CREATE: &[Param] = &[
    Param::new("url", Kind::Url).required(),
    Param::new("enabled_events", Kind::List(&Kind::Text(255))).required(),
    Param::new("api_version", Kind::OneOf(&[API_VERSION])),
    Param::new("description", Kind::Text(5_000)),
    Param::new("metadata", Kind::Metadata),
];

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[CREATE])?;
    let url = call.form.owned("url").unwrap_or_default();
    check_target(&url).map_err(|message| ApiError::invalid(message, "url").code("url_invalid"))?;
    let events = call.form.texts("enabled_events");
    if events.is_empty() {
        return Err(ApiError::missing_param("enabled_events"));
    }
    let secret = Secret::new(call.world.ids.next("whsec_"));
    let mut endpoint = Endpoint::new(call.world.ids.next("we_"), call.cause.now, url, events, secret.clone());
    endpoint.description = call.form.owned("description");
    endpoint.metadata = metadata(&call.form);
    let mut value = endpoint.render();
    // The only answer that ever shows it.
    value["secret"] = json!(secret.expose());
    call.world.endpoints.push(endpoint);
    Ok(value)
}

pub(crate) fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    let id = call.id();
    let endpoint = call.world.endpoints.get(id).filter(|endpoint| !endpoint.deleted);
    endpoint.map(Endpoint::render).ok_or_else(|| ApiError::no_such("webhook endpoint", id, "id"))
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE])?;
    let keep = |endpoint: &Endpoint| !endpoint.deleted;
    let url = "/v1/webhook_endpoints";
    list::page(&call.world.endpoints, &call.form, "webhook endpoint", url, keep, Endpoint::render)
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    let id = call.id();
    let endpoint = call.world.endpoints.get_mut(id).filter(|endpoint| !endpoint.deleted);
    let endpoint = endpoint.ok_or_else(|| ApiError::no_such("webhook endpoint", id, "id"))?;
    endpoint.deleted = true;
    call.world.queue.abandon(id);
    Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
}

/// The endpoint that the host configured: kept over a restart, with the secret that is configured now.
pub(crate) fn configure(world: &mut World, now: i64, url: &str, secret: Secret) {
    let found = world.endpoints.iter().find(|endpoint| !endpoint.deleted && endpoint.url == url);
    if let Some(id) = found.map(|endpoint| endpoint.id.clone()) {
        if let Some(endpoint) = world.endpoints.get_mut(&id) {
            endpoint.secrets = vec![Signer { secret, until: None }];
        }
        return;
    }
    let id = world.ids.next("we_");
    world.endpoints.push(Endpoint::new(id, now, url.to_owned(), vec!["*".to_owned()], secret));
}

/// Gives every endpoint at `url` a new secret; the old one signs along for a day. Whether there was one.
pub(crate) fn roll_secret(world: &mut World, now: i64, url: &str, secret: &Secret) -> bool {
    let ids: Vec<String> =
        world.endpoints.iter().filter(|e| !e.deleted && e.url == url).map(|endpoint| endpoint.id.clone()).collect();
    for id in &ids {
        if let Some(endpoint) = world.endpoints.get_mut(id) {
            endpoint.secrets.iter_mut().for_each(|signer| signer.until = signer.until.or(Some(now + OVERLAP)));
            endpoint.secrets.insert(0, Signer { secret: secret.clone(), until: None });
        }
    }
    !ids.is_empty()
}

/// The sandbox speaks to this machine only, whatever it is told.
pub(crate) fn check_target(url: &str) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url).map_err(|_| "Not a valid URL".to_owned())?;
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match (parsed.scheme(), local) {
        ("http", true) => Ok(()),
        (_, false) => Err("Invalid URL: the sandbox delivers webhooks to this machine only.".to_owned()),
        (_, true) => Err("Invalid URL: the sandbox delivers webhooks over plain http.".to_owned()),
    }
}

impl Endpoint {
    fn new(id: String, created: i64, url: String, enabled_events: Vec<String>, secret: Secret) -> Self {
        let secrets = vec![Signer { secret, until: None }];
        let (description, metadata) = (None, Metadata::new());
        Self { id, created, url, enabled_events, description, metadata, secrets, deleted: false }
    }

    pub(crate) fn wants(&self, kind: &str) -> bool {
        !self.deleted && self.enabled_events.iter().any(|wanted| wanted == "*" || wanted == kind)
    }

    pub(crate) fn secrets(&self, now: i64) -> Vec<Secret> {
        let live = self.secrets.iter().filter(|signer| signer.until.is_none_or(|until| now < until));
        live.map(|signer| signer.secret.clone()).collect()
    }

    pub(crate) fn render(&self) -> Value {
        json!({
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": null,
            "created": self.created,
            "description": self.description,
            "enabled_events": self.enabled_events,
            "livemode": false,
            "metadata": self.metadata,
            "status": "enabled",
            "url": self.url,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_go_to_this_machine_only() {
        for (url, fine) in [
            ("http://127.0.0.1:9/hook", true),
            ("http://localhost/hook", true),
            ("http://[::1]:9/hook", true),
            ("https://127.0.0.1/hook", false),
            ("http://10.0.0.1/hook", false),
            ("http://example.com/hook", false),
            ("http://127.0.0.1.example.com/", false),
        ] {
            assert_eq!(check_target(url).is_ok(), fine, "{url}");
        }
    }

    #[test]
    fn a_secret_never_prints() {
        let endpoint = Endpoint::new("we_1".into(), 0, "http://localhost".into(), vec![], Secret::new("whsec_quiet"));
        assert!(!format!("{endpoint:?}").contains("quiet"));
        assert!(!endpoint.render().to_string().contains("quiet"));
    }
}
