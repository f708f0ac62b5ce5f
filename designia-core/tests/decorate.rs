//! What wrappers add. That they keep the contracts of what they wrap is shown by the conformance suites.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

#[path = "decorate/recorder.rs"]
mod recorder;

use std::num::NonZeroU32;

use designia_core::account::{Account, Hidden};
use designia_core::decorate::{Retrying, Traced};
use designia_core::id::{AccountId, ChallengeId};
use designia_core::memory::MemoryStore;
use designia_core::ports::{
    AccountCommit, AccountFilter, AccountKey, AccountStore, CatalogStore, Cursor, Inbox, OrderFilter, OrderQueries,
    OrderStore, PageRequest, StoreErrorKind,
};
use designia_core::testing::{Faulty, Lost, block_on, fixtures};
use recorder::Recorder;

fn faulty(faults: &[(u64, Lost)]) -> (Retrying<Faulty<MemoryStore>>, Faulty<MemoryStore>) {
    let faulty = Faulty::new(MemoryStore::new());
    faults.iter().for_each(|(number, lost)| faulty.fail_call(*number, *lost));
    (Retrying::new(faulty.clone(), NonZeroU32::MIN.saturating_add(1)), faulty)
}

#[test]
fn a_read_is_tried_again_when_the_store_was_unavailable() {
    for lost in [Lost::Request, Lost::Reply] {
        let (store, faulty) = faulty(&[(1, lost)]);
        assert_eq!(block_on(store.load(fixtures::order_id(1))).unwrap(), None);
        assert_eq!(faulty.calls(), 2);
    }
}

#[test]
fn a_read_is_tried_so_often_and_no_more() {
    let (store, faulty) = faulty(&[(1, Lost::Request), (2, Lost::Request)]);
    let error = block_on(store.load(fixtures::order_id(1))).unwrap_err();
    assert_eq!((error.kind, faulty.calls()), (StoreErrorKind::Unavailable, 2));
}

#[test]
fn an_invalid_call_is_not_tried_again() {
    let (store, faulty) = faulty(&[]);
    let after = Some(Cursor { at: fixtures::NOW, id: "?".to_owned() });
    let error = block_on(store.orders(&OrderFilter::default(), PageRequest { after, limit: 1 })).unwrap_err();
    assert_eq!((error.kind, faulty.calls()), (StoreErrorKind::Invalid, 1));
}

#[test]
fn what_could_make_a_difference_is_not_tried_again() {
    let (store, faulty) = faulty(&[(1, Lost::Reply), (2, Lost::Reply)]);
    assert!(block_on(store.set_stock(fixtures::product_id(1), 7)).is_err());
    let placing = fixtures::commit(fixtures::placed(fixtures::placement(1)));
    assert!(block_on(store.commit(placing)).is_err());
    assert_eq!(faulty.calls(), 2);
}

#[test]
fn a_trace_tells_which_order_and_how_it_ended_and_nothing_about_people() {
    let recorder = Recorder::default();
    let store = Traced::new(MemoryStore::new());
    let placing = || fixtures::commit(fixtures::placed(fixtures::placement(1)));
    tracing::subscriber::with_default(recorder.clone(), || {
        for number in [1, 2] {
            block_on(store.put(&fixtures::product(number))).unwrap();
        }
        block_on(store.commit(placing())).unwrap();
        block_on(store.commit(placing())).unwrap_err();
        block_on(store.load(fixtures::order_id(1))).unwrap();
        block_on(store.accept(fixtures::event(1))).unwrap();
    });
    let text = recorder.text();
    let order = fixtures::order_id(1).to_string();
    assert!(
        text.contains(&format!("order_store.commit order={order} expected_version=0 events=1 effects=1")),
        "{text}"
    );
    assert!(text.contains("outcome=\"ok\"") && text.contains("outcome=\"conflict\""), "{text}");
    assert!(text.contains("DEBUG message=the call was turned down error=the order has changed meanwhile"), "{text}");
    for private in ["zoë", "Zoë", "Lisboa", "Ring twice", "Coruja", "2492"] {
        assert!(!text.contains(private), "`{private}` in {text}");
    }
}

#[test]
fn what_could_make_a_difference_to_an_account_is_not_tried_again() {
    let (store, faulty) = faulty(&[]);
    let id = ChallengeId::from_uuid(uuid::Uuid::nil());
    let fail = || faulty.fail_next(Lost::Reply);
    fail();
    assert!(block_on(store.attempt(id, fixtures::NOW)).is_err(), "a guess is counted once");
    fail();
    assert!(block_on(store.forget_ended(fixtures::NOW, 1)).is_err());
    fail();
    assert!(block_on(store.commit_account(AccountCommit::of(account(), fixtures::NOW))).is_err());
    assert_eq!(faulty.calls(), 3);
    fail();
    assert_eq!(block_on(store.account(&AccountKey::Email(account().email))).unwrap().map(|it| it.version), Some(1));
    assert_eq!(faulty.calls(), 5, "reading is");
}

#[test]
fn a_trace_of_an_account_tells_which_one_and_nothing_about_its_owner() {
    let recorder = Recorder::default();
    let store = Traced::new(MemoryStore::new());
    tracing::subscriber::with_default(recorder.clone(), || {
        let commit = || AccountCommit::of(account(), fixtures::NOW);
        block_on(store.commit_account(commit())).unwrap();
        block_on(store.commit_account(commit())).unwrap_err();
        let second = Account { id: AccountId::from_uuid(uuid::Uuid::from_u128(2)), ..account() };
        block_on(store.commit_account(AccountCommit::of(second, fixtures::NOW))).unwrap_err();
        for key in [AccountKey::Email(account().email), AccountKey::Username(account().username)] {
            block_on(store.account(&key)).unwrap();
        }
        let filter = AccountFilter { starts_with: Some("zoë".to_owned()), ..AccountFilter::default() };
        block_on(store.account_page(&filter, PageRequest { after: None, limit: 1 })).unwrap();
    });
    let text = recorder.text();
    assert!(
        text.contains(&format!("account_store.commit_account account={} expected_version=0", account().id)),
        "{text}"
    );
    assert!(text.contains("outcome=\"conflict\"") && text.contains("outcome=\"email_taken\""), "{text}");
    assert!(text.contains("account_store.account by=\"email\""), "{text}");
    for private in ["zoë", "Zoë", "example.com", "argon2"] {
        assert!(!text.contains(private), "`{private}` in {text}");
    }
}

fn account() -> Account {
    Account {
        first_name: "Zoë".to_owned(),
        password: Some(Hidden::new("$argon2id$")),
        ..Account::new(
            AccountId::from_uuid(uuid::Uuid::from_u128(1)),
            "zoë@example.com".parse().unwrap(),
            "zoë".parse().unwrap(),
            fixtures::NOW,
        )
    }
}

#[test]
fn a_store_that_fails_is_worth_a_warning() {
    let recorder = Recorder::default();
    let faulty = Faulty::new(MemoryStore::new());
    faulty.fail_next(Lost::Request);
    let store = Traced::new(faulty);
    tracing::subscriber::with_default(recorder.clone(), || block_on(store.load(fixtures::order_id(1))).unwrap_err());
    assert!(recorder.text().contains("outcome=\"unavailable\""), "{}", recorder.text());
    assert!(recorder.text().contains("WARN message=the call failed"), "{}", recorder.text());
}
