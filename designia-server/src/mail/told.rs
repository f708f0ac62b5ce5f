//! Who is told of a message about an order, and in which words on the site itself.

use designia_core::account::Letter;
use designia_core::effect::MessageKind;
use designia_core::id::SellerId;
use designia_core::notification::NotificationKind;

use super::when::moment;

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Who ordered.
    Buyer,
    /// One of those who sell.
    Seller(SellerId),
    /// Those who run the marketplace.
    Operators,
}

/// A notification in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) kind: NotificationKind,
    pub(super) title: String,
    pub(super) message: String,
}

/// Whom a message is for.
pub(super) const fn audience(message: &MessageKind) -> Audience {
    match message {
        MessageKind::OrderPlaced { .. }
        | MessageKind::PaymentReminder { .. }
        | MessageKind::PaymentReceived { .. }
        | MessageKind::OrderCancelled { .. }
        | MessageKind::OrderReinstated
        | MessageKind::ConsignmentCancelled { .. }
        | MessageKind::Shipped { .. }
        | MessageKind::Delivered { .. }
        | MessageKind::Refunded { .. } => Audience::Buyer,
        MessageKind::SellerOrder { seller } | MessageKind::SellerCancelled { seller, .. } => Audience::Seller(*seller),
        MessageKind::NeedsAttention { .. } => Audience::Operators,
    }
}

/// What a message says on the site itself.
pub(super) fn of_message(message: &MessageKind) -> Words {
    use NotificationKind as Kind;
    match message {
        MessageKind::OrderPlaced { total, pay_by } => {
            words(Kind::OrderPlaced, "Your order", format!("Please pay {total} by {}.", moment(*pay_by)))
        }
        MessageKind::PaymentReminder { total, pay_by } => words(
            Kind::PaymentReminder,
            "Your order is waiting for its payment",
            format!("{total} is still to be paid by {}.", moment(*pay_by)),
        ),
        MessageKind::PaymentReceived { total } => {
            words(Kind::PaymentReceived, "Your payment has arrived", format!("Thank you for {total}."))
        }
        MessageKind::SellerOrder { .. } => {
            words(Kind::SellerOrder, "You have sold something", "Please prepare it and ship it.".to_owned())
        }
        MessageKind::OrderCancelled { reason } => {
            words(Kind::OrderCancelled, "Your order was cancelled", format!("Reason: {reason}."))
        }
        MessageKind::OrderReinstated => words(
            Kind::OrderReinstated,
            "Your order stands after all",
            "Your payment arrived after the order was cancelled.".to_owned(),
        ),
        MessageKind::ConsignmentCancelled { reason, .. } => {
            words(Kind::ConsignmentCancelled, "A part of your order was cancelled", format!("Reason: {reason}."))
        }
        MessageKind::Shipped { carrier, tracking_number, .. } => {
            words(Kind::Shipped, "Your parcel is on its way", format!("{carrier}, {tracking_number}."))
        }
        MessageKind::Delivered { .. } => {
            words(Kind::Delivered, "Your parcel has arrived", "A part of your order was delivered.".to_owned())
        }
        MessageKind::SellerCancelled { reason, .. } => {
            words(Kind::SellerCancelled, "A sale is off", format!("Please don't ship it any more. Reason: {reason}."))
        }
        MessageKind::Refunded { amount } => {
            words(Kind::Refunded, "Your money is on its way back", format!("{amount} goes back the way it came."))
        }
        MessageKind::NeedsAttention { what, deadline } => {
            words(Kind::NeedsAttention, "Money needs a decision", format!("{what}. By {}.", moment(*deadline)))
        }
    }
}

/// What a letter says on the site itself; `None` for what is between the reader and their mailbox.
pub(super) fn of_letter(letter: &Letter) -> Option<Words> {
    use NotificationKind as Kind;
    let told = |kind, title, message: &str| Some(words(kind, title, message.to_owned()));
    match letter {
        Letter::PasswordChanged => told(Kind::Security, "Your password was changed", "All other sessions were ended."),
        Letter::SecondFactorChanged => {
            told(Kind::Security, "Your second factor was changed", "If this was not you, set a new password.")
        }
        Letter::RecoveryCodeUsed { left } => {
            told(Kind::Security, "A recovery code was used", &format!("You have {left} left."))
        }
        Letter::SessionEnded => told(
            Kind::Security,
            "A session was ended",
            "A token of it was used twice. If this was not you, set a new password.",
        ),
        Letter::ApplicationReceived => {
            told(Kind::Application, "Your application has arrived", "You will hear from us.")
        }
        Letter::ApplicationApproved => {
            told(Kind::Application, "You are a seller now", "You can offer your products from now on.")
        }
        Letter::ApplicationRejected { reason } => {
            told(Kind::Application, "Your application was turned down", reason.trim())
        }
        Letter::RevisionRequested { reason } => {
            told(Kind::Application, "Your application is to be changed", reason.trim())
        }
        Letter::ExportReady => told(Kind::DataReady, "Your data are ready", "The copy of your data can be fetched."),
        Letter::Challenge { .. } | Letter::AddressInUse | Letter::Disabled | Letter::Deleted { .. } => None,
    }
}

fn words(kind: NotificationKind, title: &str, message: String) -> Words {
    Words { kind, title: title.to_owned(), message }
}
