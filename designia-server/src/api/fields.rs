//! Rules of single text fields.

use designia_core::time::{Date, Timestamp};

use crate::problem::Problem;

/// What somebody wrote into a field, unless they left it empty: a form sends every field.
pub(super) fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// When a day begins in UTC.
pub(super) fn day(field: &str, text: &str) -> Result<Timestamp, Problem> {
    let date = text.parse::<Date>().map_err(|error| Problem::field(field, error.to_string()))?;
    Ok(date.start())
}

/// Text that must say something, in at most so many characters and without control characters.
pub(super) fn text(field: &str, value: String, most: usize) -> Result<String, Problem> {
    let value = optional_text(field, Some(value), most)?;
    if value.is_empty() { Err(Problem::field(field, "must not be empty")) } else { Ok(value) }
}

/// The same, but it may be empty or left out.
pub(super) fn optional_text(field: &str, value: Option<String>, most: usize) -> Result<String, Problem> {
    let value = value.unwrap_or_default();
    let value = value.trim();
    if value.chars().count() > most {
        return Err(Problem::field(field, format!("must be at most {most} characters")));
    }
    if value.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Problem::field(field, "must not contain control characters"));
    }
    Ok(value.to_owned())
}

/// Something that looks like an e-mail address; whether it is one, only a mail to it can tell.
pub(super) fn email(field: &str, value: String) -> Result<String, Problem> {
    let value = text(field, value, 254)?;
    let fits = value.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    });
    if fits && value.matches('@').count() == 1 && !value.contains(char::is_whitespace) {
        Ok(value)
    } else {
        Err(Problem::field(field, "must be an e-mail address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_bounded() {
        assert_eq!(text("name", "  Ada ".to_owned(), 10).unwrap(), "Ada");
        for (value, told) in [
            ("  ", "name: must not be empty"),
            ("abcdef", "name: must be at most 5 characters"),
            ("a\u{0}b", "name: must not contain control characters"),
        ] {
            assert_eq!(text("name", value.to_owned(), 5).unwrap_err().detail(), told);
        }
        assert_eq!(optional_text("name", None, 5).unwrap(), "");
    }

    #[test]
    fn an_address_needs_a_local_part_and_a_domain() {
        assert!(email("email", "ada@example.com".to_owned()).is_ok());
        for value in ["ada", "@example.com", "ada@example", "a da@example.com", "a@b@example.com", "ada@.com"] {
            assert!(email("email", value.to_owned()).is_err(), "{value}");
        }
    }
}
