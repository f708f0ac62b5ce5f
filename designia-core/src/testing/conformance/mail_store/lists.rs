//! Pages of mails, and what is forgotten.

#![expect(missing_docs, reason = "the names of the cases are the rules")]

use crate::mail::{MailRecord, MailState};
use crate::ports::MailFilter;
use crate::testing::conformance::MailStores;
use crate::testing::conformance::mail_stores::{account, later, mail, order, outcome};
use crate::testing::fixtures::NOW;

pub async fn a_list_shows_the_newest_first_without_what_they_say(stores: &MailStores) {
    for number in 1..=5 {
        stores.begin(&mail(number)).await;
    }
    let expected: Vec<_> =
        [5, 4, 3, 2, 1].into_iter().map(|number| MailRecord { body: None, ..mail(number) }).collect();
    assert_eq!(stores.mailed(MailFilter::All, 10).await, expected);
    assert_eq!(stores.mailed(MailFilter::All, 2).await, expected, "in pages of two");
}

pub async fn mails_are_found_by_state_account_and_order(stores: &MailStores) {
    for number in 1..=6 {
        let (account, order) = (account(number % 2), order(number % 3));
        stores.begin(&MailRecord { account: Some(account), order: Some(order), ..mail(number) }).await;
    }
    for number in [1, 4, 6] {
        stores.settle(&mail(number), &outcome(MailState::Sent, None), later(9)).await;
    }
    for (filter, expected) in [
        (MailFilter::State(MailState::Sent), vec![6, 4, 1]),
        (MailFilter::State(MailState::Waiting), vec![5, 3, 2]),
        (MailFilter::State(MailState::Refused), vec![]),
        (MailFilter::Account(account(1)), vec![5, 3, 1]),
        (MailFilter::Order(order(0)), vec![6, 3]),
        (MailFilter::Order(order(9)), vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|number| mail(number).id).collect();
        for limit in [1, 10] {
            let found: Vec<_> = stores.mailed(filter, limit).await.into_iter().map(|it| it.id).collect();
            assert_eq!(found, expected, "{filter:?} in pages of {limit}");
        }
    }
}

pub async fn each_mail_is_on_one_page_even_if_all_were_begun_at_once(stores: &MailStores) {
    for number in 1..=7 {
        stores.begin(&MailRecord { created_at: NOW, ..mail(number) }).await;
    }
    let mut ids: Vec<_> = stores.mailed(MailFilter::All, 3).await.into_iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 7);
}

pub async fn the_oldest_are_forgotten_first_and_not_more_than_wanted(stores: &MailStores) {
    for number in 1..=5 {
        stores.begin(&mail(number)).await;
    }
    let forget = |limit| async move { stores.mails.forget_mails(later(4), limit).await.expect("the store answers") };
    assert_eq!((forget(2).await, forget(2).await, forget(2).await), (2, 1, 0));
    let left: Vec<_> = stores.mailed(MailFilter::All, 10).await.into_iter().map(|it| it.id).collect();
    assert_eq!(left, [mail(5).id, mail(4).id]);
}

pub async fn an_account_that_leaves_takes_its_mails_along(stores: &MailStores) {
    stores.begin(&mail(1)).await;
    stores.begin(&MailRecord { account: Some(account(2)), ..mail(2) }).await;
    stores.begin(&MailRecord { account: None, ..mail(3) }).await;
    for _ in 0..2 {
        stores.mails.forget_mails_of(account(1)).await.expect("the store answers");
        let left: Vec<_> = stores.mailed(MailFilter::All, 10).await.into_iter().map(|it| it.id).collect();
        assert_eq!(left, [mail(3).id, mail(2).id]);
    }
}
