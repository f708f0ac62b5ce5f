//! Texts that careless storage spoils, or takes for something else.

use crate::account::{
    Account, AccountEvent, AccountEventKind, Email, Hidden, Identity, Profile, SellerApplication, Session, Standing,
};
use crate::ports::{AccountCommit, AccountFilter, AccountKey, ApplicationKey, PageRequest};
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{
    account_id, application, assert_invalid, event, identity, session, stranger,
};
use crate::testing::fixtures::{NOW, task};

/// A commit of account 1 that has this text wherever a text can be.
fn everywhere(text: &str) -> AccountCommit {
    let some = || Some(text.to_owned());
    let profile = Profile {
        bio: text.to_owned(),
        social_urls: [(text.to_owned(), text.to_owned())].into(),
        picture: some(),
        ..Profile::default()
    };
    let account = Account {
        first_name: text.to_owned(),
        standing: Standing::Disabled { at: NOW, why: text.to_owned() },
        password: Some(Hidden::new(text)),
        identities: vec![Identity { subject: text.chars().take(200).collect(), ..identity(1) }],
        profile,
        ..stranger(1)
    };
    AccountCommit {
        opens: Some(Session { client: text.to_owned(), from: some(), ..session(1, 1) }),
        application: Some(SellerApplication { motivation: text.to_owned(), notes: some(), ..application(1, 1) }),
        events: vec![AccountEvent { note: some(), from: some(), ..event(1, AccountEventKind::LoggedIn, NOW) }],
        ..AccountCommit::of(account, NOW)
    }
}

/// Expects that a commit was stored as it is.
async fn assert_stored(stores: &AccountStores, commit: AccountCommit) {
    let expected = commit.clone();
    stores.commit(commit).await;
    assert_eq!(stores.load(1).await, expected.account);
    assert_eq!(stores.session(1).await, expected.opens);
    assert_eq!(stores.application(ApplicationKey::Account(account_id(1))).await, expected.application);
    assert_eq!(stores.happened(1, 9).await, expected.events);
    let known = AccountKey::Identity(expected.account.identities[0].clone());
    assert_eq!(stores.find(known).await, Some(expected.account));
}

/// To the last letter.
pub async fn hostile_texts_come_back_as_they_were(stores: &AccountStores) {
    let texts = [
        "'; DROP TABLE accounts; --",
        "\"} , \\\\u0000 \\0 \\x00 $1 ?1 %s {0}",
        "\u{1f989}\u{200d}\u{1f525} \u{202e}abc\u{feff}\u{10ffff}",
        "\r\n\t\u{1}\u{7f}\u{85}\u{2028}",
        "  spaces around  ",
        "null",
    ];
    assert_stored(stores, everywhere(&texts.join("\n"))).await;
}

/// Quotes and letters of any alphabet; found whatever the case, by the address and by how it begins.
pub async fn an_address_with_an_apostrophe_is_kept_and_found(stores: &AccountStores) {
    let email = |text: &str| text.parse::<Email>().expect("an address");
    let account = Account { email: email("Zoë.O'Neil+orders@example.com"), ..stranger(1) };
    stores.commit(AccountCommit::of(account, NOW)).await;
    let stored = stores.find(AccountKey::Email(email("zoë.o'neil+ORDERS@example.com"))).await.expect("it is found");
    assert_eq!(stored.email.as_str(), "Zoë.O'Neil+orders@example.com");
    let filter = AccountFilter { starts_with: Some("zoë.o'n".to_owned()), ..AccountFilter::default() };
    let page = stores.accounts.account_page(&filter, PageRequest { after: None, limit: 9 }).await;
    assert_eq!(page.expect("the store answers").rows, [stored]);
}

/// A megabyte of it.
pub async fn a_long_text_comes_back_as_it_was(stores: &AccountStores) {
    assert_stored(stores, everywhere(&"ä\u{1f989}'\\\"x\n ".repeat(80_000))).await;
}

/// A zero byte can't be in every database's columns of text, and so is in none.
pub async fn what_can_not_be_stored_is_invalid_and_leaves_nothing(stores: &AccountStores) {
    let zero = || "a\0b".to_owned();
    let of = |account| AccountCommit { tasks: vec![task(1)], ..AccountCommit::of(account, NOW) };
    let named = |provider: String, subject: String| vec![Identity { provider, subject }];
    let wrong = [
        of(Account { identities: named(zero(), "1".to_owned()), ..stranger(1) }),
        of(Account { identities: named("google".to_owned(), zero()), ..stranger(1) }),
        of(Account { identities: vec![identity(1), identity(1)], ..stranger(1) }),
        AccountCommit { opens: Some(Session { client: zero(), ..session(1, 1) }), ..of(stranger(1)) },
        AccountCommit { opens: Some(Session { from: Some(zero()), ..session(1, 1) }), ..of(stranger(1)) },
        AccountCommit {
            events: vec![AccountEvent { note: Some(zero()), ..event(1, AccountEventKind::LoggedIn, NOW) }],
            ..of(stranger(1))
        },
    ];
    for commit in wrong {
        let what = format!("{commit:?}");
        assert_invalid(&stores.refused(commit).await);
        assert_eq!(stores.find(AccountKey::Id(account_id(1))).await, None, "{what}");
        assert!(!stores.is_known(&task(1)).await, "{what}");
    }
}

/// What comes from outside is looked for as it is.
pub async fn a_filter_of_any_text_finds_nobody_and_breaks_nothing(stores: &AccountStores) {
    stores.keep(stranger(1)).await;
    let long = "x".repeat(1_000_000);
    for text in ["\0", "strange\0", "\u{10ffff}", "';--", long.as_str()] {
        let any = || Some(text.to_owned());
        for filter in [
            AccountFilter { starts_with: any(), ..AccountFilter::default() },
            AccountFilter { standing: any(), ..AccountFilter::default() },
        ] {
            let page = stores.accounts.account_page(&filter, PageRequest { after: None, limit: 9 }).await;
            assert_eq!(page.expect("the store answers").rows, [], "{:?}", text.chars().take(9).collect::<String>());
        }
        let short: String = text.chars().take(200).collect();
        let nobody = AccountKey::Identity(Identity { provider: short.clone(), subject: short });
        assert_eq!(stores.find(nobody).await, None);
    }
}
