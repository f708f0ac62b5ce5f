use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{AccountId, ChallengeId, SessionId};
use crate::time::{DAY, Timestamp};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const WEEK: Duration = Duration::from_secs(7 * DAY.as_secs());

fn session() -> Session {
    Session::open(SessionId::from_uuid(Uuid::from_u128(1)), AccountId::from_uuid(Uuid::from_u128(2)), NOW, WEEK)
}

fn challenge() -> Challenge {
    let (id, account) = (ChallengeId::from_uuid(Uuid::from_u128(7)), AccountId::from_uuid(Uuid::from_u128(2)));
    Challenge::new(id, account, Purpose::LogIn, NOW)
}

#[test]
fn a_refresh_token_is_replaced_and_the_session_lives_on_from_there() {
    let Refresh::Rotated(next) = session().refresh(1, NOW + DAY, WEEK) else { panic!("not rotated") };
    assert_eq!((next.generation, next.expires_at), (2, NOW + DAY + WEEK));
    assert!(matches!(next.refresh(2, NOW + DAY, WEEK), Refresh::Rotated(_)));
}

#[test]
fn a_session_ends_ninety_days_after_its_log_in_however_often_it_is_used() {
    let (mut open, mut now) = (session(), NOW);
    while now + WEEK < NOW + LONGEST_SESSION {
        now = now + (WEEK - DAY);
        let Refresh::Rotated(next) = open.clone().refresh(open.generation, now, WEEK) else { panic!("not rotated") };
        open = next;
    }
    assert_eq!(open.expires_at, NOW + LONGEST_SESSION);
    assert_eq!(open.clone().refresh(open.generation, NOW + LONGEST_SESSION, WEEK), Refresh::Over);
}

#[test]
fn a_token_that_was_replaced_a_moment_ago_gets_the_same_answer_again() {
    let Refresh::Rotated(next) = session().refresh(1, NOW, WEEK) else { panic!("not rotated") };
    assert_eq!(next.clone().refresh(1, NOW + REUSE_WINDOW, WEEK), Refresh::Again);
    assert!(matches!(next.refresh(1, NOW + REUSE_WINDOW + Duration::from_micros(1), WEEK), Refresh::Reused(_)));
}

#[test]
fn a_token_that_was_replaced_twice_ends_the_session_however_soon_it_comes() {
    let Refresh::Rotated(second) = session().refresh(1, NOW, WEEK) else { panic!("not rotated") };
    let Refresh::Rotated(third) = second.refresh(2, NOW, WEEK) else { panic!("not rotated") };
    let Refresh::Reused(ended) = third.refresh(1, NOW, WEEK) else { panic!("not found out") };
    assert!(!ended.is_alive(NOW));
    assert_eq!(ended.refresh(3, NOW, WEEK), Refresh::Over, "the thief's token is dead too");
}

#[test]
fn a_token_that_was_never_given_out_opens_nothing() {
    for generation in [0, 2, u32::MAX] {
        assert_eq!(session().refresh(generation, NOW, WEEK), Refresh::Over);
    }
    assert_eq!(session().refresh(1, NOW + WEEK, WEEK), Refresh::Over, "too late");
}

#[test]
fn a_guess_is_counted_before_it_is_looked_at_and_five_are_all_there_are() {
    let mut open = challenge();
    for number in 1..=Challenge::MAX_ATTEMPTS {
        let Attempt::Counted(counted) = open.attempt(NOW) else { panic!("guess {number} was not looked at") };
        assert_eq!(counted.attempts, number);
        open = counted;
    }
    assert_eq!(open.attempt(NOW), Attempt::Closed);
    assert_eq!(challenge().attempt(NOW + Purpose::LogIn.lifetime()), Attempt::Closed);
    assert_eq!(Challenge { closed_at: Some(NOW), ..challenge() }.attempt(NOW), Attempt::Closed);
}

#[test]
fn a_code_is_of_its_challenge_its_purpose_and_its_installation() {
    let (ours, theirs) = (ChallengeKey::new(b"one secret"), ChallengeKey::new(b"another secret"));
    let id = challenge().id;
    let code = ours.code(Purpose::LogIn, id);
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    assert!(ours.is_code(Purpose::LogIn, id, &code) && ours.is_code(Purpose::LogIn, id, &format!(" {code} ")));
    let token = ours.token(Purpose::VerifyEmail, id);
    assert_eq!(ChallengeKey::challenge_of(&token), Some(id));
    assert!(ours.is_token(Purpose::VerifyEmail, id, &token));
    assert!(!ours.is_token(Purpose::ResetPassword, id, &token) && !theirs.is_token(Purpose::VerifyEmail, id, &token));
    assert!(!ours.is_token(Purpose::VerifyEmail, id, &token[..63]) && !ours.is_code(Purpose::LogIn, id, ""));
    assert_eq!(ChallengeKey::challenge_of("ä".repeat(32).as_str()), None);
}

#[test]
fn neither_a_key_nor_a_hash_shows_itself() {
    let shown = format!("{:?} {:?}", ChallengeKey::new(b"hunter2"), Hidden::new("hunter2"));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn an_application_that_was_turned_down_can_be_sent_in_again_and_an_approved_one_is_settled() {
    for state in ApplicationState::ALL {
        let ends = state.next().is_empty();
        assert_eq!(ends, state == ApplicationState::Approved, "{state} is a dead end");
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert!(ApplicationState::RevisionRequested.next().contains(&ApplicationState::Pending));
}

#[test]
fn addresses_that_could_forge_a_header_or_lead_nowhere_are_refused() {
    for good in [
        "a@example.com",
        "Ann.O+shop@Sub.Example.co",
        "  a@example.com  ",
        "ü@bücher.example",
        "o'neil@example.com",
        "zoë.o'neil+orders@example.com",
        "!#$%&'*+-/=?^_{|}~@x-1.example.com",
    ] {
        assert_eq!(good.parse::<Email>().map(String::from), Ok(good.trim().to_owned()));
    }
    for bad in [
        "",
        "a",
        "@example.com",
        "a@",
        "a@localhost",
        "a@-x.com",
        "a@x..com",
        "a.@x.com",
        "a b@x.com",
        "a@x.com\r\nBcc: b@x.com",
        "a,b@x.com",
        "<a@x.com>",
        "\"a\"@x.com",
        "a@b@x.com",
        "a@o'neil.com",
        "a@x.com&b.com",
        "a@x.com/b.com",
        "a@x.com?b.com",
    ] {
        assert!(bad.parse::<Email>().is_err(), "{bad}");
    }
    for sign in "\"`(),:;<>[]\\ \t\r\n\0\u{7f}\u{85}\u{a0}\u{200e}\u{2028}\u{202e}\u{2066}".chars() {
        for bad in [format!("a{sign}b@x.com"), format!("a@x{sign}y.com")] {
            assert_eq!(bad.parse::<Email>(), Err(EmailError::Characters), "{bad:?}");
        }
    }
    assert_eq!(format!("{}@example.com", "a".repeat(65)).parse::<Email>(), Err(EmailError::Length));
    assert_eq!("Ann@Example.com".parse::<Email>().unwrap().key(), "ann@example.com");
}

proptest! {
    #[test]
    fn whatever_somebody_wishes_for_a_name_comes_of_it(wish in ".*", suffix in "[0-9a-f]{0,12}") {
        let name = Username::near(&wish, &suffix);
        prop_assert_eq!(name.as_str().parse::<Username>(), Ok(name.clone()));
        prop_assert!(name.as_str().ends_with(&suffix));
    }
}
