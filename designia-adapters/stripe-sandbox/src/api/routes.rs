//! Which endpoints there are.

use serde_json::Value;

use crate::api::Call;
use crate::api::expand::Answer;
use crate::error::ApiError;
use crate::resource::{balance, charge, customer, event, payment_intent, refund, session, webhook_endpoint};

type Endpoint = fn(&mut Call<'_>) -> Result<Value, ApiError>;

#[derive(Debug)]
pub(crate) struct Route {
    method: &'static str,
    path: &'static str,
    pub(crate) answer: Answer,
    pub(crate) endpoint: Endpoint,
}

const fn get(path: &'static str, answer: Answer, endpoint: Endpoint) -> Route {
    Route { method: "GET", path, answer, endpoint }
}

const fn post(path: &'static str, answer: Answer, endpoint: Endpoint) -> Route {
    Route { method: "POST", path, answer, endpoint }
}

const fn one(kind: &'static str) -> Answer {
    Answer::One(kind)
}

const fn many(kind: &'static str) -> Answer {
    Answer::Many(kind)
}

const ROUTES: &[Route] = &[
    post("/v1/checkout/sessions", one("checkout.session"), session::create::create),
    get("/v1/checkout/sessions", many("checkout.session"), session::list),
    get("/v1/checkout/sessions/*", one("checkout.session"), session::retrieve),
    get("/v1/checkout/sessions/*/line_items", many("item"), session::line_items),
    post("/v1/checkout/sessions/*/expire", one("checkout.session"), session::expire),
    post("/v1/payment_intents", one("payment_intent"), payment_intent::create),
    get("/v1/payment_intents", many("payment_intent"), payment_intent::list),
    get("/v1/payment_intents/*", one("payment_intent"), payment_intent::retrieve),
    post("/v1/payment_intents/*/confirm", one("payment_intent"), payment_intent::confirm),
    post("/v1/payment_intents/*/cancel", one("payment_intent"), payment_intent::cancel),
    get("/v1/charges", many("charge"), charge::list),
    get("/v1/charges/*", one("charge"), charge::retrieve),
    post("/v1/refunds", one("refund"), refund::create),
    get("/v1/refunds", many("refund"), refund::list),
    get("/v1/refunds/*", one("refund"), refund::retrieve),
    post("/v1/customers", one("customer"), customer::create),
    get("/v1/customers", many("customer"), customer::list),
    get("/v1/customers/*", one("customer"), customer::retrieve),
    get("/v1/balance", one("balance"), balance::retrieve),
    get("/v1/balance_transactions", many("balance_transaction"), balance::list_transactions),
    get("/v1/balance_transactions/*", one("balance_transaction"), balance::retrieve_transaction),
    get("/v1/events", many("event"), event::list),
    get("/v1/events/*", one("event"), event::retrieve),
    post("/v1/webhook_endpoints", one("webhook_endpoint"), webhook_endpoint::create),
    get("/v1/webhook_endpoints", many("webhook_endpoint"), webhook_endpoint::list),
    get("/v1/webhook_endpoints/*", one("webhook_endpoint"), webhook_endpoint::retrieve),
    Route {
        method: "DELETE",
        path: "/v1/webhook_endpoints/*",
        answer: Answer::One("webhook_endpoint"),
        endpoint: webhook_endpoint::delete,
    },
];

/// The route of a request, and the id in its path.
pub(crate) fn find<'p>(method: &str, path: &'p str) -> Result<(&'static Route, &'p str), ApiError> {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    let found = ROUTES.iter().filter(|route| route.method == method);
    found
        .into_iter()
        .find_map(|route| Some((route, id_in(route.path, trimmed)?)))
        .ok_or_else(|| ApiError::unknown_url(method, path))
}

fn id_in<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let Some((head, tail)) = pattern.split_once('*') else { return (pattern == path).then_some("") };
    let id = path.strip_prefix(head)?.strip_suffix(tail)?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_endpoints_and_ids() {
        for (method, path, id) in [
            ("POST", "/v1/checkout/sessions", Some("")),
            ("POST", "/v1/checkout/sessions/", Some("")),
            ("GET", "/v1/checkout/sessions/cs_1", Some("cs_1")),
            ("POST", "/v1/checkout/sessions/cs_1/expire", Some("cs_1")),
            ("GET", "/v1/checkout/sessions/cs_1/expire", None),
            ("GET", "/v1/subscriptions", None),
            ("DELETE", "/v1/customers/cus_1", None),
        ] {
            assert_eq!(find(method, path).ok().map(|(_, id)| id), id, "{method} {path}");
        }
    }
}
