//! The names of actions: what is done to what, in words that a program and a person can both read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How long a name may be.
const LONGEST: usize = 64;

/// The text can't be the name of an action, or of an area of actions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}, of at most {} characters", LONGEST)]
pub struct AuditActionError {
    value: String,
    expected: &'static str,
}

/// What was done, as an area and what was done in it: `order.cancel`, `task.retry`, `chat.report.dismiss`. Two or more lower-case
/// words with dots between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditAction(String);

/// The first word of actions: `order` of `order.cancel`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditArea(String);

impl AuditAction {
    /// An action that stands in a program's text.
    ///
    /// # Panics
    /// If the text can't be one, which the first run shows.
    #[must_use]
    pub fn fixed(text: &'static str) -> Self {
        assert!(is_action(text), "`{text}` is not an action");
        Self(text.to_owned())
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first word.
    #[must_use]
    pub fn area(&self) -> AuditArea {
        AuditArea(self.0.split('.').next().unwrap_or_default().to_owned())
    }
}

impl AuditArea {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_action(text: &str) -> bool {
    text.len() <= LONGEST && text.contains('.') && text.split('.').all(is_word)
}

/// A letter, and then letters, digits and underscores.
fn is_word(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.len() <= LONGEST && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(is_allowed)
}

macro_rules! name {
    ($name:ident, $is:ident, $expected:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = AuditActionError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if $is(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(AuditActionError { value: text.chars().take(LONGEST).collect(), expected: $expected })
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

name!(AuditAction, is_action, "an action such as order.cancel");
name!(AuditArea, is_word, "the first word of an action, such as order");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_lower_case_words_with_dots_between_them() {
        for text in ["order.cancel", "task.retry", "chat.report.dismiss", "rates.fetch_now", "a.b2"] {
            let action: AuditAction = text.parse().unwrap();
            assert_eq!(action.to_string(), text);
            assert_eq!(action.area().as_str(), text.split('.').next().unwrap());
        }
        let long = format!("order.{}", "a".repeat(59));
        for wrong in
            ["", "order", "order.", ".cancel", "order..cancel", "Order.cancel", "order.can cel", "1.a", "é.a", &long]
        {
            assert!(wrong.parse::<AuditAction>().is_err(), "{wrong}");
        }
        assert!("order".parse::<AuditArea>().is_ok());
        for wrong in ["order.cancel", "", "ORDER", "order%"] {
            assert!(wrong.parse::<AuditArea>().is_err(), "{wrong}");
        }
    }
}
