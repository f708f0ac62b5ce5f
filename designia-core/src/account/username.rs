//! The name that others see.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A public name, unique whatever its case: compare and look up by [`Username::key`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

/// The text can't be a public name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {} characters: letters, digits and . _ + -", Username::MAX)]
pub struct UsernameError;

impl Username {
    /// A name has at most so many characters.
    pub const MAX: usize = 60;

    /// What the name is looked up by: in lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// As its owner writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name made of what somebody wished for: what can't be in a name is left out, and `suffix` is put behind it, so that a name
    /// that is taken doesn't stop a registration. `person` if nothing is left.
    #[must_use]
    pub fn near(wish: &str, suffix: &str) -> Self {
        let is_fit = |c: &char| is_allowed(*c);
        let suffix: String = suffix.chars().filter(is_fit).take(Self::MAX / 2).collect();
        let room = Self::MAX.saturating_sub(suffix.chars().count());
        let stem: String = wish.chars().filter(is_fit).take(room).collect();
        Self(if stem.is_empty() { format!("person{suffix}") } else { stem + &suffix })
    }
}

fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || "._+-".contains(c)
}

impl FromStr for Username {
    type Err = UsernameError;

    fn from_str(text: &str) -> Result<Self, UsernameError> {
        let is_fit = (1..=Self::MAX).contains(&text.chars().count()) && text.chars().all(is_allowed);
        if is_fit { Ok(Self(text.to_owned())) } else { Err(UsernameError) }
    }
}

impl TryFrom<String> for Username {
    type Error = UsernameError;

    fn try_from(text: String) -> Result<Self, UsernameError> {
        text.parse()
    }
}

impl From<Username> for String {
    fn from(name: Username) -> Self {
        name.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
