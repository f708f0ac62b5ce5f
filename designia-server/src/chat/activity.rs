//! The socket of an account: what happens to it anywhere, as it happens.

use designia_core::notification::activity_channel;
use tokio::time::{Instant, sleep_until};

use super::frames::{Answer, Question};
use super::rooms::Heard;
use super::wire::{Ended, Incoming, Wire, code};
use super::{Hub, stopped};
use crate::http::auth::Caller;

/// Serves a socket until it ends.
pub(super) async fn serve(hub: &Hub, wire: &mut Wire, caller: &Caller) -> Result<(), Ended> {
    let mut seat = hub.rooms.enter(&activity_channel(caller.account)).await;
    let (cart_count, unread_messages_count) = (cart_count(hub, caller).await, unread(hub, caller).await);
    let user_id = caller.account;
    let message = "connected";
    wire.tell(Answer::Connected { user_id, cart_count, unread_messages_count, message }.text()).await?;
    let mut stop = hub.stop.subscribe();
    let mut beat_at = Instant::now() + hub.limits.beat;
    loop {
        tokio::select! {
            incoming = wire.next() => match incoming? {
                Incoming::Text(text) => answer(hub, wire, caller, &text).await?,
                Incoming::TooFast => wire.tell(Answer::error("throttled", "too many frames").text()).await?,
            },
            heard = seat.hear() => match heard {
                Heard::Frame(text, _) => wire.tell(text).await?,
                // What was told meanwhile is listed elsewhere; the counts say whether it is worth a look.
                Heard::Missed => {
                    tell_unread(hub, wire, caller).await?;
                    tell_cart(hub, wire, caller).await?;
                }
            },
            () = sleep_until(beat_at) => {
                hub.look_after(wire, caller).await?;
                beat_at = Instant::now() + hub.limits.beat;
            }
            () = stopped(&mut stop) => return Err(Ended::Close(code::RESTART, "the server restarts")),
        }
    }
}

async fn answer(hub: &Hub, wire: &mut Wire, caller: &Caller, text: &str) -> Result<(), Ended> {
    match serde_json::from_str(text) {
        Ok(Question::GetCartCount) => tell_cart(hub, wire, caller).await,
        Ok(Question::GetUnreadCount) => tell_unread(hub, wire, caller).await,
        Ok(Question::Ping) => wire.tell(Answer::Pong.text()).await,
        Ok(Question::Unknown) => Ok(()),
        Err(_) => wire.tell(Answer::error("invalid", "that is not a JSON object with a type").text()).await,
    }
}

async fn tell_cart(hub: &Hub, wire: &mut Wire, caller: &Caller) -> Result<(), Ended> {
    let cart_count = cart_count(hub, caller).await;
    wire.tell(Answer::CartCount { cart_count }.text()).await
}

async fn tell_unread(hub: &Hub, wire: &mut Wire, caller: &Caller) -> Result<(), Ended> {
    let unread_messages_count = unread(hub, caller).await;
    wire.tell(Answer::Unread { unread_messages_count }.text()).await
}

/// How many things are in the cart; none if that can't be told now.
async fn cart_count(hub: &Hub, caller: &Caller) -> u64 {
    match hub.ports.carts.cart(caller.account).await {
        Ok(cart) => cart.lines.iter().map(|line| u64::from(line.quantity)).sum(),
        Err(error) => {
            tracing::warn!(%error, "a cart could not be counted");
            0
        }
    }
}

/// How many messages are unread; none if that can't be told now.
async fn unread(hub: &Hub, caller: &Caller) -> u64 {
    hub.ports.chat.unread(caller.account).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "unread messages could not be counted");
        0
    })
}
