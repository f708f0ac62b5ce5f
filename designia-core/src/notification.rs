//! What an account is told on the marketplace itself: kept until it is old, listed, and pushed to whoever is looking.
//!
//! A notification is a pointer to something that happened elsewhere, so none of it decides anything: losing one costs a look at
//! the page that it points to.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, NotificationId};
use crate::task::Json;
use crate::time::Timestamp;
use crate::words::words;

/// One thing that an account was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id, which follows from what caused it, so that it is told once.
    pub id: NotificationId,
    /// Whom.
    pub account: AccountId,
    /// What about.
    pub kind: NotificationKind,
    /// A few words; plain text, at most [`Notification::MAX_TITLE`] characters.
    pub title: String,
    /// A sentence or two; plain text, at most [`Notification::MAX_MESSAGE`] characters.
    pub message: String,
    /// What a program needs to lead there: a JSON object of ids and amounts.
    pub data: Json,
    /// When it was told.
    pub created_at: Timestamp,
    /// When it was first read.
    pub read_at: Option<Timestamp>,
}

words! {
    /// What a notification is about. A client picks an icon and a page by it.
    NotificationKind {
        /// An order of one's own stands and is to be paid.
        OrderPlaced => "order_placed",
        /// An order of one's own is still unpaid.
        PaymentReminder => "payment_reminder",
        /// An order of one's own is paid.
        PaymentReceived => "payment_received",
        /// Something was sold and is to be shipped.
        SellerOrder => "seller_order",
        /// An order is cancelled.
        OrderCancelled => "order_cancelled",
        /// An order that was cancelled stands again.
        OrderReinstated => "order_reinstated",
        /// One seller's part of an order is cancelled.
        ConsignmentCancelled => "consignment_cancelled",
        /// A parcel is on its way.
        Shipped => "shipped",
        /// A parcel has arrived.
        Delivered => "delivered",
        /// A sale is off, and nothing is to be shipped any more.
        SellerCancelled => "seller_cancelled",
        /// Money is on its way back.
        Refunded => "refunded",
        /// Money needs a person.
        NeedsAttention => "needs_attention",
        /// Somebody wrote a message.
        ChatMessage => "chat_message",
        /// Something in a conversation is to be looked at, or was dealt with.
        Moderation => "moderation",
        /// How the application to become a seller stands.
        Application => "application",
        /// Something about the account's safety.
        Security => "security",
        /// Data that were asked for can be fetched, or an import has ended.
        DataReady => "data_ready",
        /// Somebody reviewed a product of one's own, or answered.
        Review => "review",
    }
}

impl Notification {
    /// How many characters a title may have.
    pub const MAX_TITLE: usize = 200;

    /// How many characters a message may have.
    pub const MAX_MESSAGE: usize = 2_000;
}

/// The channel on which everything that should reach an account at once is published, as JSON objects with a `type`.
#[must_use]
pub fn activity_channel(account: AccountId) -> String {
    format!("activity:{account}")
}
