//! Those who run the marketplace: closing accounts, and saying what somebody may do.

use super::super::{AccountError, NewAdmin, ProfileChange};
use super::site::{PASSWORD, Site, email, here};
use crate::account::{Hidden, Letter, Role, Standing};
use crate::testing::block_on;

fn people(site: &Site) -> [crate::id::AccountId; 3] {
    let of = |role, staff| {
        move |it: &mut crate::account::Account| (it.standing, it.role, it.staff) = (Standing::Active, role, staff)
    };
    [
        site.somebody_who("admin", of(Role::Admin, false)),
        site.somebody_who("helper", of(Role::Customer, true)),
        site.somebody_who("ada", of(Role::Customer, false)),
    ]
}

#[test]
fn a_closed_account_is_out_at_once_and_in_again_when_it_is_opened() {
    let site = Site::new();
    let [admin, helper, ada] = people(&site);
    let session = site.granted("ada");
    assert!(site.lives(&session));
    block_on(site.accounts.disable(ada, helper, "sells what is not theirs")).unwrap();
    assert!(!site.lives(&session), "an access token opens nothing any more");
    assert!(block_on(site.accounts.refresh(session.session.id, 1, &here())).is_err());
    assert!(matches!(site.log_in("ada", PASSWORD), Err(AccountError::WrongCredentials)));
    assert!(site.work().iter().any(|it| it.letter == Letter::Disabled));
    block_on(site.accounts.enable(ada, admin)).unwrap();
    assert!(!site.lives(&session), "what has ended stays so");
    assert!(site.log_in("ada", PASSWORD).is_ok());
}

/// Defect D-53: the flag and the role said different things.
#[test]
fn who_may_do_what_follows_from_one_place() {
    let site = Site::new();
    let [admin, helper, ada] = people(&site);
    for (by, of) in [(ada, helper), (ada, ada), (helper, helper), (helper, admin), (admin, admin)] {
        assert!(matches!(block_on(site.accounts.disable(of, by, "")), Err(AccountError::Forbidden(_))));
        assert!(matches!(
            block_on(site.accounts.change_role(of, by, Role::Admin, true)),
            Err(AccountError::Forbidden(_))
        ));
    }
    assert!(matches!(
        block_on(site.accounts.change_role(ada, helper, Role::Seller, false)),
        Err(AccountError::Forbidden(_))
    ));
    let session = site.granted("ada");
    assert!(site.lives(&session));
    block_on(site.accounts.change_role(ada, admin, Role::Seller, true)).unwrap();
    let known = block_on(site.accounts.session_of(ada, session.session.id)).unwrap().unwrap();
    assert_eq!((known.role, known.staff), (Role::Seller, true), "at once, in the session that lives");
    block_on(site.accounts.disable(helper, admin, "")).unwrap();
}

/// Defect D-01: whatever was in the body was stored.
#[test]
fn a_change_of_the_profile_changes_nothing_that_grants_anything() {
    let site = Site::new();
    let [_, _, ada] = people(&site);
    let change = ProfileChange {
        first_name: Some(" Augusta ".to_owned()),
        phone_number: Some("+49 (0)40 123".to_owned()),
        birth_date: Some("1815-12-10".to_owned()),
        website: Some("https://ada.example/a?b=c".to_owned()),
        currency: Some("EUR".to_owned()),
        ..ProfileChange::default()
    };
    let before = site.account(ada);
    let refused = block_on(site.accounts.change_profile(ada, &change, &here(), |_| Ok(())));
    assert!(matches!(refused, Err(AccountError::Invalid(_))), "nobody was born that long ago");
    assert_eq!(site.account(ada), before, "and nothing else of it was stored");
    let change = ProfileChange { birth_date: Some("1990-12-10".to_owned()), ..change };
    let after = block_on(site.accounts.change_profile(ada, &change, &here(), |_| Ok(()))).unwrap();
    assert_eq!((after.first_name.as_str(), after.profile.website.as_str()), ("Augusta", "https://ada.example/a?b=c"));
    assert_eq!(
        (after.role, after.staff, after.standing, after.email),
        (before.role, before.staff, before.standing, before.email)
    );
}

#[test]
fn a_profile_that_breaks_rules_is_told_each_of_them() {
    let site = Site::new();
    let [_, _, ada] = people(&site);
    let one = |service: &str, url: &str| Some([(service.to_owned(), url.to_owned())].into());
    for (change, field) in [
        (ProfileChange { website: Some("javascript:alert(1)".to_owned()), ..ProfileChange::default() }, "website"),
        (
            ProfileChange { website: Some("https://x.example/\"onload=".to_owned()), ..ProfileChange::default() },
            "website",
        ),
        (ProfileChange { social_urls: one("myspace", "https://x.example"), ..ProfileChange::default() }, "social_urls"),
        (ProfileChange { social_urls: one("instagram", "ftp://x.example"), ..ProfileChange::default() }, "social_urls"),
        (ProfileChange { phone_number: Some("call me".to_owned()), ..ProfileChange::default() }, "phone_number"),
        (ProfileChange { timezone: Some("Mars/Base".to_owned()), ..ProfileChange::default() }, "timezone"),
        (ProfileChange { currency: Some("XXY".to_owned()), ..ProfileChange::default() }, "currency_preference"),
        (ProfileChange { birth_date: Some("2990-01-01".to_owned()), ..ProfileChange::default() }, "birth_date"),
        (ProfileChange { bio: Some("x".repeat(2001)), ..ProfileChange::default() }, "bio"),
        (ProfileChange { username: Some("a b".to_owned()), ..ProfileChange::default() }, "username"),
        (ProfileChange { username: Some("ADMIN".to_owned()), ..ProfileChange::default() }, "username"),
    ] {
        match block_on(site.accounts.change_profile(ada, &change, &here(), |_| Ok(()))) {
            Err(AccountError::Invalid(rules)) => assert_eq!(rules[0].field, field, "{rules:?}"),
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[test]
fn an_admin_is_made_at_the_machine() {
    let site = Site::new();
    let new = |name: &str, password: &str| NewAdmin {
        id: None,
        email: email(name).parse().unwrap(),
        username: name.parse().unwrap(),
        password: Hidden::new(password),
    };
    let made = block_on(site.accounts.create_admin(new("root", PASSWORD))).unwrap();
    assert_eq!((made.role, made.is_active()), (Role::Admin, true));
    assert_eq!(site.granted("root").account.id, made.id);
    assert!(matches!(block_on(site.accounts.create_admin(new("root", PASSWORD))), Err(AccountError::Invalid(_))));
    assert!(matches!(block_on(site.accounts.create_admin(new("other", "password1"))), Err(AccountError::Invalid(_))));
}
