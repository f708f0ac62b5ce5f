//! The page on which a buyer pays: plain HTML and one form, so that a browser, `curl` and a test use the same door.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::buyer::{self, Delayed, Refused};
use crate::currency;
use crate::error::ApiError;
use crate::instrument::DelayedMethod;
use crate::resource::payment_intent::IntentStatus;
use crate::resource::session::{LineItem, Session, SessionStatus};
use crate::sandbox::Handle;
use crate::shared::Shared;

const STYLE: &str = include_str!("page.css");

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/c/pay/{id}", get(show).post(submit))
        .route("/c/pay/{id}/cancel", get(cancel))
        .with_state(Handle(shared))
}

/// What the form says. A card number typed by hand wins over the choice.
#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    pay_with: String,
    #[serde(default)]
    card_number: String,
}

async fn show(State(handle): State<Handle>, Path(id): Path<String>) -> Response {
    look_up(&handle, &id).map_or_else(not_found, |view| render(&view, None))
}

async fn submit(State(handle): State<Handle>, Path(id): Path<String>, Form(choice): Form<Choice>) -> Response {
    let paid = pay(&handle, &id, &choice);
    handle.0.until_saved().await;
    let Some(view) = look_up(&handle, &id) else { return not_found() };
    match paid {
        Ok(()) => match landing(&view.session) {
            Some(url) if view.session.status == SessionStatus::Complete => Redirect::to(&url).into_response(),
            Some(_) | None => render(&view, None),
        },
        Err(refused) => render(&view, Some(&refused)),
    }
}

/// The buyer turns back. The session stays open: only its time or the merchant ends it.
async fn cancel(State(handle): State<Handle>, Path(id): Path<String>) -> Response {
    match look_up(&handle, &id).and_then(|view| view.session.cancel_url) {
        Some(url) => Redirect::to(&url).into_response(),
        None => not_found(),
    }
}

fn pay(handle: &Handle, id: &str, choice: &Choice) -> Result<(), Refused> {
    let typed = choice.card_number.trim();
    let tender = match choice.pay_with.split_once(':') {
        _ if !typed.is_empty() => buyer::card(typed)?,
        Some(("card", number)) => buyer::card(number)?,
        Some(("later", method)) => Delayed::new(method).settles_after(86_400, true).tender()?,
        Some(("never", method)) => Delayed::new(method).tender()?,
        Some(("authenticate", answer)) => return handle.settle(id, answer == "yes").map(drop),
        Some(_) | None => return Err(ApiError::refused("Choose how to pay.").into()),
    };
    handle.pay(id, tender, false).map(drop)
}

/// Where the buyer goes after paying.
fn landing(session: &Session) -> Option<String> {
    let url = session.success_url.as_ref().or(session.return_url.as_ref())?;
    Some(url.replace("{CHECKOUT_SESSION_ID}", &session.id))
}

/// A session as its page shows it.
struct View {
    session: Session,
    /// 3-D Secure: the bank waits for the buyer's answer.
    asks: bool,
}

fn look_up(handle: &Handle, id: &str) -> Option<View> {
    handle.0.peek(|world| {
        let session = world.sessions.get(id)?.clone();
        let intent = session.payment_intent.as_deref().and_then(|id| world.intents.get(id));
        let asks = intent.is_some_and(|intent| intent.status == IntentStatus::RequiresAction);
        Some(View { session, asks })
    })
}

fn render(view: &View, refused: Option<&Refused>) -> Response {
    let session = &view.session;
    let total = escape(&currency::display(session.amount, &session.currency));
    let notice =
        refused.map(|refused| format!("<p class=\"refused\" role=\"alert\">{}</p>", escape(refused.message())));
    let (status, rest) = match session.status {
        SessionStatus::Open if view.asks => (StatusCode::OK, question()),
        SessionStatus::Open => (StatusCode::OK, open(session, &total)),
        SessionStatus::Complete => {
            let text = if session.paid { "This order is paid." } else { "The payment is on its way." };
            let back = landing(session).map(|url| format!("<p><a href=\"{}\">Back to the shop</a></p>", escape(&url)));
            (StatusCode::OK, format!("<p class=\"done\">{text}</p>{}", back.unwrap_or_default()))
        }
        SessionStatus::Expired => (StatusCode::GONE, "<p class=\"done\">This payment page has expired.</p>".to_owned()),
    };
    let status = if refused.is_some() { StatusCode::PAYMENT_REQUIRED } else { status };
    let body = format!("{}<h1>{total}</h1>{}{rest}", notice.unwrap_or_default(), lines(session));
    (status, [(header::CACHE_CONTROL, "no-store")], Html(document(&body))).into_response()
}

fn lines(session: &Session) -> String {
    let row = |item: &LineItem| {
        let unit = currency::display(item.unit_amount, &session.currency);
        let total = currency::display(item.total, &session.currency);
        format!(
            "<tr><td>{}<small>{} × {}</small></td><td>{}</td></tr>",
            escape(&item.name),
            item.quantity,
            escape(&unit),
            escape(&total)
        )
    };
    format!("<table>{}</table>", session.items.iter().map(row).collect::<String>())
}

fn open(session: &Session, total: &str) -> String {
    let mut choices = String::new();
    for name in &session.payment_method_types {
        match DelayedMethod::by_name(name) {
            Some(method) => {
                choices.push_str(&choice(
                    &format!("later:{name}"),
                    method.label,
                    "The money arrives after a day.",
                    false,
                ));
                choices.push_str(&choice(&format!("never:{name}"), method.label, "The money never arrives.", false));
            }
            None => choices.push_str(&cards()),
        }
    }
    let cancel = session
        .cancel_url
        .as_ref()
        .map(|_| format!("<p><a href=\"/c/pay/{}/cancel\">Back to the shop</a></p>", escape(&session.id)));
    format!(
        "<form method=\"post\">{choices}<label class=\"number\">Another card number\
         <input name=\"card_number\" inputmode=\"numeric\" autocomplete=\"off\" placeholder=\"4242 4242 4242 4242\"></label>\
         <button>Pay {total}</button></form>{}",
        cancel.unwrap_or_default()
    )
}

fn question() -> String {
    let yes = choice("authenticate:yes", "It is me", "The bank lets the payment through.", true);
    let no = choice("authenticate:no", "It is not me", "The bank refuses.", false);
    format!(
        "<p class=\"done\">Your bank asks whether it is you.</p><form method=\"post\">{yes}{no}<button>Answer</button></form>"
    )
}

fn cards() -> String {
    [
        choice("card:4242424242424242", "Card 4242 4242 4242 4242", "Is charged.", true),
        choice("card:4000000000000002", "Card 4000 0000 0000 0002", "Is declined.", false),
        choice("card:4000000000009995", "Card 4000 0000 0000 9995", "Has insufficient funds.", false),
    ]
    .concat()
}

fn choice(value: &str, label: &str, hint: &str, checked: bool) -> String {
    let checked = if checked { " checked" } else { "" };
    format!(
        "<label><input type=\"radio\" name=\"pay_with\" value=\"{value}\"{checked}><span>{label}<small>{hint}</small></span></label>"
    )
}

fn document(body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sandbox checkout</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
         <body><main><p class=\"banner\">Sandbox: no money moves here.</p>{body}</main></body></html>"
    )
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Html(document("<p class=\"done\">There is no such payment page.</p>"))).into_response()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
