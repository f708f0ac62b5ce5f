//! Identifiers as distinct types, so that a seller can't be passed where a buyer is meant.
//!
//! Ids are made by the [`IdGenerator`](crate::ports::IdGenerator) port and handed in; nothing here is random.
//! Inside one order, attempts and refunds are numbered instead: the number is the order's own, so the idempotency key of
//! an outside call follows from the row that causes it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}")]
pub struct IdParseError {
    value: String,
    expected: &'static str,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID of any version.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| IdParseError { value: text.to_owned(), expected: concat!($what, " (a UUID)") })
            }
        }
    };
}

uuid_id!(
    /// One order of one buyer, from one or several sellers.
    OrderId,
    "an order id"
);
uuid_id!(
    /// One product of one seller.
    ProductId,
    "a product id"
);
uuid_id!(
    /// The person who orders and pays.
    BuyerId,
    "a buyer id"
);
uuid_id!(
    /// The person or shop who sells and ships.
    SellerId,
    "a seller id"
);

uuid_id!(
    /// One person with an account, who may buy and sell: the same UUID is theirs as a [`BuyerId`] and as a [`SellerId`].
    AccountId,
    "an account id"
);
uuid_id!(
    /// One log-in of one account, through all the tokens that follow from it.
    SessionId,
    "a session id"
);
uuid_id!(
    /// Something that a person is asked to prove by a code or a link.
    ChallengeId,
    "a challenge id"
);
uuid_id!(
    /// One request to become a seller.
    ApplicationId,
    "an application id"
);
uuid_id!(
    /// A conversation of two people.
    ConversationId,
    "a conversation id"
);
uuid_id!(
    /// One message of a conversation.
    MessageId,
    "a message id"
);
uuid_id!(
    /// A complaint about a message.
    ReportId,
    "a report id"
);
uuid_id!(
    /// Something that an account is told.
    NotificationId,
    "a notification id"
);
uuid_id!(
    /// One e-mail.
    MailId,
    "a mail id"
);
uuid_id!(
    /// One thing that somebody of the staff did.
    AuditId,
    "an audit id"
);

impl AccountId {
    /// The account as one that buys.
    #[must_use]
    pub const fn buyer(self) -> BuyerId {
        BuyerId(self.0)
    }

    /// The account as one that sells.
    #[must_use]
    pub const fn seller(self) -> SellerId {
        SellerId(self.0)
    }
}

impl From<BuyerId> for AccountId {
    fn from(id: BuyerId) -> Self {
        Self(id.0)
    }
}

impl From<SellerId> for AccountId {
    fn from(id: SellerId) -> Self {
        Self(id.0)
    }
}

uuid_id!(
    /// A background task.
    TaskId,
    "a task id"
);

impl TaskId {
    /// Where the ids of a moment begin, of tasks whose ids rise with time as those of UUID version 7 do. Before 1970 it is the
    /// lowest of all.
    #[must_use]
    pub fn lowest_at(at: crate::time::Timestamp) -> Self {
        let millis = u128::try_from(at.as_micros().div_euclid(1_000)).unwrap_or(0);
        Self(Uuid::from_u128(millis << 80))
    }

    /// The id of a schedule's task for one moment: always the same one, so that a moment can't be asked for twice. It sorts by
    /// the moment, as ids of UUID version 7 do.
    #[must_use]
    pub fn of_slot(schedule: &str, at: crate::time::Timestamp) -> Self {
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("designia:{schedule}:{}", at.as_micros()).as_bytes());
        let mut bytes = *hash.as_bytes();
        let millis = u64::try_from(at.as_micros().div_euclid(1_000)).unwrap_or(0);
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6] = 0x80 | (bytes[6] & 0x0f);
        Self(Uuid::from_bytes(bytes))
    }
}

macro_rules! ordinal {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(u16);

        impl $name {
            /// The first of an order.
            pub const FIRST: Self = Self(1);

            /// Wraps a number; the first is 1.
            #[must_use]
            pub const fn new(number: u16) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u16 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse()
                    .map(Self)
                    .map_err(|_| IdParseError { value: text.to_owned(), expected: concat!($what, " (1 to 65535)") })
            }
        }
    };
}

ordinal!(
    /// The number of a payment attempt within its order, from 1.
    AttemptNo,
    "an attempt number"
);
ordinal!(
    /// The number of a refund within its order, from 1.
    RefundNo,
    "a refund number"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = OrderId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_bad_id_is_refused_naming_the_value() {
        let error = "42".parse::<SellerId>().unwrap_err();
        assert_eq!(error.to_string(), "`42` is not a seller id (a UUID)");
    }
}
