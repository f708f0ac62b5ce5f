//! Registering: nobody learns who has an account, and nobody gets one for somebody else's address.

use super::super::{AccountError, Registration};
use super::site::{PASSWORD, Site, email, from, here, registration};
use crate::account::{Hidden, Letter, Purpose, Standing};
use crate::testing::block_on;
use crate::time::{DAY, HOUR, MINUTE};

#[test]
fn an_account_can_be_used_when_the_link_of_its_mail_was_followed() {
    let site = Site::new();
    let registered = site.register("ada").unwrap();
    assert!(matches!(site.log_in("ada", PASSWORD), Err(AccountError::Unverified)));
    assert!(matches!(site.log_in("ada", "wrong password"), Err(AccountError::WrongCredentials)));
    let challenge = site.mailed_challenge();
    let token = site.key.token(Purpose::VerifyEmail, challenge);
    let verified = block_on(site.accounts.verify_email(&token, &here())).unwrap();
    assert_eq!((verified.id, verified.is_active()), (registered.id, true));
    assert_eq!(site.granted("ada").account.id, registered.id);
    assert!(block_on(site.accounts.verify_email(&token, &here())).is_ok(), "following it twice is as good as once");
}

#[test]
fn a_link_that_is_wrong_or_old_verifies_nothing() {
    let site = Site::new();
    site.register("ada").unwrap();
    let challenge = site.mailed_challenge();
    let (right, wrong) =
        (site.key.token(Purpose::VerifyEmail, challenge), site.key.token(Purpose::ResetPassword, challenge));
    let flipped = format!("{}{}", &right[..63], if right.ends_with('0') { '1' } else { '0' });
    for token in [wrong.as_str(), &flipped, "", "x", &site.code(Purpose::VerifyEmail, challenge)] {
        assert!(matches!(block_on(site.accounts.verify_email(token, &here())), Err(AccountError::LinkOver)), "{token}");
    }
    site.clock.advance(DAY);
    assert!(matches!(block_on(site.accounts.verify_email(&right, &here())), Err(AccountError::LinkOver)));
    assert_eq!(site.account_of("ada").unwrap().standing, Standing::Unverified);
}

/// Defect X15 of the first backend's client: it asks for the local part of the address as the name.
#[test]
fn two_who_wish_for_one_name_both_get_an_account() {
    let site = Site::new();
    let other = Registration { email: "ada@elsewhere.example".to_owned(), ..registration("ada") };
    let first = site.register("ada").unwrap();
    let second = block_on(site.accounts.register(other, &here())).unwrap();
    assert_eq!(first.username.as_str(), "ada");
    assert!(second.username.as_str().starts_with("ada") && second.username != first.username, "{}", second.username);
    let strange = Registration { username: "  <script>  ".to_owned(), ..registration("eve") };
    assert_eq!(block_on(site.accounts.register(strange, &here())).unwrap().username.as_str(), "script");
}

#[test]
fn registering_with_a_known_address_tells_its_owner_and_nobody_else() {
    let site = Site::new();
    let id = site.somebody("ada");
    let before = site.account(id);
    let asked = site.hasher.asked();
    let again = site.register("ada").unwrap();
    assert_eq!(site.hasher.asked(), (asked.0 + 1, asked.1), "as much work as for a new one");
    assert_ne!(again.id, id, "the id of the account is not told");
    let new = site.register("eve").unwrap();
    // All that differs is what was sent, and the id, which is random.
    assert_eq!((again.first_name, again.last_name, again.at), (new.first_name, new.last_name, new.at));
    let elsewhere = Registration { email: "ada@elsewhere.example".to_owned(), ..registration("ada") };
    let elsewhere = block_on(site.accounts.register(elsewhere, &here())).unwrap();
    for name in [&again.username, &elsewhere.username] {
        assert!(name.as_str().len() > "ada".len(), "a name that is taken is so for every address: {name}");
    }
    let letters = site.work();
    assert!(letters.iter().any(|it| it.account == id && it.letter == Letter::AddressInUse), "{letters:?}");
    let after = site.account(id);
    assert_eq!((after.password, after.username, after.standing), (before.password, before.username, before.standing));
    site.register("ada").unwrap();
    assert_eq!(site.work(), [], "once an hour");
}

