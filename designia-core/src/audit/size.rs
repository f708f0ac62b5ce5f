//! How long the texts of an entry may be: checked here for all stores, so that every one refuses the same.

use super::{AuditEntry, AuditOutcome, AuditSubject};
use crate::task::Json;

/// A text of an entry is longer than it may be, empty where it may not, or holds what some stores can't.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} of an audit entry {wrong}")]
pub struct AuditSizeError {
    what: &'static str,
    wrong: String,
}

impl AuditEntry {
    /// How many characters a name, an id or an address may have.
    pub const MAX_NAME: usize = 200;

    /// How many characters a reason may have, the person's or the program's.
    pub const MAX_REASON: usize = 1_000;

    /// How many bytes the detail may have.
    pub const MAX_DETAIL: usize = 16_384;

    /// Whether it can be stored.
    ///
    /// # Errors
    /// The first text that is too long, empty without need, or holds a NUL.
    pub fn check(&self) -> Result<(), AuditSizeError> {
        for (what, text, most, may_be_empty) in self.texts() {
            let wrong = match text.chars().count() {
                0 if !may_be_empty => "is empty".to_owned(),
                length if length > most => format!("has {length} characters, and {most} are the limit"),
                _ if text.contains('\0') => "holds a NUL".to_owned(),
                _ => continue,
            };
            return Err(AuditSizeError { what, wrong });
        }
        let length = self.detail.as_str().len();
        if length > Self::MAX_DETAIL {
            let wrong = format!("has {length} bytes, and {} are the limit", Self::MAX_DETAIL);
            return Err(AuditSizeError { what: "the detail", wrong });
        }
        Ok(())
    }

    /// The same with every text cut to what can be stored, so that nothing that was done goes unrecorded because somebody wrote too
    /// much. A detail that is too long gives way to how long it was.
    #[must_use]
    pub fn cut(mut self) -> Self {
        cut(&mut self.actor_name, Self::MAX_NAME);
        if let Some(AuditSubject { kind, id }) = &mut self.subject {
            cut(kind, Self::MAX_NAME);
            cut(id, Self::MAX_NAME);
        }
        for text in self.request_id.iter_mut().chain(&mut self.from) {
            cut(text, Self::MAX_NAME);
        }
        self.reason.iter_mut().for_each(|reason| cut(reason, Self::MAX_REASON));
        match &mut self.outcome {
            AuditOutcome::Done => {}
            AuditOutcome::Refused(why) | AuditOutcome::Failed(why) => cut(why, Self::MAX_REASON),
        }
        let length = self.detail.as_str().len();
        if length > Self::MAX_DETAIL {
            let told = format!(r#"{{"left_out_bytes":{length}}}"#);
            self.detail = Json::parse(&told).unwrap_or_else(|_| Json::null());
        }
        self
    }

    /// Each text, its name in errors, its limit in characters, and whether it may be empty.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &str, usize, bool)> {
        let subject = self.subject.as_ref();
        [
            ("the name of who did it", Some(self.actor_name.as_str()), Self::MAX_NAME, true),
            ("the kind of the subject", subject.map(|it| it.kind.as_str()), Self::MAX_NAME, false),
            ("the id of the subject", subject.map(|it| it.id.as_str()), Self::MAX_NAME, false),
            ("the reason", self.reason.as_deref(), Self::MAX_REASON, true),
            ("the outcome", self.outcome.why(), Self::MAX_REASON, true),
            ("the id of the request", self.request_id.as_deref(), Self::MAX_NAME, true),
            ("the address", self.from.as_deref(), Self::MAX_NAME, true),
        ]
        .into_iter()
        .filter_map(|(what, text, most, may_be_empty)| Some((what, text?, most, may_be_empty)))
    }
}

fn cut(text: &mut String, most: usize) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{FFFD}");
    }
    if text.chars().count() > most {
        *text = text.chars().take(most - 1).chain(['…']).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::AuditAction;
    use crate::id::{AccountId, AuditId};
    use crate::time::Timestamp;
    use uuid::Uuid;

    fn entry(text: &str) -> AuditEntry {
        AuditEntry {
            id: AuditId::from_uuid(Uuid::nil()),
            at: Timestamp::from_micros(0),
            actor: AccountId::from_uuid(Uuid::nil()),
            actor_name: text.to_owned(),
            action: AuditAction::fixed("order.cancel"),
            subject: Some(AuditSubject::new(text, text)),
            reason: Some(text.to_owned()),
            detail: Json::of(&text).unwrap(),
            outcome: AuditOutcome::Failed(text.to_owned()),
            request_id: Some(text.to_owned()),
            from: Some(text.to_owned()),
        }
    }

    #[test]
    fn limits_are_of_characters_and_what_is_as_long_as_it_may_be_is_kept() {
        let fits = entry(&"é".repeat(AuditEntry::MAX_NAME));
        assert_eq!(fits.check(), Ok(()));
        assert_eq!(fits.clone().cut(), fits);
        let long = AuditEntry { actor_name: "é".repeat(AuditEntry::MAX_NAME + 1), ..entry("a") };
        let told = long.check().unwrap_err().to_string();
        assert_eq!(told, "the name of who did it of an audit entry has 201 characters, and 200 are the limit");
    }

    #[test]
    fn whatever_was_written_can_be_stored_once_it_was_cut() {
        for text in ["x".repeat(20_000), "a\0b".to_owned(), "🏺".repeat(6_000)] {
            let long = entry(&text);
            assert!(long.check().is_err());
            assert_eq!(long.cut().check(), Ok(()));
        }
        let cut = entry(&"x".repeat(20_000)).cut();
        assert_eq!(cut.detail.as_str(), r#"{"left_out_bytes":20002}"#);
        assert!(cut.reason.unwrap().ends_with("x…"));
    }

    #[test]
    fn a_subject_has_a_kind_and_an_id() {
        for (kind, id) in [("", "1"), ("order", "")] {
            assert!(AuditEntry { subject: Some(AuditSubject::new(kind, id)), ..entry("a") }.check().is_err());
        }
    }
}
