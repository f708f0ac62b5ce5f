//! What a request counts as.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};

use crate::config::Class;

/// Routes that are not counted: probes, figures, and webhooks, whose senders come from few addresses and must never be sent away.
const UNCOUNTED: [&str; 4] = ["/health/live", "/health/ready", "/metrics", "/api/payments/stripe_webhook/"];

/// The class of a request to this route, by its pattern; none if it is not counted.
pub(super) fn of(method: &Method, route: &str, headers: &HeaderMap, has_account: bool) -> Option<Class> {
    if UNCOUNTED.contains(&route) {
        return None;
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    Some(match is_read {
        false if is_multipart(headers) => Class::Upload,
        false if ["/api/auth/", "/admin/login/"].iter().any(|root| route.starts_with(root)) => Class::Auth,
        false => Class::Write,
        true if route.split('/').any(|part| matches!(part, "search" | "autocomplete")) => Class::Search,
        true if has_account => Class::Read,
        true => Class::Anonymous,
    })
}

/// Whether the body is a form with files.
pub(in crate::http) fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    kind.get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_but_probes_and_webhooks_is_counted_as_one_thing() {
        let (json, form) = ("application/json", "Multipart/form-data; boundary=x");
        for (method, route, kind, has_account, expected) in [
            (Method::GET, "/api/marketplace/products/", "", false, Some(Class::Anonymous)),
            (Method::GET, "/api/marketplace/products/", "", true, Some(Class::Read)),
            (Method::GET, "/api/marketplace/products/search/", "", true, Some(Class::Search)),
            (Method::GET, "/api/auth/profile/", "", true, Some(Class::Read)),
            (Method::POST, "/api/auth/login/", json, false, Some(Class::Auth)),
            (Method::POST, "/api/auth/login/", json, true, Some(Class::Auth)),
            (Method::POST, "/admin/login/", "application/x-www-form-urlencoded", false, Some(Class::Auth)),
            (Method::POST, "/api/auth/profile/picture/upload/", form, true, Some(Class::Upload)),
            (Method::DELETE, "/api/marketplace/reviews/{id}/", "", true, Some(Class::Write)),
            (Method::GET, "unmatched", "", false, Some(Class::Anonymous)),
            (Method::GET, "/health/ready", "", false, None),
            (Method::GET, "/metrics", "", true, None),
            (Method::POST, "/api/payments/stripe_webhook/", json, false, None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
            assert_eq!(of(&method, route, &headers, has_account), expected, "{method} {route}");
        }
    }
}
