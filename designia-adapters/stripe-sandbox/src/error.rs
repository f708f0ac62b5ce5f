//! What goes wrong, in Stripe's words.

use serde_json::{Map, Value, json};

/// An error answer of the API.
///
/// `stored` decides whether an idempotency key remembers it: Stripe remembers what happened once execution had begun, and
/// forgets requests that never got that far.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) stored: bool,
    pub(crate) should_retry: Option<bool>,
    pub(crate) limited_by: Option<&'static str>,
    // Boxed, because an error that is larger than what it replaces makes every success slower.
    detail: Box<Detail>,
}

#[derive(Clone, Debug, Default)]
struct Detail {
    kind: &'static str,
    code: Option<&'static str>,
    decline_code: Option<&'static str>,
    message: String,
    param: Option<String>,
    charge: Option<String>,
    payment_intent: Option<Value>,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        let detail = Box::new(Detail { kind, message: message.into(), ..Detail::default() });
        Self { status, stored: true, should_retry: None, limited_by: None, detail }
    }

    /// A valid request which the state of things refuses.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// A request that fails validation: nothing was executed, nothing is remembered.
    pub(crate) fn invalid(message: impl Into<String>, param: impl Into<String>) -> Self {
        Self::refused(message).param(param).unstored()
    }

    pub(crate) fn missing_param(param: &str) -> Self {
        Self::invalid(format!("Missing required param: {param}."), param).code("parameter_missing")
    }

    pub(crate) fn no_such(what: &str, id: &str, param: &str) -> Self {
        Self::new(404, "invalid_request_error", format!("No such {what}: '{id}'")).param(param).code("resource_missing")
    }

    pub(crate) fn unknown_url(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
        );
        Self::new(404, "invalid_request_error", message).unstored()
    }

    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message).unstored()
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "invalid_request_error", message).unstored()
    }

    pub(crate) fn card(code: &'static str, decline_code: Option<&'static str>, message: &str) -> Self {
        let mut error = Self::new(402, "card_error", message).code(code);
        error.detail.decline_code = decline_code;
        error
    }

    pub(crate) fn idempotency_mismatch(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request."
        );
        Self::new(400, "idempotency_error", message).unstored()
    }

    pub(crate) fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): {key}. Please try again later."
        );
        Self::new(409, "invalid_request_error", message).code("idempotency_key_in_use").unstored()
    }

    pub(crate) fn internal(stored: bool) -> Self {
        let mut error = Self::new(500, "api_error", "An unknown error occurred");
        error.stored = stored;
        error.should_retry = stored.then_some(false);
        error
    }

    pub(crate) fn lock_timeout() -> Self {
        let message = "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.";
        let mut error = Self::new(429, "invalid_request_error", message).code("lock_timeout").unstored();
        error.should_retry = Some(true);
        error
    }

    pub(crate) fn rate_limited() -> Self {
        let message =
            "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.";
        let mut error = Self::new(429, "invalid_request_error", message).code("rate_limit").unstored();
        error.limited_by = Some("global-rate");
        error
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.detail.code = Some(code);
        self
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.detail.param = Some(param.into());
        self
    }

    pub(crate) fn about(mut self, payment_intent: Value, charge: Option<String>) -> Self {
        self.detail.payment_intent = Some(payment_intent);
        self.detail.charge = charge;
        self
    }

    pub(crate) fn unstored(mut self) -> Self {
        self.stored = false;
        self
    }

    /// `{"error": {…}}`, with only the fields that apply, as Stripe sends it.
    pub(crate) fn body(&self) -> Value {
        let mut error = Map::new();
        error.insert("type".into(), json!(self.detail.kind));
        error.insert("message".into(), json!(self.detail.message));
        if let Some(code) = self.detail.code {
            error.insert("code".into(), json!(code));
            error.insert(
                "doc_url".into(),
                json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"))),
            );
        }
        for (name, value) in [
            ("decline_code", self.detail.decline_code.map(str::to_owned)),
            ("param", self.detail.param.clone()),
            ("charge", self.detail.charge.clone()),
        ] {
            if let Some(value) = value {
                error.insert(name.into(), json!(value));
            }
        }
        if let Some(payment_intent) = &self.detail.payment_intent {
            error.insert("payment_intent".into(), payment_intent.clone());
        }
        json!({ "error": error })
    }

    pub(crate) fn message(&self) -> &str {
        &self.detail.message
    }

    pub(crate) fn code_name(&self) -> &'static str {
        self.detail.code.unwrap_or(self.detail.kind)
    }
}
