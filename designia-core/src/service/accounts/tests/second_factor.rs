//! The second factor: what shows it, how often it may be guessed, and that nothing shows it twice.

#![expect(clippy::unwrap_used, reason = "what tests have in common")]

use super::super::{AccountError, FactorPurpose};
use super::site::{PASSWORD, Site, email, from, here};
use crate::account::{Challenge, Hidden, Letter, Purpose};
use crate::id::{AccountId, ChallengeId};
use crate::ports::{AccountStore, Clock};
use crate::testing::{GlassVault, block_on};
use crate::time::{HOUR, MINUTE};

fn with_program(site: &Site, name: &str) -> (AccountId, Vec<String>) {
    let id = site.somebody(name);
    block_on(site.accounts.begin_totp(id, None, Some(&Hidden::new(PASSWORD)))).unwrap();
    let codes = block_on(site.accounts.confirm_totp(id, &now_code(site), &here())).unwrap();
    site.work();
    site.clock.advance(MINUTE);
    (id, codes)
}

fn now_code(site: &Site) -> String {
    GlassVault::code_at(site.clock.now())
}

fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 500_000) % 1_000_000)
}

#[test]
fn codes_by_mail_are_turned_on_by_one_and_asked_for_from_then_on() {
    let site = Site::new();
    let id = site.somebody("ada");
    block_on(site.accounts.send_factor_code(id, FactorPurpose::Enable)).unwrap();
    block_on(site.accounts.send_factor_code(id, FactorPurpose::Enable)).unwrap();
    let challenge = site.mailed_challenge();
    let code = site.code(Purpose::EnableSecondFactor, challenge);
    assert!(matches!(block_on(site.accounts.enable_factor(id, &wrong(&code), &here())), Err(AccountError::WrongCode)));
    block_on(site.accounts.enable_factor(id, &code, &here())).unwrap();
    assert!(matches!(block_on(site.accounts.enable_factor(id, &code, &here())), Err(AccountError::WrongCode)), "once");
    assert_eq!(site.work()[0].letter, Letter::SecondFactorChanged);
    let step = site.second_step("ada");
    assert_eq!((step.by_mail, step.by_totp, step.code_already_sent), (true, false, false));
    assert_eq!(site.mailed_challenge(), step.challenge);
    let grant = site.step(step.challenge, &site.code(Purpose::LogIn, step.challenge)).unwrap();
    assert!(site.lives(&grant));
    assert!(matches!(
        site.step(step.challenge, &site.code(Purpose::LogIn, step.challenge)),
        Err(AccountError::WrongCode)
    ));
}

/// Defect D-04: a million codes could be tried within ten minutes.
#[test]
fn a_code_is_dead_after_five_guesses_and_an_account_takes_twenty_an_hour() {
    let site = Site::new();
    site.somebody_with_codes("ada");
    let step = site.second_step("ada");
    let code = site.code(Purpose::LogIn, step.challenge);
    for _ in 0..Challenge::MAX_ATTEMPTS {
        assert!(matches!(site.step(step.challenge, &wrong(&code)), Err(AccountError::WrongCode)));
    }
    assert!(matches!(site.step(step.challenge, &code), Err(AccountError::WrongCode)), "the right one comes too late");
    assert!(matches!(site.log_in("ada", PASSWORD), Err(AccountError::TooMany { .. })), "and no other for a minute");
    let mut looked_at = Challenge::MAX_ATTEMPTS + 1;
    for place in 0..30 {
        site.clock.advance(MINUTE);
        let step =
            block_on(site.accounts.log_in(&email("ada"), &Hidden::new(PASSWORD), &from(&format!("192.0.2.{place}"))));
        let Ok(super::super::LoggedIn::SecondFactor(step)) = step else { break };
        for _ in 0..Challenge::MAX_ATTEMPTS {
            let code = site.code(Purpose::LogIn, step.challenge);
            let guessed =
                block_on(site.accounts.verify_second_factor(step.challenge, &wrong(&code), &from("198.51.100.1")));
            looked_at += u32::from(matches!(guessed, Err(AccountError::WrongCode)));
        }
    }
    assert!(looked_at <= 2 * 20, "{looked_at} guesses in half an hour");
}

#[test]
fn the_fifth_guess_may_be_the_right_one() {
    let site = Site::new();
    site.somebody_with_codes("ada");
    let step = site.second_step("ada");
    let code = site.code(Purpose::LogIn, step.challenge);
    for _ in 1..Challenge::MAX_ATTEMPTS {
        assert!(site.step(step.challenge, &wrong(&code)).is_err());
    }
    assert!(site.step(step.challenge, &code).is_ok());
}

#[test]
fn within_a_minute_the_code_that_is_under_way_serves_again() {
    let site = Site::new();
    site.somebody_with_codes("ada");
    let first = site.second_step("ada");
    let again = site.second_step("ada");
    assert_eq!((again.challenge, again.code_already_sent), (first.challenge, true));
    assert_eq!(site.work().len(), 1);
    site.clock.advance(MINUTE);
    let later = site.second_step("ada");
    assert_ne!(later.challenge, first.challenge);
    assert!(
        site.step(first.challenge, &site.code(Purpose::LogIn, first.challenge)).is_err(),
        "the earlier one is void"
    );
    site.clock.advance(10 * MINUTE);
    assert!(site.step(later.challenge, &site.code(Purpose::LogIn, later.challenge)).is_err(), "after ten minutes");
}

