//! The way in. A browser shows its page the code of a close, but nothing of an answer to a request that was not upgraded; so
//! whoever is refused is let in first, told why by the code, and sent away.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use designia_core::id::ConversationId;
use designia_core::service::accounts::Origin;
use serde::Deserialize;

use super::slots::Slot;
use super::wire::{Ended, LARGEST, Wire, code};
use super::{CLOSED, ChatHub, Hub, activity, talk};
use crate::api::auth::origin::From;
use crate::http::auth::Caller;
use crate::http::extract::{Path, Query};
use crate::problem::{Code, Problem};

/// What is read from a connection at once, and how much of what is sent may wait there, in bytes. A socket that says nothing
/// needs little more than the first.
const READ_BUFFER: usize = 2 * 1024;
const WRITE_BUFFER: usize = 4 * 1024;
const MOST_WAITING: usize = 256 * 1024;

/// What comes with the address.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    /// An access token.
    token: Option<String>,
    /// A ticket.
    ticket: Option<String>,
    /// The number of the last message that the client has.
    after: Option<u64>,
}

/// What a socket shows.
#[derive(Clone, Copy, Debug)]
enum Shown {
    Talk(Option<ConversationId>, Option<u64>),
    Activity,
}

/// A conversation as it happens
///
/// A WebSocket. The client sends `{"type":"chat.message","payload":{"text","image_url","client_id"}}`, `chat.typing`, `chat.read`,
/// `{"type":"resume","after":7}` and `ping`; it gets `chat.message` with a gap-free `seq`, `chat.ack` for what it named by
/// `client_id`, `chat.typing`, `chat.read`, `chat.hidden`, `chat.behind`, `pong` and `error`. With `after` everything since that
/// message comes first. Close codes: 4001 log in again, 4003 not yours, 4008 too slow, 4009 silent, 4029 too much, 1012 connect again.
#[utoipa::path(
    get,
    path = "/ws/chat/{conversation}/",
    tag = "chat",
    params(
        ("conversation" = String, Path, description = "The conversation's id."),
        ("token" = Option<String>, Query, description = "An access token; better is a ticket, or the Authorization header."),
        ("ticket" = Option<String>, Query, description = "A ticket from `/api/auth/ws-ticket/`."),
        ("after" = Option<u64>, Query, description = "The `seq` of the last message that the client has."),
    ),
    responses((status = 101, description = "The socket is open; whoever may not use it is told by its close code.")),
    security(("token" = []))
)]
pub(crate) async fn enter_talk(
    State(hub): State<ChatHub>,
    Path(conversation): Path<String>,
    Query(entry): Query<Entry>,
    From(origin): From,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let shown = Shown::Talk(conversation.parse().ok(), entry.after);
    enter(hub, shown, entry, &origin, headers, upgrade).await
}

/// What happens to an account, as it happens
///
/// A WebSocket that begins with `connection_success` and then brings `activity_notification`, `chat.message`,
/// `unread_messages_count_update`, `cart_updated` and `cart_count_update`. The client may send `get_cart_count`,
/// `get_unread_count` and `ping`. Close codes are those of a conversation.
#[utoipa::path(
    get,
    path = "/ws/activity/",
    tag = "chat",
    params(
        ("token" = Option<String>, Query, description = "An access token; better is a ticket, or the Authorization header."),
        ("ticket" = Option<String>, Query, description = "A ticket from `/api/auth/ws-ticket/`."),
    ),
    responses((status = 101, description = "The socket is open; whoever may not use it is told by its close code.")),
    security(("token" = []))
)]
pub(crate) async fn enter_activity(
    State(hub): State<ChatHub>,
    Query(entry): Query<Entry>,
    From(origin): From,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    enter(hub, Shown::Activity, entry, &origin, headers, upgrade).await
}

async fn enter(
    hub: ChatHub,
    shown: Shown,
    entry: Entry,
    origin: &Origin,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return Problem::new(Code::BadRequest, "this is a WebSocket: connect with ws:// or wss://").into_response();
    };
    let admitted = hub.admit(&entry, &headers, origin).await;
    let upgrade = upgrade
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MOST_WAITING);
    upgrade.on_upgrade(move |socket| serve(hub.0, socket, admitted, shown))
}

async fn serve(hub: Arc<Hub>, socket: WebSocket, admitted: Result<(Caller, Slot), Ended>, shown: Shown) {
    let mut wire = Wire::new(socket, hub.limits.patience);
    let ended = match (&admitted, shown) {
        (Ok((caller, _)), Shown::Talk(Some(id), after)) => {
            Box::pin(talk::serve(&hub, &mut wire, caller, id, after)).await
        }
        (Ok((caller, _)), Shown::Activity) => Box::pin(activity::serve(&hub, &mut wire, caller)).await,
        (Ok(_), Shown::Talk(None, _)) => Err(Ended::Close(code::FORBIDDEN, "not your conversation")),
        (Err(ended), _) => Err(*ended),
    };
    if let Err(Ended::Close(code, reason)) = ended {
        hub.ports.metrics.count(CLOSED, &[("code", &code.to_string())], 1);
        wire.close(code, reason).await;
    }
}

impl ChatHub {
    /// Who it is, and a place for them.
    async fn admit(&self, entry: &Entry, headers: &HeaderMap, origin: &Origin) -> Result<(Caller, Slot), Ended> {
        let hub = &self.0;
        if *hub.stop.borrow() {
            return Err(Ended::Close(code::RESTART, "the server restarts"));
        }
        let now = hub.ports.clock.now();
        let taken = hub
            .ports
            .limiter
            .take(&format!("ws-connect:{}", origin.address.as_deref().unwrap_or("unknown")), hub.limits.connects, now)
            .await;
        if taken.is_ok_and(|allowance| !allowance.allowed) {
            return Err(Ended::Close(code::THROTTLED, "too many connections"));
        }
        if !hub.is_known_origin(headers) {
            return Err(Ended::Close(code::FORBIDDEN, "pages of this origin may not connect"));
        }
        let refused = Ended::Close(code::UNAUTHENTICATED, "log in again");
        let caller = match (&entry.ticket, token(entry, headers)) {
            (Some(ticket), _) => self.redeem(ticket).await.ok_or(refused)?,
            (None, Some(token)) => hub.ports.tokens.caller_of(token).await.map_err(|_| refused)?,
            (None, None) => return Err(refused),
        };
        let slot = hub.slots.take(caller.account);
        slot.map(|slot| (caller, slot)).ok_or(Ended::Close(code::THROTTLED, "too many sockets"))
    }
}

impl Hub {
    /// Whether a page may connect: one of an origin that the configuration names, or of this server. Programs send no origin,
    /// and it is the token that lets them in.
    fn is_known_origin(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let own = origin.split_once("://").map(|(_, host)| host);
        (own.is_some() && own == host) || self.limits.origins.iter().any(|known| known == origin)
    }

    /// Whether the other end still lives, and the token still opens doors.
    pub(super) async fn look_after(&self, wire: &mut Wire, caller: &Caller) -> Result<(), Ended> {
        if !self.ports.tokens.still_good(caller).await {
            return Err(Ended::Close(code::UNAUTHENTICATED, "log in again"));
        }
        wire.beat(self.limits.silence).await
    }
}

/// The access token of the address or the header.
fn token<'r>(entry: &'r Entry, headers: &'r HeaderMap) -> Option<&'r str> {
    let bearer = || {
        let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    };
    entry.token.as_deref().or_else(bearer)
}
