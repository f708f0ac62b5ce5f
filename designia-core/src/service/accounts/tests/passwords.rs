//! Passwords: resetting and changing.

use super::super::{AccountError, NewPassword};
use super::site::{PASSWORD, Site, email, here};
use crate::account::{Challenge, Hidden, Letter, Purpose, Standing};
use crate::testing::block_on;
use crate::time::MINUTE;

const NEW: &str = "staple it to the door";

fn reset(site: &Site, name: &str, code: &str, new: &str) -> Result<(), AccountError> {
    block_on(site.accounts.reset_password(&email(name), code, &Hidden::new(new), &here()))
}

/// Defect D-05: the link was printed instead of sent, any password was taken, and sessions lived on.
#[test]
fn a_reset_by_the_link_of_the_mail_ends_every_session_and_obeys_the_rules() {
    let site = Site::new();
    site.somebody("ada");
    let session = site.granted("ada");
    site.ask_reset("ada");
    let challenge = site.mailed_challenge();
    let token = site.key.token(Purpose::ResetPassword, challenge);
    assert!(matches!(reset(&site, "ada", &token, "12345678"), Err(AccountError::Invalid(_))));
    reset(&site, "ada", &token, NEW).unwrap();
    assert!(!site.lives(&session));
    assert!(site.log_in("ada", PASSWORD).is_err() && site.log_in("ada", NEW).is_ok());
    assert_eq!(site.work()[0].letter, Letter::PasswordChanged);
    assert!(matches!(reset(&site, "ada", &token, PASSWORD), Err(AccountError::WrongCode)), "the link is good once");
}

#[test]
fn guessing_the_code_of_a_reset_is_stopped() {
    let site = Site::new();
    site.somebody("ada");
    site.ask_reset("ada");
    let challenge = site.mailed_challenge();
    for _ in 0..Challenge::MAX_ATTEMPTS {
        assert!(matches!(reset(&site, "ada", "000000", NEW), Err(AccountError::WrongCode)));
    }
    let right = site.key.token(Purpose::ResetPassword, challenge);
    assert!(matches!(reset(&site, "ada", &right, NEW), Err(AccountError::WrongCode)));
    assert!(site.log_in("ada", PASSWORD).is_ok());
}

/// Defect D-25: answers told who has an account.
#[test]
fn a_reset_is_the_same_for_an_address_that_nobody_has() {
    let site = Site::new();
    site.somebody("ada");
    site.somebody_who("closed", |it| {
        it.standing = Standing::Disabled { at: crate::time::Timestamp::EPOCH, why: String::new() }
    });
    for name in ["nobody", "closed"] {
        site.ask_reset(name);
    }
    assert_eq!(site.work(), []);
    site.ask_reset("ada");
    site.work();
    for name in ["nobody", "closed", "ada"] {
        let asked = site.hasher.asked();
        assert_eq!(reset(&site, name, "000000", NEW).unwrap_err().to_string(), AccountError::WrongCode.to_string());
        assert_eq!(site.hasher.asked(), (asked.0 + 1, asked.1), "{name}");
    }
}

#[test]
fn a_reset_is_mailed_once_a_minute_however_often_it_is_asked_for() {
    let site = Site::new();
    site.somebody("ada");
    site.ask_reset("ada");
    site.ask_reset("ada");
    assert_eq!(site.work().len(), 1);
    site.clock.advance(MINUTE);
    site.ask_reset("ada");
    assert_eq!(site.work().len(), 1);
}

#[test]
fn a_change_needs_the_old_password_and_ends_every_other_session() {
    let site = Site::new();
    let id = site.somebody("ada");
    let (own, other) = (site.granted("ada"), site.granted("ada"));
    let change = |old: Option<&str>, new: &str| {
        let password = NewPassword { old: old.map(Hidden::new), new: Hidden::new(new) };
        block_on(site.accounts.change_password(id, Some(own.session.id), &password, &here()))
    };
    assert!(matches!(change(None, NEW), Err(AccountError::WrongPassword)));
    assert!(matches!(change(Some("wrong password"), NEW), Err(AccountError::WrongPassword)));
    assert!(matches!(change(Some(PASSWORD), "short"), Err(AccountError::Invalid(_))));
    assert!(matches!(change(Some(PASSWORD), "ada@example.com"), Err(AccountError::Invalid(_))));
    change(Some(PASSWORD), NEW).unwrap();
    assert_eq!([site.lives(&own), site.lives(&other)], [true, false]);
    assert!(site.log_in("ada", NEW).is_ok());
}

#[test]
fn who_has_no_password_sets_one_soon_after_a_log_in() {
    let site = Site::new();
    let vera = "g-1,vera@example.com,verified";
    let (logged_in, _) = block_on(site.accounts.log_in_vouched("google", vera, &here())).unwrap();
    let super::super::LoggedIn::Granted(grant) = logged_in else { panic!("{logged_in:?}") };
    let set = || {
        let password = NewPassword { old: None, new: Hidden::new(NEW) };
        block_on(site.accounts.change_password(grant.account.id, Some(grant.session.id), &password, &here()))
    };
    site.clock.advance(16 * MINUTE);
    assert!(matches!(set(), Err(AccountError::LogInAgain)));
    let (logged_in, _) = block_on(site.accounts.log_in_vouched("google", vera, &here())).unwrap();
    let super::super::LoggedIn::Granted(fresh) = logged_in else { panic!("{logged_in:?}") };
    let password = NewPassword { old: None, new: Hidden::new(NEW) };
    block_on(site.accounts.change_password(grant.account.id, Some(fresh.session.id), &password, &here())).unwrap();
    assert!(site.log_in("vera", NEW).is_ok());
}

#[test]
fn the_password_of_somebody_who_is_logged_in_is_guessed_twenty_times_an_hour_at_most() {
    let site = Site::new();
    let id = site.somebody("ada");
    let guess = || block_on(site.accounts.verify_password(id, &Hidden::new("wrong password")));
    let looked_at = (0..100).filter(|_| matches!(guess(), Err(AccountError::WrongPassword))).count();
    assert_eq!(looked_at, 20);
    assert!(matches!(guess(), Err(AccountError::TooMany { .. })));
}
