//! Text of one line, with which no header can be forged.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One line of text: without line breaks or other control characters, and at most [`Line::MAX`] characters long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Line(String);

impl Line {
    /// How many characters it may have.
    pub const MAX: usize = 200;

    /// This text as one line: whatever is no character to be seen becomes a space, spaces that follow each other become one, and
    /// what is too long is cut with an ellipsis.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let seen = text.split(|c: char| c.is_whitespace() || is_hidden(c)).filter(|word| !word.is_empty());
        let line = seen.collect::<Vec<_>>().join(" ");
        if line.chars().count() <= Self::MAX {
            return Self(line);
        }
        Self(line.chars().take(Self::MAX - 1).chain(['…']).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, the separators of lines and paragraphs, and those that turn the direction of what follows, with which
/// a name could be made to look like another.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<Line> for String {
    fn from(line: Line) -> Self {
        line.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
