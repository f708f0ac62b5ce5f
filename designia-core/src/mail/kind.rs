//! What a mail is about.

use crate::account::{Letter, Purpose};
use crate::effect::MessageKind;
use crate::notification::NotificationKind;
use crate::words::words;

words! {
    /// What a mail is about.
    MailKind {
        /// A link that shows that an address is its owner's.
        VerifyEmail => "verify_email",
        /// A code to log in with.
        LogInCode => "log_in_code",
        /// A code to turn the second factor on with.
        EnableSecondFactor => "enable_second_factor",
        /// A code to turn the second factor off with.
        DisableSecondFactor => "disable_second_factor",
        /// A link to set a new password with.
        ResetPassword => "reset_password",
        /// Somebody tried to register with an address that has an account.
        AddressInUse => "address_in_use",
        /// The password was changed.
        PasswordChanged => "password_changed",
        /// The second factor was changed.
        SecondFactorChanged => "second_factor_changed",
        /// A recovery code was used.
        RecoveryCodeUsed => "recovery_code_used",
        /// A session was ended because somebody may have had a copy of its token.
        SessionEnded => "session_ended",
        /// An application has arrived.
        ApplicationReceived => "application_received",
        /// An application was approved.
        ApplicationApproved => "application_approved",
        /// An application was turned down.
        ApplicationRejected => "application_rejected",
        /// An application is to be changed.
        RevisionRequested => "revision_requested",
        /// An account was closed by those who run the marketplace.
        AccountDisabled => "account_disabled",
        /// An account is gone.
        AccountDeleted => "account_deleted",
        /// Data can be fetched.
        ExportReady => "export_ready",
        /// An order stands and is to be paid.
        OrderPlaced => "order_placed",
        /// An order is still unpaid.
        PaymentReminder => "payment_reminder",
        /// An order is paid.
        Receipt => "receipt",
        /// Something was sold.
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
        /// A sale is off.
        SellerCancelled => "seller_cancelled",
        /// Money is on its way back.
        Refunded => "refunded",
        /// Money needs a person.
        NeedsAttention => "needs_attention",
    }
}

impl MailKind {
    /// Whether the mail holds something that opens something: what it says is kept nowhere but where it is read.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        match self {
            Self::VerifyEmail
            | Self::LogInCode
            | Self::EnableSecondFactor
            | Self::DisableSecondFactor
            | Self::ResetPassword => true,
            Self::AddressInUse
            | Self::PasswordChanged
            | Self::SecondFactorChanged
            | Self::RecoveryCodeUsed
            | Self::SessionEnded
            | Self::ApplicationReceived
            | Self::ApplicationApproved
            | Self::ApplicationRejected
            | Self::RevisionRequested
            | Self::AccountDisabled
            | Self::AccountDeleted
            | Self::ExportReady
            | Self::OrderPlaced
            | Self::PaymentReminder
            | Self::Receipt
            | Self::SellerOrder
            | Self::OrderCancelled
            | Self::OrderReinstated
            | Self::ConsignmentCancelled
            | Self::Shipped
            | Self::Delivered
            | Self::SellerCancelled
            | Self::Refunded
            | Self::NeedsAttention => false,
        }
    }

    /// What a challenge for this is sent as.
    #[must_use]
    pub const fn of_challenge(purpose: Purpose) -> Self {
        match purpose {
            Purpose::VerifyEmail => Self::VerifyEmail,
            Purpose::LogIn => Self::LogInCode,
            Purpose::EnableSecondFactor => Self::EnableSecondFactor,
            Purpose::DisableSecondFactor => Self::DisableSecondFactor,
            Purpose::ResetPassword => Self::ResetPassword,
        }
    }

    /// What a letter is sent as; `None` if that depends on the challenge that it is about.
    #[must_use]
    pub const fn of_letter(letter: &Letter) -> Option<Self> {
        Some(match letter {
            Letter::Challenge { .. } => return None,
            Letter::AddressInUse => Self::AddressInUse,
            Letter::PasswordChanged => Self::PasswordChanged,
            Letter::SecondFactorChanged => Self::SecondFactorChanged,
            Letter::RecoveryCodeUsed { .. } => Self::RecoveryCodeUsed,
            Letter::SessionEnded => Self::SessionEnded,
            Letter::ApplicationReceived => Self::ApplicationReceived,
            Letter::ApplicationApproved => Self::ApplicationApproved,
            Letter::ApplicationRejected { .. } => Self::ApplicationRejected,
            Letter::RevisionRequested { .. } => Self::RevisionRequested,
            Letter::Disabled => Self::AccountDisabled,
            Letter::ExportReady => Self::ExportReady,
            Letter::Deleted { .. } => Self::AccountDeleted,
        })
    }

    /// What a message about an order is sent as.
    #[must_use]
    pub const fn of_message(message: &MessageKind) -> Self {
        match message {
            MessageKind::OrderPlaced { .. } => Self::OrderPlaced,
            MessageKind::PaymentReminder { .. } => Self::PaymentReminder,
            MessageKind::PaymentReceived { .. } => Self::Receipt,
            MessageKind::SellerOrder { .. } => Self::SellerOrder,
            MessageKind::OrderCancelled { .. } => Self::OrderCancelled,
            MessageKind::OrderReinstated => Self::OrderReinstated,
            MessageKind::ConsignmentCancelled { .. } => Self::ConsignmentCancelled,
            MessageKind::Shipped { .. } => Self::Shipped,
            MessageKind::Delivered { .. } => Self::Delivered,
            MessageKind::SellerCancelled { .. } => Self::SellerCancelled,
            MessageKind::Refunded { .. } => Self::Refunded,
            MessageKind::NeedsAttention { .. } => Self::NeedsAttention,
        }
    }

    /// Whether somebody may ask not to get such mail, and as what; `None` for what is about safety or money that has moved, which
    /// nobody can turn off.
    #[must_use]
    pub const fn mutable(self) -> Option<NotificationKind> {
        match self {
            Self::OrderPlaced => Some(NotificationKind::OrderPlaced),
            Self::PaymentReminder => Some(NotificationKind::PaymentReminder),
            Self::SellerOrder => Some(NotificationKind::SellerOrder),
            Self::Shipped => Some(NotificationKind::Shipped),
            Self::Delivered => Some(NotificationKind::Delivered),
            Self::VerifyEmail
            | Self::LogInCode
            | Self::EnableSecondFactor
            | Self::DisableSecondFactor
            | Self::ResetPassword
            | Self::AddressInUse
            | Self::PasswordChanged
            | Self::SecondFactorChanged
            | Self::RecoveryCodeUsed
            | Self::SessionEnded
            | Self::ApplicationReceived
            | Self::ApplicationApproved
            | Self::ApplicationRejected
            | Self::RevisionRequested
            | Self::AccountDisabled
            | Self::AccountDeleted
            | Self::ExportReady
            | Self::Receipt
            | Self::OrderCancelled
            | Self::OrderReinstated
            | Self::ConsignmentCancelled
            | Self::SellerCancelled
            | Self::Refunded
            | Self::NeedsAttention => None,
        }
    }
}
