//! The trace that a request belongs to: begun here, or elsewhere by a caller, who tells it by the header `traceparent` of the
//! W3C. It has the same id in problems, in log lines and, where spans are exported, at the collector.

use axum::http::{HeaderMap, HeaderName, StatusCode};
use opentelemetry::Context;
use opentelemetry::trace::{self, SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::edge;

const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// The id of the trace that the request belongs to, in 32 hexadecimal digits.
#[derive(Clone, Debug)]
pub(super) struct TraceId(pub(super) String);

/// Continues the caller's trace, or begins one: that of the exported span if there is one.
pub(super) fn begin(span: &Span, headers: &HeaderMap) -> TraceId {
    let parent = parent(headers);
    if let Some(parent) = parent.clone() {
        // It fails where spans are not exported.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
    let exported = span.context().span().span_context().clone();
    let known = [Some(exported), parent].into_iter().flatten().find(SpanContext::is_valid);
    let id = known.map_or_else(|| edge::request_id().simple().to_string(), |it| it.trace_id().to_string());
    TraceId(id)
}

/// Tells the exported span what is known at the end: a path holds ids, so the span is called after its route.
pub(super) fn end(span: &Span, method: &'static str, route: Option<&str>, status: StatusCode) {
    let context = span.context();
    let exported = context.span();
    if !exported.is_recording() {
        return;
    }
    exported.update_name(route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}")));
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if let Some(route) = route {
        span.set_attribute("http.route", route.to_owned());
    }
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

/// The caller's span, if the header is as the W3C has it.
fn parent(headers: &HeaderMap) -> Option<SpanContext> {
    let parts: Vec<&str> = headers.get(TRACE_PARENT)?.to_str().ok()?.split('-').collect();
    let [version, trace, span, flags, ..] = parts[..] else { return None };
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_known = is_hex(version, 2) && version != "ff" && (version != "00" || parts.len() == 4) && is_hex(flags, 2);
    if !is_known || !is_hex(trace, 32) || !is_hex(span, 16) {
        return None;
    }
    let (trace, span) = (trace::TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE)).filter(SpanContext::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_taken_over_from_a_header_as_the_w3c_has_it_and_from_no_other() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        for (header, is_taken) in [
            (format!("00-{trace}-b7ad6b7169203331-01"), true),
            (format!("01-{trace}-b7ad6b7169203331-01-what-comes-later"), true),
            (format!("00-{trace}-b7ad6b7169203331-01-more"), false),
            (format!("ff-{trace}-b7ad6b7169203331-01"), false),
            (format!("00-{}-b7ad6b7169203331-01", trace.to_uppercase()), false),
            (format!("00-{trace}-0000000000000000-01"), false),
            (format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)), false),
            (format!("00-{trace}-b7ad6b7169203331"), false),
            (trace.to_owned(), false),
        ] {
            let headers = HeaderMap::from_iter([(TRACE_PARENT, header.parse().unwrap())]);
            assert_eq!(begin(&Span::none(), &headers).0 == trace, is_taken, "{header}");
        }
    }
}
