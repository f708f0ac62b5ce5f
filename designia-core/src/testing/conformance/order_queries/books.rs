//! The ledger.

use std::collections::BTreeMap;

use crate::ledger::{Account, Journal};
use crate::money::{Currency, Money};
use crate::order::{Order, Placement};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{assert_invalid, cancel, capture, pay};
use crate::testing::fixtures::{NOW, commit, currency, euros, placement, total};
use crate::testing::lives::lives;

/// Nothing was ever booked.
pub async fn empty_books_balance(stores: &Stores) {
    assert_eq!(stores.balance().await, []);
}

/// Every account is what the journals make it, and together they are nothing.
pub async fn the_trial_balance_sums_the_journals_and_sums_to_zero(stores: &Stores) {
    stores.shelve().await;
    let mut expected = BTreeMap::<(Account, Currency), i64>::new();
    for life in lives() {
        for commit in life.commits {
            for (account, currency, minor) in commit.changes.journals.iter().flat_map(Journal::postings) {
                *expected.entry((account, currency)).or_default() += minor;
            }
            stores.commit(commit).await;
            assert_sums_to_zero(stores).await;
        }
    }
    let expected: Vec<_> = expected.into_iter().map(|((account, currency), sum)| (account, currency, sum)).collect();
    assert_eq!(stores.balance().await, expected.into_iter().filter(|(_, _, sum)| *sum != 0).collect::<Vec<_>>());
}

/// A debit is positive.
pub async fn captured_money_is_the_providers_debit_and_the_buyers_credit(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    let order = stores.keep(capture(&order)).await;
    let (eur, minor) = (currency("EUR"), total().minor());
    assert_eq!(stores.balance().await, [(Account::ProviderBalance, eur, minor), (Account::BuyerFunds, eur, -minor)]);
    stores.keep(cancel(&order)).await;
    let expected = [(Account::ProviderBalance, eur, minor), (Account::RefundsInTransit, eur, -minor)];
    assert_eq!(stores.balance().await, expected);
}

/// Amounts of different currencies are never added up.
pub async fn each_currency_balances_by_itself(stores: &Stores) {
    stores.shelve().await;
    for (number, code, minor) in [(1, "EUR", 3), (2, "JPY", 5), (3, "KWD", 7), (4, "JPY", 11)] {
        let decision = Order::place(priced(number, code, minor), NOW).expect("a placement that is in order");
        let order = stores.keep(decision).await;
        let order = stores.keep(pay(&order)).await;
        stores.keep(capture(&order)).await;
    }
    let provider = |code, minor| (Account::ProviderBalance, currency(code), minor);
    let mut expected = vec![provider("EUR", 6), provider("JPY", 32), provider("KWD", 14)];
    expected.sort_unstable();
    let mut balance = stores.balance().await;
    balance.retain(|(account, _, _)| *account == Account::ProviderBalance);
    assert_eq!(balance, expected);
    assert_sums_to_zero(stores).await;
}

/// What a refused commit would have booked is not in the books.
pub async fn a_refused_commit_books_nothing(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    let paid = capture(&order);
    stores.keep(paid.clone()).await;
    let before = stores.balance().await;
    stores.refused(commit(paid)).await;
    assert_eq!(stores.balance().await, before);
    assert!(before.contains(&(Account::ProviderBalance, currency("EUR"), euros(total().minor()).minor())));
}

/// An event is booked once.
pub async fn a_journal_is_not_booked_twice(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    let paid = commit(capture(&order));
    let journal = paid.changes.journals[0];
    let order = paid.order.clone();
    stores.commit(paid).await;
    let before = stores.trace(&[order.id()]).await;
    let mut again = commit(cancel(&order));
    again.changes.journals.push(journal);
    assert_invalid(&stores.refused(again).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

async fn assert_sums_to_zero(stores: &Stores) {
    let mut sums = BTreeMap::<Currency, i64>::new();
    for (_, currency, minor) in stores.balance().await {
        *sums.entry(currency).or_default() += minor;
    }
    assert!(sums.values().all(|sum| *sum == 0), "the books don't balance: {sums:?}");
}

/// Two lines at this price of one, nothing for shipping.
fn priced(number: u32, code: &str, minor: i64) -> Placement {
    let mut placement = Placement { currency: currency(code), ..placement(number) };
    for (_, lines, shipping) in &mut placement.consignments {
        *shipping = Money::zero(currency(code));
        for line in lines {
            line.quantity = 1;
            line.unit_price = Money::new(minor, currency(code));
        }
    }
    placement
}
