//! Names of kinds, queues, schedules and workers: short words that are safe in a key, a path and a log.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text can't be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}: 1 to 128 letters, digits and `. _ - : @`")]
pub struct NameError {
    value: String,
    expected: &'static str,
}

impl NameError {
    fn of(text: &str, expected: &'static str) -> Self {
        Self { value: text.chars().take(128).collect(), expected }
    }
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:@".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn parse(text: &str, expected: &'static str) -> Result<Arc<str>, NameError> {
    if is_name(text) { Ok(text.into()) } else { Err(NameError::of(text, expected)) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// A name that stands in a program's text.
            ///
            /// # Panics
            /// If the text can't be a name, which the first run shows.
            #[must_use]
            pub fn fixed(text: &'static str) -> Self {
                assert!(is_name(text), "{}", NameError::of(text, $what));
                Self(text.into())
            }

            /// The name's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text, $what).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// What a task is about, such as `orders.expire_due`: the name under which a handler is registered.
    KindName,
    "a kind of task"
);
name!(
    /// Where tasks wait, such as `payment_tasks`.
    QueueName,
    "a queue"
);
name!(
    /// A schedule, such as `rates.update`.
    ScheduleName,
    "a schedule"
);
name!(
    /// One worker process, such as `node-1:4711`.
    WorkerName,
    "a worker"
);
