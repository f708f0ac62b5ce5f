//! One key, one request, one answer.

use uuid::Uuid;

use crate::id::AccountId;
use crate::ports::{Begun, NewRequest, RequestClaim, RequestLog, RequestOutcome, StoredAnswer};
use crate::testing::conformance::UnderTest;
use crate::testing::conformance::steps::MICROSECOND;
use crate::testing::fixtures::NOW;
use crate::time::{MINUTE, Timestamp};

fn account(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

fn request(key: &str, id: u128, now: Timestamp) -> NewRequest {
    let (fingerprint, until) = ([7; 32], now + MINUTE);
    NewRequest { account: account(1), key: key.to_owned(), fingerprint, id: Uuid::from_u128(id), now, until }
}

fn answer() -> StoredAnswer {
    let headers = vec![("location".to_owned(), "/api/things/1/".to_owned()), ("etag".to_owned(), "\"1\"".to_owned())];
    StoredAnswer { status: 201, headers, body: b"{\"name\":\"\xc3\xa9\x00\xff\"}".to_vec() }
}

async fn begin<L: RequestLog>(log: &L, request: NewRequest) -> Begun {
    log.begin(request).await.expect("the log answers")
}

async fn begun<L: RequestLog>(log: &L, request: NewRequest) -> RequestClaim {
    match begin(log, request).await {
        Begun::New(claim) => claim,
        other => panic!("it is to be done now, not {other:?}"),
    }
}

async fn end<L: RequestLog>(log: &L, claim: &RequestClaim, outcome: RequestOutcome) -> bool {
    log.end(claim, outcome).await.expect("the log answers")
}

/// Whatever bytes it has.
pub async fn an_answer_is_given_back_byte_for_byte<L: RequestLog>(log: &UnderTest<L>) {
    let claim = begun(&**log, request("key", 1, NOW)).await;
    assert_eq!(claim, RequestClaim { account: account(1), key: "key".to_owned(), id: Uuid::from_u128(1), token: 1 });
    assert!(end(&**log, &claim, RequestOutcome::Answered(answer())).await);
    for id in 2..4 {
        assert_eq!(begin(&**log, request("key", id, NOW + MINUTE * 5)).await, Begun::Answered(answer()));
    }
    let empty = StoredAnswer { status: 204, headers: Vec::new(), body: Vec::new() };
    let claim = begun(&**log, request("other", 4, NOW)).await;
    assert!(end(&**log, &claim, RequestOutcome::Answered(empty.clone())).await);
    assert_eq!(begin(&**log, request("other", 5, NOW)).await, Begun::Answered(empty));
}

/// To the microsecond.
pub async fn a_request_is_not_begun_again_while_somebody_is_at_work_on_it<L: RequestLog>(log: &UnderTest<L>) {
    begun(&**log, request("key", 1, NOW)).await;
    for now in [NOW, NOW + MINUTE - MICROSECOND] {
        assert_eq!(begin(&**log, request("key", 2, now)).await, Begun::InProgress { until: NOW + MINUTE });
    }
    assert_eq!(begun(&**log, request("key", 2, NOW + MINUTE)).await.token, 2);
}

/// However often it was taken up.
pub async fn who_takes_up_a_request_gets_the_id_of_who_began_it<L: RequestLog>(log: &UnderTest<L>) {
    for turn in 0..3 {
        let claim = begun(&**log, request("key", 10 + u128::from(turn), NOW + MINUTE * turn)).await;
        assert_eq!((claim.id, claim.token), (Uuid::from_u128(10), turn + 1));
    }
}

/// As after an error inside.
pub async fn an_end_that_nobody_knows_can_be_taken_up_at_once<L: RequestLog>(log: &UnderTest<L>) {
    let claim = begun(&**log, request("key", 1, NOW)).await;
    assert!(end(&**log, &claim, RequestOutcome::Unknown { at: NOW + MICROSECOND }).await);
    let again = begun(&**log, request("key", 2, NOW + MICROSECOND)).await;
    assert_eq!((again.id, again.token), (claim.id, 2));
}

/// As after a refusal.
pub async fn what_did_nothing_leaves_the_key_free<L: RequestLog>(log: &UnderTest<L>) {
    let claim = begun(&**log, request("key", 1, NOW)).await;
    assert!(end(&**log, &claim, RequestOutcome::Nothing).await);
    let other = NewRequest { fingerprint: [8; 32], ..request("key", 2, NOW) };
    assert_eq!(begun(&**log, other).await.id, Uuid::from_u128(2));
}

/// Whether the first is at work, has ended in the unknown, or was answered.
pub async fn another_request_under_the_key_is_never_begun<L: RequestLog>(log: &UnderTest<L>) {
    let other = || NewRequest { fingerprint: [8; 32], ..request("key", 2, NOW + MINUTE * 2) };
    let claim = begun(&**log, request("key", 1, NOW)).await;
    assert_eq!(begin(&**log, other()).await, Begun::Different);
    assert!(end(&**log, &claim, RequestOutcome::Unknown { at: NOW }).await);
    assert_eq!(begin(&**log, other()).await, Begun::Different);
    let claim = begun(&**log, request("key", 1, NOW)).await;
    assert!(end(&**log, &claim, RequestOutcome::Answered(answer())).await);
    assert_eq!(begin(&**log, other()).await, Begun::Different);
}

/// By every letter.
pub async fn accounts_and_keys_are_told_apart<L: RequestLog>(log: &UnderTest<L>) {
    for (id, key) in ["key", "Key", "key ", "k\u{e9}y", "ke\u{301}y", "%"].into_iter().enumerate() {
        begun(&**log, request(key, id as u128, NOW)).await;
    }
    let of_another = NewRequest { account: account(2), ..request("key", 9, NOW) };
    assert_eq!(begun(&**log, of_another).await.id, Uuid::from_u128(9));
}

/// Whoever took over has the say.
pub async fn a_late_end_of_an_earlier_turn_changes_nothing<L: RequestLog>(log: &UnderTest<L>) {
    let first = begun(&**log, request("key", 1, NOW)).await;
    let second = begun(&**log, request("key", 2, NOW + MINUTE)).await;
    let late = [RequestOutcome::Answered(answer()), RequestOutcome::Unknown { at: NOW }, RequestOutcome::Nothing];
    for outcome in late.clone() {
        assert!(!end(&**log, &first, outcome).await);
    }
    assert!(matches!(begin(&**log, request("key", 3, NOW + MINUTE)).await, Begun::InProgress { .. }));
    assert!(end(&**log, &second, RequestOutcome::Answered(answer())).await);
    for outcome in late {
        assert!(!end(&**log, &second, outcome).await, "it has ended");
    }
    assert_eq!(begin(&**log, request("key", 3, NOW + MINUTE)).await, Begun::Answered(answer()));
}

/// The oldest first.
pub async fn what_is_old_is_forgotten_and_no_more_than_asked_for<L: RequestLog>(log: &UnderTest<L>) {
    for number in 0..5 {
        begun(&**log, request(&number.to_string(), u128::from(number), NOW + MINUTE * number)).await;
    }
    let forget = async |before, limit| log.forget(before, limit).await.expect("the log answers");
    assert_eq!(forget(NOW, 10).await, 0);
    assert_eq!(forget(NOW + MINUTE * 3, 2).await, 2);
    assert_eq!(forget(NOW + MINUTE * 3, 2).await, 1);
    assert_eq!(forget(NOW + MINUTE * 3, 2).await, 0);
    assert_eq!(begun(&**log, request("0", 9, NOW)).await.id, Uuid::from_u128(9), "the key can be used again");
    assert!(matches!(begin(&**log, request("3", 9, NOW)).await, Begun::InProgress { .. }));
}

/// However they are interleaved.
pub async fn of_eight_at_once_one_is_at_work<L: RequestLog>(log: &UnderTest<L>) {
    let begun =
        log.at_once(8, |number, log| async move { begin(&*log, request("key", u128::from(number), NOW)).await }).await;
    let at_work = begun.iter().filter(|it| matches!(it, Begun::New(_))).count();
    let waiting = begun.iter().filter(|it| matches!(it, Begun::InProgress { .. })).count();
    assert_eq!((at_work, waiting), (1, 7), "{begun:?}");
}
