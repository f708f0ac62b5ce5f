//! Words that are searched for, and text that is searched in, made alike: lower case, and without the marks above letters.
//! So every store finds the same, whatever its own idea of letters is.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// More words than these don't make a search more precise, but slower.
pub const MAX_SEARCH_WORDS: usize = 12;
/// Letters beyond these are left out of a word.
const MAX_WORD: usize = 40;

/// The words of a search, all of which must be found; the last one may be the beginning of a word.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SearchWords {
    words: Vec<String>,
}

impl SearchWords {
    /// The words of what somebody typed; none if there is no letter or digit in it.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        let folded = search_text(typed);
        let words = folded.split(' ').filter(|word| !word.is_empty()).take(MAX_SEARCH_WORDS);
        Self { words: words.map(|word| word.chars().take(MAX_WORD).collect()).collect() }
    }

    /// The same for suggestions: without a last word of one Latin letter or digit, with which too much begins to be of help.
    #[must_use]
    pub fn for_suggestions(mut self) -> Self {
        self.words.pop_if(|last| last.len() == 1);
        self
    }

    /// Whether there is nothing to search for.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Letters and digits only, in lower case.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Whether all of them are in a text that [`search_text`] made.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        let last = self.words.len().saturating_sub(1);
        self.words.iter().enumerate().all(|(place, word)| {
            text.split(' ').any(|it| if place == last { it.starts_with(word.as_str()) } else { it == word })
        })
    }
}

/// A text as it is searched in: words of lower-case letters and digits, with one space between them.
#[must_use]
pub fn search_text(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            folded.push(letter);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}
