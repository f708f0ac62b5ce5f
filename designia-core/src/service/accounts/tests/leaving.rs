//! Leaving, and taking one's data along. Defect D-24 of the first backend: exports lost most of it, deletion left much of it, and who
//! came through Google could not leave at all.

use serde_json::Value;

use super::super::{AccountError, LoggedIn};
use super::site::{PASSWORD, Site, here};
use crate::account::{Hidden, Letter, Role, Standing};
use crate::id::TaskId;
use crate::testing::block_on;
use crate::time::{DAY, MINUTE};

#[test]
fn who_leaves_takes_everything_along_that_tells_who_they_were() {
    let site = Site::new();
    let id = site.somebody_who("ada", |it| {
        it.standing = Standing::Active;
        it.first_name = "Ada".to_owned();
        it.profile.company = "Analytical Engines".to_owned();
        it.profile.birth_date = "1990-12-10".parse().ok();
        it.profile.social_urls = [("instagram".to_owned(), "https://x.example".to_owned())].into();
    });
    let session = site.granted("ada");
    let delete =
        |password: Option<&str>| block_on(site.accounts.delete(id, None, password.map(Hidden::new).as_ref(), &here()));
    assert!(matches!(delete(Some("wrong password")), Err(AccountError::WrongPassword)));
    assert!(matches!(delete(None), Err(AccountError::WrongPassword)));
    delete(Some(PASSWORD)).unwrap();
    let left = site.account(id);
    let text = serde_json::to_string(&left).unwrap();
    for trace in ["ada@", "Ada", "Analytical", "1990", "x.example", "plain:"] {
        assert!(!text.contains(trace), "{trace} in {text}");
    }
    assert!(matches!(left.standing, Standing::Deleted { .. }));
    assert!(!site.lives(&session));
    assert!(matches!(site.log_in("ada", PASSWORD), Err(AccountError::WrongCredentials)));
    let letters = site.work();
    assert!(
        letters.iter().any(|it| matches!(&it.letter, Letter::Deleted { email } if email.as_str() == "ada@example.com"))
    );
    assert_eq!(site.register("ada").unwrap().username.as_str(), "ada", "address and name are free again");
    assert!(matches!(delete(Some(PASSWORD)), Err(AccountError::SessionOver)));
}

#[test]
fn who_came_through_google_leaves_after_a_fresh_log_in() {
    let site = Site::new();
    let log_in = || match block_on(site.accounts.log_in_vouched("google", "g-1,vera@example.com,verified", &here()))
        .unwrap()
        .0
    {
        LoggedIn::Granted(grant) => grant,
        LoggedIn::SecondFactor(step) => panic!("{step:?}"),
    };
    let old = log_in();
    let delete = |session| block_on(site.accounts.delete(old.account.id, session, None, &here()));
    site.clock.advance(16 * MINUTE);
    assert!(matches!(delete(Some(old.session.id)), Err(AccountError::LogInAgain)));
    assert!(matches!(delete(None), Err(AccountError::LogInAgain)));
    delete(Some(log_in().session.id)).unwrap();
    assert_ne!(log_in().account.id, old.account.id, "who comes again is somebody new");
}

#[test]
fn an_admin_hands_over_before_leaving() {
    let site = Site::new();
    let id = site.somebody_who("root", |it| (it.standing, it.role) = (Standing::Active, Role::Admin));
    let deleted = block_on(site.accounts.delete(id, None, Some(&Hidden::new(PASSWORD)), &here()));
    assert!(matches!(deleted, Err(AccountError::State(_))));
}

/// Defect D-03: exports lay open under names that could be guessed.
#[test]
fn an_export_holds_everything_and_is_its_owners_for_a_day() {
    let site = Site::new();
    let (ada, bob) = (site.somebody("ada"), site.somebody("bob"));
    site.granted("ada");
    let export = block_on(site.accounts.ask_for_export(ada, &here())).unwrap();
    let fetch = |who, id| block_on(site.accounts.fetch_export(who, id));
    assert!(matches!(fetch(ada, export.id), Err(AccountError::NoSuch(_))), "it is not there yet");
    let letters = site.work();
    assert!(letters.iter().any(|it| it.letter == Letter::ExportReady));
    let file: Value = serde_json::from_slice(&fetch(ada, export.id).unwrap()).unwrap();
    assert_eq!(file["account"]["email"], "ada@example.com");
    assert_eq!(file["account"]["sessions"].as_array().unwrap().len(), 1);
    assert!(file["account"]["events"].as_array().unwrap().iter().any(|it| it["what"] == "exported"));
    assert!(file["orders"]["bought"].is_array() && file["orders"]["sold"].is_array());
    assert!(!file.to_string().contains("plain:"), "no proof of who somebody is");
    assert!(matches!(fetch(bob, export.id), Err(AccountError::NoSuch(_))));
    assert!(matches!(fetch(ada, TaskId::from_uuid(uuid::Uuid::nil())), Err(AccountError::NoSuch(_))));
    site.clock.advance(DAY);
    assert!(matches!(fetch(ada, export.id), Err(AccountError::NoSuch(_))), "its time is over");
    site.work();
    site.clock.set(export.asked_at);
    assert!(matches!(fetch(ada, export.id), Err(AccountError::NoSuch(_))), "and the file is gone");
}

#[test]
fn so_many_exports_are_put_together_a_day() {
    let site = Site::new();
    let ada = site.somebody("ada");
    let asked = (0..10).filter(|_| block_on(site.accounts.ask_for_export(ada, &here())).is_ok()).count();
    assert_eq!(asked, 3);
}
