//! Sessions: families of refresh tokens, and how they die.

use std::time::Duration;

use super::super::AccountError;
use super::site::{Site, here};
use crate::account::{Letter, REUSE_WINDOW};
use crate::id::SessionId;
use crate::testing::block_on;
use crate::time::{DAY, HOUR};

/// Defect D-21: an old token stayed good, and nobody noticed that it was copied.
#[test]
fn a_refresh_token_that_is_used_again_ends_its_whole_family() {
    let site = Site::new();
    let ada = site.somebody("ada");
    let (copied, other) = (site.granted("ada"), site.granted("ada"));
    let refresh = |generation| block_on(site.accounts.refresh(copied.session.id, generation, &here()));
    let second = refresh(1).unwrap();
    assert_eq!((second.session.id, second.session.generation), (copied.session.id, 2));
    site.clock.advance(REUSE_WINDOW + Duration::from_secs(1));
    assert!(matches!(refresh(1), Err(AccountError::SessionOver)), "somebody has a copy");
    assert!(matches!(refresh(2), Err(AccountError::SessionOver)), "and the whole family is over");
    assert!(!site.lives(&copied), "its access tokens as well");
    assert!(site.lives(&other), "but no other log-in");
    let letters = site.work();
    assert!(letters.iter().any(|it| it.account == ada && it.letter == Letter::SessionEnded), "{letters:?}");
}

/// The web client refreshes once for each request that was refused.
#[test]
fn several_refreshes_at_once_get_the_same_next_token() {
    let site = Site::new();
    site.somebody("ada");
    let grant = site.granted("ada");
    let refresh = || block_on(site.accounts.refresh(grant.session.id, 1, &here())).unwrap();
    let first = refresh();
    for wait in [0, 3, 7] {
        site.clock.advance(Duration::from_secs(wait));
        assert_eq!(refresh().session, first.session);
    }
    assert!(site.lives(&grant));
    site.clock.advance(Duration::from_secs(1));
    assert!(block_on(site.accounts.refresh(grant.session.id, 1, &here())).is_err(), "eleven seconds after");
}

#[test]
fn a_number_that_was_never_given_out_is_refused_and_harms_nobody() {
    let site = Site::new();
    site.somebody("ada");
    let grant = site.granted("ada");
    for (session, generation) in [
        (grant.session.id, 0),
        (grant.session.id, 2),
        (grant.session.id, u32::MAX),
        (SessionId::from_uuid(uuid::Uuid::nil()), 1),
    ] {
        let refused = block_on(site.accounts.refresh(session, generation, &here()));
        assert!(matches!(refused, Err(AccountError::SessionOver)), "{generation}");
    }
    assert!(block_on(site.accounts.refresh(grant.session.id, 1, &here())).is_ok());
}

#[test]
fn a_session_lives_for_a_week_after_it_was_last_refreshed() {
    let site = Site::new();
    site.somebody("ada");
    let grant = site.granted("ada");
    site.clock.advance(6 * DAY);
    let next = block_on(site.accounts.refresh(grant.session.id, 1, &here())).unwrap();
    site.clock.advance(6 * DAY);
    assert!(site.lives(&next));
    site.clock.advance(DAY);
    assert!(!site.lives(&next));
    assert!(block_on(site.accounts.refresh(grant.session.id, 2, &here())).is_err());
}

#[test]
fn logging_out_ends_one_session_and_everywhere_all_of_them() {
    let site = Site::new();
    let (ada, bob) = (site.somebody("ada"), site.somebody("bob"));
    let [first, second, third] = [site.granted("ada"), site.granted("ada"), site.granted("bob")];
    assert_eq!(block_on(site.accounts.sessions(ada)).unwrap().len(), 2);
    let others = block_on(site.accounts.log_out(bob, first.session.id, &here()));
    assert!(matches!(others, Err(AccountError::NoSuch(_))), "somebody else's session looks as if it were not there");
    block_on(site.accounts.log_out(ada, first.session.id, &here())).unwrap();
    block_on(site.accounts.log_out(ada, first.session.id, &here())).unwrap();
    assert_eq!([site.lives(&first), site.lives(&second), site.lives(&third)], [false, true, true]);
    block_on(site.accounts.log_out_everywhere(ada, &here())).unwrap();
    assert_eq!([site.lives(&second), site.lives(&third)], [false, true]);
    assert!(block_on(site.accounts.refresh(second.session.id, 1, &here())).is_err());
}

#[test]
fn what_ends_on_one_node_ends_on_the_others_within_seconds() {
    let site = Site::new();
    let ada = site.somebody("ada");
    let grant = site.granted("ada");
    let other = site.other_node();
    let lives_there = || block_on(other.session_of(ada, grant.session.id)).unwrap().is_some();
    assert!(site.lives(&grant) && lives_there());
    block_on(site.accounts.log_out_everywhere(ada, &here())).unwrap();
    assert!(!site.lives(&grant), "here at once");
    assert!(lives_there(), "there it is known a little longer");
    site.clock.advance(site.accounts.policy().known_for);
    assert!(!lives_there());
}

#[test]
fn a_session_is_nobody_elses_whatever_a_token_says() {
    let site = Site::new();
    site.somebody("ada");
    let bob = site.somebody("bob");
    let grant = site.granted("ada");
    assert!(site.lives(&grant));
    assert_eq!(block_on(site.accounts.session_of(bob, grant.session.id)).unwrap(), None);
    assert_eq!(block_on(site.other_node().session_of(bob, grant.session.id)).unwrap(), None);
}

#[test]
fn what_ended_long_ago_is_forgotten() {
    let site = Site::new();
    site.somebody("ada");
    let grant = site.granted("ada");
    site.clock.advance(40 * DAY);
    assert!(block_on(site.accounts.forget_ended()).unwrap() > 0);
    site.clock.advance(HOUR);
    assert_eq!(block_on(site.accounts.forget_ended()).unwrap(), 0);
    assert!(block_on(site.accounts.refresh(grant.session.id, 1, &here())).is_err());
}
