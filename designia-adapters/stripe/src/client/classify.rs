//! From an HTTP answer to an error kind, as the official SDKs map it, and stricter where money is at stake.

use std::time::Duration;

use serde::Deserialize;

use crate::error::{ErrorKind, Retry, StripeError};
use crate::secret::scrub;
use crate::wire::ErrorBody;

/// Whether a request can change anything at Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
}

/// What the headers of an answer say about it.
#[derive(Clone, Debug, Default)]
pub(super) struct AnswerMeta {
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
    pub(super) should_retry: Option<bool>,
    pub(super) rate_limited_reason: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl AnswerMeta {
    pub(super) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// The error that an answer other than 2xx means.
///
/// `Stripe-Should-Retry: true` wins over our own opinion. `false` needs no rule: it tells automatic retries to stop, and
/// what remains is a caller's later attempt, for which our opinion is the careful one already.
pub(super) fn refusal(verb: Verb, meta: &AnswerMeta, body: &[u8]) -> StripeError {
    #[derive(Deserialize)]
    struct Envelope {
        error: ErrorBody,
    }
    let body = serde_json::from_slice::<Envelope>(body).map(|envelope| envelope.error).ok();
    let (kind, retry) = match (meta.status, body.as_ref()) {
        (424 | 500.., _) => no_verdict(verb),
        (429, _) => busy(body.as_ref(), meta),
        (401, _) => (ErrorKind::Authentication, Retry::No),
        (400..=499, Some(error)) => refused(meta, error),
        (_, _) => unreadable(verb),
    };
    let retry = if meta.should_retry == Some(true) { Retry::SameKey } else { retry };
    let message = body.and_then(|error| error.message).unwrap_or_else(|| "no error description in the answer".into());
    StripeError::new(kind, retry, &message).with_answer(meta.status, meta.request_id.as_deref(), meta.retry_after)
}

/// The error of an answer whose body is not what it should be. After a `POST` that leaves the outcome open.
pub(super) fn undecodable(verb: Verb, meta: &AnswerMeta, message: &str) -> StripeError {
    let (kind, retry) = unreadable(verb);
    StripeError::new(kind, retry, message).with_answer(meta.status, meta.request_id.as_deref(), meta.retry_after)
}

/// The error of a request that brought no whole answer.
pub(super) fn transport(verb: Verb, error: reqwest::Error) -> StripeError {
    let error = error.without_url();
    let (kind, retry, message) = if error.is_connect() {
        (ErrorKind::Unreachable, Retry::SameKey, "no connection")
    } else if error.is_builder() {
        (ErrorKind::Invalid { code: None, param: None }, Retry::No, "the request can't be written as HTTP")
    } else {
        let message = if error.is_timeout() { "no answer in time" } else { "the connection was lost" };
        let (kind, retry) = no_verdict(verb);
        (kind, retry, message)
    };
    StripeError::new(kind, retry, message).with_source(error)
}

const fn no_verdict(verb: Verb) -> (ErrorKind, Retry) {
    match verb {
        Verb::Get => (ErrorKind::ProviderFault, Retry::SameKey),
        Verb::Post => (ErrorKind::UnknownOutcome, Retry::AskFirst),
    }
}

const fn unreadable(verb: Verb) -> (ErrorKind, Retry) {
    match verb {
        Verb::Get => (ErrorKind::Undecodable, Retry::SameKey),
        Verb::Post => (ErrorKind::Undecodable, Retry::AskFirst),
    }
}

fn busy(error: Option<&ErrorBody>, meta: &AnswerMeta) -> (ErrorKind, Retry) {
    let locked = error.is_some_and(|error| error.code.as_deref() == Some("lock_timeout"));
    let kind = if locked {
        ErrorKind::LockTimeout
    } else {
        ErrorKind::RateLimited { reason: meta.rate_limited_reason.clone() }
    };
    (kind, Retry::SameKey)
}

fn refused(meta: &AnswerMeta, error: &ErrorBody) -> (ErrorKind, Retry) {
    let text = |field: &Option<String>| field.as_deref().map(scrub);
    let (code, param) = (text(&error.code), text(&error.param));
    match (meta.status, error.kind.as_deref(), error.code.as_deref()) {
        (_, Some("idempotency_error"), _) => (ErrorKind::KeyReused, Retry::No),
        (_, _, Some("idempotency_key_in_use")) => (ErrorKind::KeyInUse, Retry::SameKey),
        (_, _, Some("rate_limit")) => busy(Some(error), meta),
        (409, _, _) | (_, _, Some("lock_timeout")) => (ErrorKind::LockTimeout, Retry::SameKey),
        (404, _, _) | (_, _, Some("resource_missing")) => (ErrorKind::NotFound { param }, Retry::No),
        (402, _, _) | (_, Some("card_error"), _) => {
            (ErrorKind::Card { code, decline_code: text(&error.decline_code) }, Retry::No)
        }
        (403, _, _) => (ErrorKind::Permission, Retry::No),
        (_, _, _) => (ErrorKind::Invalid { code, param }, Retry::No),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(verb: Verb, status: u16, body: &str) -> (ErrorKind, Retry) {
        let error = refusal(verb, &AnswerMeta { status, ..AnswerMeta::default() }, body.as_bytes());
        (error.kind().clone(), error.retry())
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn every_documented_answer_has_its_kind() {
        let invalid = |code: &str, param: &str| ErrorKind::Invalid { code: some(code), param: some(param) };
        let card = ErrorKind::Card { code: some("card_declined"), decline_code: some("insufficient_funds") };
        let table = [
            (400, r#"{"error":{"type":"idempotency_error"}}"#, ErrorKind::KeyReused, Retry::No),
            (
                409,
                r#"{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use"}}"#,
                ErrorKind::KeyInUse,
                Retry::SameKey,
            ),
            (409, r#"{"error":{"type":"invalid_request_error"}}"#, ErrorKind::LockTimeout, Retry::SameKey),
            (
                429,
                r#"{"error":{"type":"invalid_request_error","code":"lock_timeout"}}"#,
                ErrorKind::LockTimeout,
                Retry::SameKey,
            ),
            (429, "<html>", ErrorKind::RateLimited { reason: None }, Retry::SameKey),
            (400, r#"{"error":{"code":"rate_limit"}}"#, ErrorKind::RateLimited { reason: None }, Retry::SameKey),
            (401, r#"{"error":{"type":"invalid_request_error"}}"#, ErrorKind::Authentication, Retry::No),
            (403, r#"{"error":{"type":"invalid_request_error"}}"#, ErrorKind::Permission, Retry::No),
            (
                404,
                r#"{"error":{"code":"resource_missing","param":"id"}}"#,
                ErrorKind::NotFound { param: some("id") },
                Retry::No,
            ),
            (
                400,
                r#"{"error":{"code":"resource_missing","param":"charge"}}"#,
                ErrorKind::NotFound { param: some("charge") },
                Retry::No,
            ),
            (
                402,
                r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}}"#,
                card,
                Retry::No,
            ),
            (
                400,
                r#"{"error":{"type":"invalid_request_error","code":"amount_too_small","param":"amount"}}"#,
                invalid("amount_too_small", "amount"),
                Retry::No,
            ),
            (500, r#"{"error":{"type":"api_error"}}"#, ErrorKind::UnknownOutcome, Retry::AskFirst),
            (502, "<html>", ErrorKind::UnknownOutcome, Retry::AskFirst),
            (424, r#"{"error":{"type":"api_error"}}"#, ErrorKind::UnknownOutcome, Retry::AskFirst),
            (413, "<html>", ErrorKind::Undecodable, Retry::AskFirst),
            (302, "", ErrorKind::Undecodable, Retry::AskFirst),
        ];
        for (status, body, expected, retry) in table {
            assert_eq!(kind(Verb::Post, status, body), (expected, retry), "{status} {body}");
        }
    }

    #[test]
    fn a_failed_question_puts_nothing_at_stake() {
        assert_eq!(kind(Verb::Get, 500, ""), (ErrorKind::ProviderFault, Retry::SameKey));
        assert_eq!(kind(Verb::Get, 403, "<html>"), (ErrorKind::Undecodable, Retry::SameKey));
    }

    #[test]
    fn stripe_has_the_last_word_on_whether_the_same_request_may_be_sent_again() {
        let meta = AnswerMeta { status: 500, should_retry: Some(true), ..AnswerMeta::default() };
        let error = refusal(Verb::Post, &meta, b"{}");
        assert_eq!((error.kind(), error.retry()), (&ErrorKind::UnknownOutcome, Retry::SameKey));
    }

    #[test]
    fn a_key_echoed_in_an_error_does_not_come_through() {
        let body = r#"{"error":{"message":"Invalid API Key provided: sk_test_abc123","code":"sk_test_abc123"}}"#;
        let meta = AnswerMeta { status: 400, request_id: some("sk_test_abc123"), ..AnswerMeta::default() };
        let error = refusal(Verb::Post, &meta, body.as_bytes());
        assert!(!format!("{error} {error:?} {}", error.message()).contains("abc123"), "{error:?}");
    }
}
