//! Logging in: the decision table, and what guessing leads to.

use super::super::{AccountError, LoggedIn, Vouching};
use super::site::{PASSWORD, Site, email, from, here};
use crate::account::{Hidden, Standing};
use crate::testing::{PlainHasher, block_on};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_795_348_800);

/// The decision table of the first backend, without what it told about who has an account.
#[test]
fn unknown_wrong_closed_and_without_a_password_are_one_answer_for_one_piece_of_work() {
    let site = Site::new();
    site.somebody("ada");
    site.somebody_who("closed", |it| it.standing = Standing::Disabled { at: NOW, why: "x".to_owned() });
    site.somebody_who("gone", |it| it.standing = Standing::Deleted { at: NOW });
    site.somebody_who("vouched", |it| (it.standing, it.password) = (Standing::Active, None));
    site.somebody_who("waiting", |it| it.standing = Standing::Unverified);
    let tries = [
        ("nobody", PASSWORD),
        ("ada", "wrong password"),
        ("closed", PASSWORD),
        ("gone", PASSWORD),
        ("vouched", PASSWORD),
        ("vouched", ""),
        ("waiting", "wrong password"),
        ("not an address", PASSWORD),
        ("", ""),
    ];
    for (name, password) in tries {
        let (hashed, verified) = site.hasher.asked();
        let refused = site.log_in(name, password).unwrap_err();
        assert!(matches!(refused, AccountError::WrongCredentials), "{name}: {refused}");
        assert_eq!(site.hasher.asked(), (hashed, verified + 1), "{name}: one password was verified");
    }
    assert!(
        matches!(site.log_in("waiting", PASSWORD), Err(AccountError::Unverified)),
        "who knows the password is told"
    );
    assert!(site.log_in("ada", PASSWORD).is_ok());
    assert!(site.log_in("ADA", PASSWORD).is_ok(), "the case doesn't matter");
}

#[test]
fn a_log_in_is_written_down_and_an_old_hash_is_made_anew() {
    let site = Site::new();
    let id = site.somebody_who("ada", |it| {
        it.standing = Standing::Active;
        it.password = Some(PlainHasher::stale(PASSWORD));
    });
    site.granted("ada");
    let account = site.account(id);
    assert_eq!(account.last_login, Some(NOW));
    assert_eq!(account.password, Some(Hidden::new(format!("plain:{PASSWORD}"))));
    site.granted("ada");
}

/// Defect D-04: nothing stopped who guesses.
#[test]
fn guessing_a_password_is_stopped_for_the_place_and_for_the_account() {
    let site = Site::new();
    site.somebody("ada");
    let guess = |name: &str, place: &str| {
        block_on(site.accounts.log_in(&email(name), &Hidden::new("wrong password"), &from(place)))
    };
    let looked_at = (0..200).filter(|_| matches!(guess("ada", "192.0.2.1"), Err(AccountError::WrongCredentials)));
    assert_eq!(looked_at.count(), 10, "from one place");
    let own = block_on(site.accounts.log_in(&email("ada"), &Hidden::new(PASSWORD), &from("192.0.2.2")));
    assert!(own.is_ok(), "the owner gets in from elsewhere");
    let verified = site.hasher.asked().1;
    let spread = (0..200).filter(|no| guess("ada", &format!("198.51.100.{no}")).is_ok_and_refused()).count();
    assert!(spread <= 20, "{spread} from everywhere");
    assert_eq!(site.hasher.asked().1 - verified, u32::try_from(spread).unwrap(), "what is refused costs no hash");
    let names = (0..200).filter(|no| guess(&format!("name{no}"), "192.0.2.9").is_ok_and_refused()).count();
    assert_eq!(names, 100, "many names from one place");
    let Err(AccountError::TooMany { retry_after }) = guess("ada", "192.0.2.1") else { panic!("refused") };
    site.clock.advance(retry_after);
    site.clock.advance(std::time::Duration::from_secs(15 * 60));
    assert!(site.log_in("ada", PASSWORD).is_ok(), "it is over some time");
}

/// The limits can't tell who has an account either.
#[test]
fn a_name_that_nobody_has_is_limited_in_the_same_way() {
    let (site, other) = (Site::new(), Site::new());
    site.somebody("ada");
    let told = |site: &Site| -> Vec<String> {
        (0..30).map(|_| site.log_in("ada", "wrong password").unwrap_err().to_string()).collect()
    };
    assert_eq!(told(&site), told(&other));
}

/// Defect D-22: the address alone linked accounts, and the second factor was passed by.
#[test]
fn somebody_who_is_vouched_for_is_known_by_what_never_changes() {
    let site = Site::new();
    let log_in = |token: &str| block_on(site.accounts.log_in_vouched("google", token, &here()));
    let (first, how) = log_in("g-1,vera@example.com,verified").unwrap();
    let LoggedIn::Granted(first) = first else { panic!("{first:?}") };
    assert_eq!((how, first.account.is_active(), first.account.password.is_none()), (Vouching::New, true, true));
    let (again, how) = log_in("g-1,changed@example.com,unverified").unwrap();
    let LoggedIn::Granted(again) = again else { panic!("{again:?}") };
    assert_eq!((how, again.account.id), (Vouching::Known, first.account.id), "whatever the address is now");
    let bob = site.somebody_with_codes("bob");
    assert!(matches!(log_in("g-2,bob@example.com,unverified"), Err(AccountError::NotVouched(_))));
    assert!(site.account(bob).identities.is_empty());
    let (linked, how) = log_in("g-2,bob@example.com,verified").unwrap();
    assert!(matches!(linked, LoggedIn::SecondFactor(_)), "the second factor is asked for: {linked:?}");
    assert_eq!((how, site.account(bob).identities.len()), (Vouching::Linked, 1));
    site.somebody_who("closed", |it| it.standing = Standing::Disabled { at: NOW, why: String::new() });
    assert!(matches!(log_in("g-3,closed@example.com,verified"), Err(AccountError::NotVouched(_))));
    assert!(matches!(log_in("nonsense"), Err(AccountError::NotVouched(_))));
    assert!(matches!(block_on(site.accounts.log_in_vouched("other", "x", &here())), Err(AccountError::NoSuch(_))));
}

/// Somebody registers with another's address and waits for the owner to come through Google.
#[test]
fn a_password_that_was_set_before_the_address_was_shown_is_void_afterwards() {
    let site = Site::new();
    site.register("vera").unwrap();
    let (logged_in, _) =
        block_on(site.accounts.log_in_vouched("google", "g-1,vera@example.com,verified", &here())).unwrap();
    assert!(matches!(logged_in, LoggedIn::Granted(_)));
    assert!(matches!(site.log_in("vera", PASSWORD), Err(AccountError::WrongCredentials)));
}

trait Refused {
    fn is_ok_and_refused(&self) -> bool;
}

impl Refused for Result<LoggedIn, AccountError> {
    /// Whether the password was looked at.
    fn is_ok_and_refused(&self) -> bool {
        matches!(self, Err(AccountError::WrongCredentials))
    }
}
