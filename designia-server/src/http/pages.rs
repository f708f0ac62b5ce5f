//! Where buyers land after the payment page, unless the shop has pages of its own.
//!
//! Anybody can open these addresses, so they tell nothing about the order and change nothing: what was paid is known from
//! the provider, not from the buyer's return.

use std::future::{Ready, ready};

use axum::Router;
use axum::body::Body;
use axum::http::{Response, header};
use axum::response::IntoResponse;
use axum::routing::get;

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(
            "/checkout/confirmation/{id}",
            get(|| page("Thank you", "The payment is being confirmed. You can close this page.")),
        )
        .route("/checkout/cancelled/{id}", get(|| page("Not paid yet", "Your order waits until its payment deadline.")))
}

fn page(title: &str, text: &str) -> Ready<Response<Body>> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><h1>{title}</h1><p>{text}</p></html>"
    );
    ready(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}