#[test]
fn the_second_step_is_bound_to_the_first() {
    let site = Site::new();
    let (ada, bob) = (site.somebody_with_codes("ada"), site.somebody_with_codes("bob"));
    let (step, other) = (site.second_step("ada"), site.second_step("bob"));
    let code = site.code(Purpose::LogIn, step.challenge);
    for challenge in [other.challenge, ChallengeId::from_uuid(ada.as_uuid()), ChallengeId::from_uuid(uuid::Uuid::nil())]
    {
        assert!(matches!(site.step(challenge, &code), Err(AccountError::WrongCode)));
    }
    // A challenge for something else is none of a log-in.
    block_on(site.accounts.send_factor_code(bob, FactorPurpose::Disable)).unwrap();
    let latest = block_on(site.store.latest_challenge(bob, Purpose::DisableSecondFactor)).unwrap().unwrap();
    assert!(site.step(latest.id, &site.code(Purpose::DisableSecondFactor, latest.id)).is_err());
    assert!(site.step(step.challenge, &code).is_ok());
}

#[test]
fn a_program_is_asked_for_once_its_code_was_shown_and_no_mail_is_sent() {
    let site = Site::new();
    let (id, codes) = with_program(&site, "ada");
    assert_eq!(codes.len(), 10);
    let step = site.second_step("ada");
    assert_eq!((step.by_mail, step.by_totp), (false, true));
    assert_eq!(site.work(), [], "the mailbox has nothing to do with it");
    assert!(
        site.step(step.challenge, &site.code(Purpose::LogIn, step.challenge)).is_err(),
        "nor does a code of a mail"
    );
    assert!(site.step(step.challenge, &now_code(&site)).is_ok());
    let factor = format!("{:?}", site.account(id).second_factor.totp);
    assert!(!factor.contains(&id.to_string()), "the sealed seed doesn't print itself: {factor}");
}

#[test]
fn a_code_of_the_program_is_taken_once() {
    let site = Site::new();
    with_program(&site, "ada");
    let code = now_code(&site);
    let first = site.second_step("ada");
    site.step(first.challenge, &code).unwrap();
    let second = site.second_step("ada");
    assert!(matches!(site.step(second.challenge, &code), Err(AccountError::WrongCode)), "a replay");
    site.clock.advance(std::time::Duration::from_secs(30));
    assert!(matches!(site.step(second.challenge, &code), Err(AccountError::WrongCode)), "a replay in the next step");
    assert!(site.step(second.challenge, &now_code(&site)).is_ok());
}

#[test]
fn a_recovery_code_opens_once_and_its_owner_is_told() {
    let site = Site::new();
    let (id, codes) = with_program(&site, "ada");
    let step = site.second_step("ada");
    site.step(step.challenge, &codes[3].to_uppercase()).unwrap();
    let letters = site.work();
    assert_eq!(letters[0].letter, Letter::RecoveryCodeUsed { left: 9 });
    let step = site.second_step("ada");
    assert!(matches!(site.step(step.challenge, &codes[3]), Err(AccountError::WrongCode)));
    assert!(site.step(step.challenge, &codes[4].replace('-', " ")).is_ok());
    let renewed =
        block_on(site.accounts.renew_recovery_codes(id, None, Some(&Hidden::new(PASSWORD)), &here())).unwrap();
    let step = site.second_step("ada");
    assert!(site.step(step.challenge, &codes[5]).is_err(), "the old list is void");
    assert!(site.step(step.challenge, &renewed[0]).is_ok());
    let stored = format!("{:?}", site.account(id).second_factor.recovery);
    assert!(!stored.contains(&renewed[1]), "{stored}");
}

#[test]
fn a_program_needs_the_password_and_is_not_replaced_behind_its_owner() {
    let site = Site::new();
    let id = site.somebody("ada");
    let begin =
        |password: Option<&str>| block_on(site.accounts.begin_totp(id, None, password.map(Hidden::new).as_ref()));
    assert!(matches!(begin(None), Err(AccountError::WrongPassword)));
    assert!(matches!(begin(Some("wrong password")), Err(AccountError::WrongPassword)));
    begin(Some(PASSWORD)).unwrap();
    assert!(!site.account(id).second_factor.is_on(), "nothing is asked for before a code was shown");
    let confirmed = block_on(site.accounts.confirm_totp(id, &wrong(&now_code(&site)), &here()));
    assert!(matches!(confirmed, Err(AccountError::WrongCode)));
    block_on(site.accounts.confirm_totp(id, &now_code(&site), &here())).unwrap();
    assert!(matches!(begin(Some(PASSWORD)), Err(AccountError::State(_))));
    site.clock.advance(HOUR);
    assert!(matches!(block_on(site.accounts.disable_factor(id, "000000", &here())), Err(AccountError::WrongCode)));
    block_on(site.accounts.disable_factor(id, &now_code(&site), &here())).unwrap();
    assert!(!site.account(id).second_factor.is_on());
}

#[test]
fn codes_by_mail_are_turned_off_by_one() {
    let site = Site::new();
    let id = site.somebody_with_codes("ada");
    block_on(site.accounts.send_factor_code(id, FactorPurpose::Disable)).unwrap();
    let challenge = site.mailed_challenge();
    let other = site.code(Purpose::EnableSecondFactor, challenge);
    assert!(block_on(site.accounts.disable_factor(id, &other, &here())).is_err());
    block_on(site.accounts.disable_factor(id, &site.code(Purpose::DisableSecondFactor, challenge), &here())).unwrap();
    site.granted("ada");
}