#[test]
fn whoever_registers_last_with_an_address_that_waits_has_the_password() {
    let site = Site::new();
    site.register("ada").unwrap();
    let first = site.mailed_challenge();
    site.clock.advance(MINUTE);
    let other = Registration { password: Hidden::new("another password"), ..registration("ada") };
    block_on(site.accounts.register(other, &here())).unwrap();
    let second = site.mailed_challenge();
    let follow =
        |challenge| block_on(site.accounts.verify_email(&site.key.token(Purpose::VerifyEmail, challenge), &here()));
    assert!(matches!(follow(first), Err(AccountError::LinkOver)), "the earlier link is void");
    follow(second).unwrap();
    assert!(site.log_in("ada", PASSWORD).is_err());
    assert!(site.log_in("ada", "another password").is_ok());
}

#[test]
fn the_link_is_sent_again_at_most_once_a_minute_and_only_to_who_waits_for_it() {
    let site = Site::new();
    site.register("ada").unwrap();
    site.somebody("bob");
    site.work();
    let ask = |name: &str| {
        let ask = super::super::AskByMail::Verification { email: email(name).parse().unwrap() };
        block_on(site.accounts.ask_by_mail(&ask, &here())).unwrap();
        site.work().len()
    };
    assert_eq!(ask("ada"), 0);
    site.clock.advance(MINUTE);
    assert_eq!([ask("ada"), ask("ada"), ask("bob"), ask("nobody")], [1, 0, 0, 0]);
}

#[test]
fn every_field_that_breaks_a_rule_is_named() {
    let site = Site::new();
    let bad = Registration {
        email: "ada".to_owned(),
        first_name: "x".repeat(151),
        last_name: "a\u{0}b".to_owned(),
        password: Hidden::new("12345678"),
        ..registration("ada")
    };
    let Err(AccountError::Invalid(rules)) = block_on(site.accounts.register(bad, &here())) else { panic!("refused") };
    let mut fields: Vec<_> = rules.iter().map(|rule| rule.field).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["email", "first_name", "last_name", "password"]);
    assert_eq!(site.hasher.asked(), (0, 0), "nothing was hashed for it");
}

#[test]
fn one_place_makes_so_many_accounts_an_hour() {
    let site = Site::new();
    let register =
        |no: usize, place: &str| block_on(site.accounts.register(registration(&format!("p{no}")), &from(place)));
    let made = (0..100).filter(|no| register(*no, "192.0.2.7").is_ok()).count();
    assert_eq!(made, 30);
    assert!(register(200, "192.0.2.8").is_ok());
    site.clock.advance(HOUR);
    assert!(register(201, "192.0.2.7").is_ok());
}

#[test]
fn a_registration_that_nobody_verifies_is_forgotten_after_a_week_and_its_names_are_free() {
    let site = Site::new();
    site.register("ada").unwrap();
    let old = site.account_of("ada").unwrap();
    let bob = site.somebody("bob");
    site.clock.advance(site.accounts.policy().unverified_kept);
    assert_eq!(block_on(site.accounts.forget_unverified()).unwrap(), 0, "not before the week is over");
    site.clock.advance(HOUR);
    site.register("eve").unwrap();
    assert_eq!(block_on(site.accounts.forget_unverified()).unwrap(), 1);
    assert_eq!(site.account_of("ada"), None);
    assert!(site.account_of("eve").is_some() && site.account(bob).is_active(), "who may still come stays");
    site.register("ada").unwrap();
    let new = site.account_of("ada").unwrap();
    assert_ne!(new.id, old.id);
    assert_eq!(new.username, old.username);
}
