//! Which passwords are taken: long enough, and not among the first that anybody would try.

use crate::account::{Account, Email, Hidden};

/// Fewest characters.
const SHORTEST: usize = 8;

/// Most characters: whoever hashes them has to read them.
const LONGEST: usize = 128;

/// The passwords that turn up most in lists of stolen ones, as far as they are long enough otherwise.
const COMMON: &str = include_str!("common_passwords.txt");

/// What is known about whose password it is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub(super) email: Option<&'a Email>,
    pub(super) names: [&'a str; 3],
}

impl<'a> About<'a> {
    pub(super) fn account(account: &'a Account) -> Self {
        let names = [account.username.as_str(), account.first_name.as_str(), account.last_name.as_str()];
        Self { email: Some(&account.email), names }
    }
}

/// The rule that the password breaks, if it breaks one.
pub(super) fn broken_rule(password: &Hidden, about: About<'_>) -> Option<String> {
    let text = password.expose();
    let length = text.chars().count();
    if length < SHORTEST {
        return Some(format!("must have at least {SHORTEST} characters"));
    }
    if length > LONGEST {
        return Some(format!("must have at most {LONGEST} characters"));
    }
    let lower = text.to_lowercase();
    let is_personal =
        about.email.is_some_and(|email| lower == email.key() || lower == email.local_part().to_lowercase())
            || about.names.iter().any(|name| lower == name.to_lowercase());
    if is_personal {
        return Some("must not be the e-mail address or a name".to_owned());
    }
    let first = lower.chars().next();
    let is_one_character = lower.chars().all(|c| Some(c) == first);
    if is_one_character || COMMON.lines().any(|common| common == lower) {
        return Some("is one of the most common passwords".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_try_first_is_not_taken() {
        let email: Email = "ada.lovelace@example.com".parse().unwrap();
        let about = About { email: Some(&email), names: ["countess1", "Augusta Ada", ""] };
        let long = "x1".repeat(65);
        for bad in [
            "",
            "short7!",
            "password",
            "PassWord1",
            "12345678",
            "qwertyuiop",
            "aaaaaaaaaa",
            "ada.lovelace@example.com",
            "Ada.Lovelace",
            "COUNTESS1",
            "augusta ada",
            &long,
        ] {
            assert!(broken_rule(&Hidden::new(bad), about).is_some(), "{bad}");
        }
        for good in ["correct horse battery staple", "ünïcödé!", "a1b2c3d4e5", &"x1".repeat(64)] {
            assert_eq!(broken_rule(&Hidden::new(good), about), None, "{good}");
        }
        assert!(COMMON.lines().all(|line| line.chars().count() >= SHORTEST && line == line.to_lowercase()));
    }
}
