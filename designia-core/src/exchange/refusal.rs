//! Rates that were not taken.

use crate::time::Timestamp;

/// A source that was asked for rates and gave none that can be used: it was away, its answer was no rates, or they were too old or
/// had jumped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateRefusal {
    at: Timestamp,
    source: String,
    reason: String,
}

impl RateRefusal {
    /// How many characters the source's name may have.
    pub const MAX_SOURCE: usize = 100;

    /// How many characters the reason may have.
    pub const MAX_REASON: usize = 1_000;

    /// The refusal of what a source gave at this time. Texts that are too long are cut: half a reason is better than none.
    #[must_use]
    pub fn new(at: Timestamp, source: &str, reason: &str) -> Self {
        Self { at, source: cut(source, Self::MAX_SOURCE), reason: cut(reason, Self::MAX_REASON) }
    }

    /// When the source was asked.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Which source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Why, in words.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// What was meant is told by its beginning; a NUL, which some stores can't keep, is replaced.
fn cut(text: &str, most: usize) -> String {
    let text = text.replace('\0', "\u{FFFD}");
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_of_any_length_can_be_kept() {
        let refusal = RateRefusal::new(Timestamp::EPOCH, &"é".repeat(101), &format!("a\0b{}", "x".repeat(5_000)));
        assert_eq!(refusal.source().chars().count(), RateRefusal::MAX_SOURCE);
        assert_eq!(refusal.reason().chars().count(), RateRefusal::MAX_REASON);
        assert!(refusal.reason().starts_with("a\u{FFFD}bx") && refusal.reason().ends_with("x…"));
        assert_eq!(RateRefusal::new(Timestamp::EPOCH, "ecb", "it is away").reason(), "it is away");
    }
}
