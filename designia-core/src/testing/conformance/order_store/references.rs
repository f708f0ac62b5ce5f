//! The provider's names for attempts.

use std::sync::Arc;

use crate::id::OrderId;
use crate::order::Order;
use crate::payment::{CloseReason, PaymentNews, ProviderRefs};
use crate::ports::CommitError;
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{assert_invalid, cancel, capture, learn, news_of, pay, refunded};
use crate::testing::fixtures::commit;

/// A webhook may know the session only, or the payment only.
pub async fn an_order_is_located_by_either_name_of_an_attempt(stores: &Stores) {
    let order = opened(stores, 1, Some("cs_1"), Some("pi_1")).await;
    assert_eq!(locate(stores, Some("cs_1"), None).await, Some(order.id()));
    assert_eq!(locate(stores, None, Some("pi_1")).await, Some(order.id()));
    assert_eq!(locate(stores, Some("cs_1"), Some("pi_1")).await, Some(order.id()));
    assert_eq!(locate(stores, Some("cs_unheard_of"), Some("pi_1")).await, Some(order.id()));
}

/// A name that becomes known later counts, too.
pub async fn an_order_is_located_by_a_name_that_it_learned_later(stores: &Stores) {
    let order = opened(stores, 1, Some("cs_1"), None).await;
    assert_eq!(locate(stores, None, Some("pi_1")).await, None);
    let order = stores.keep(learn(&order, Some("cs_1"), Some("pi_1"))).await;
    assert_eq!(locate(stores, None, Some("pi_1")).await, Some(order.id()));
}

/// Absent is `None`; so is nothing at all.
pub async fn an_unknown_name_locates_nothing(stores: &Stores) {
    opened(stores, 1, Some("cs_1"), None).await;
    assert_eq!(locate(stores, Some("cs_2"), Some("pi_2")).await, None);
    assert_eq!(locate(stores, Some("CS_1"), None).await, None);
    assert_eq!(locate(stores, None, None).await, None);
}

/// One payment never counts for two orders.
pub async fn a_session_of_another_order_is_refused_and_leaves_no_trace(stores: &Stores) {
    opened(stores, 1, Some("cs_1"), Some("pi_1")).await;
    refuses_the_name(stores, Some("cs_1"), Some("pi_2"), "cs_1").await;
}

/// Nor under its other name.
pub async fn a_payment_of_another_order_is_refused_and_leaves_no_trace(stores: &Stores) {
    opened(stores, 1, Some("cs_1"), Some("pi_1")).await;
    refuses_the_name(stores, Some("cs_2"), Some("pi_1"), "pi_1").await;
}

/// Nor does one refund.
pub async fn a_refund_of_another_order_is_refused_and_leaves_no_trace(stores: &Stores) {
    let mut refunding = Vec::new();
    for (number, session) in [(1, "cs_1"), (2, "cs_2")] {
        let order = opened(stores, number, Some(session), None).await;
        let order = stores.keep(capture(&order)).await;
        refunding.push(stores.keep(cancel(&order)).await);
    }
    stores.keep(refunded(&refunding[0], 1, "re_1")).await;
    let before = stores.trace(&[refunding[1].id()]).await;
    assert_foreign(&stores.refused(commit(refunded(&refunding[1], 1, "re_1"))).await, "re_1");
    assert_eq!(stores.trace(&[refunding[1].id()]).await, before);
    stores.keep(refunded(&refunding[1], 1, "re_2")).await;
}

/// Two attempts of one order are two payments.
pub async fn a_name_that_two_attempts_of_an_order_share_is_invalid(stores: &Stores) {
    let order = opened(stores, 1, Some("cs_1"), None).await;
    let order = stores.keep(news_of(&order, 1, None, PaymentNews::Closed(CloseReason::Unpaid))).await;
    let order = stores.keep(pay(&order)).await;
    let before = stores.trace(&[order.id()]).await;
    assert_invalid(&stores.refused(commit(news_of(&order, 2, Some("cs_1"), PaymentNews::Open))).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
    stores.keep(news_of(&order, 2, Some("cs_2"), PaymentNews::Open)).await;
}

/// An order's own names are no obstacle to its next commit.
pub async fn an_order_keeps_its_names(stores: &Stores) {
    let order = opened(stores, 1, Some("cs_1"), Some("pi_1")).await;
    let order = stores.keep(capture(&order)).await;
    assert_eq!(locate(stores, Some("cs_1"), None).await, Some(order.id()));
    assert_eq!(locate(stores, None, Some("pi_1")).await, Some(order.id()));
}

/// The first to learn a name has it.
pub async fn of_eight_orders_that_learn_one_name_at_once_exactly_one_wins(stores: &Stores) {
    let mut steps = Vec::new();
    for number in 0..8 {
        let order = stores.place(number).await;
        let order = stores.keep(pay(&order)).await;
        steps.push(commit(learn(&order, None, Some("pi_1"))));
    }
    let results = stores
        .at_once(8, |number| {
            let step = steps[usize::try_from(number).expect("a small number")].clone();
            let orders = Arc::clone(&stores.orders);
            async move { orders.commit(step).await }
        })
        .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "of {results:?}");
    results.iter().filter_map(|result| result.as_ref().err()).for_each(|error| assert_foreign(error, "pi_1"));
    assert!(locate(stores, None, Some("pi_1")).await.is_some());
}

async fn opened(stores: &Stores, number: u32, session: Option<&str>, payment: Option<&str>) -> Order {
    let order = stores.place(number).await;
    let order = stores.keep(pay(&order)).await;
    stores.keep(learn(&order, session, payment)).await
}

async fn locate(stores: &Stores, session: Option<&str>, payment: Option<&str>) -> Option<OrderId> {
    let refs = ProviderRefs { session: session.map(str::to_owned), payment: payment.map(str::to_owned) };
    stores.orders.locate(&refs).await.expect("the store answers")
}

async fn refuses_the_name(stores: &Stores, session: Option<&str>, payment: Option<&str>, name: &str) {
    let order = stores.place(2).await;
    let order = stores.keep(pay(&order)).await;
    let before = stores.trace(&[order.id()]).await;
    assert_foreign(&stores.refused(commit(learn(&order, session, payment))).await, name);
    assert_eq!(stores.trace(&[order.id()]).await, before);
    for (session, payment) in [(Some("cs_2"), None), (None, Some("pi_2"))] {
        assert_eq!(locate(stores, session, payment).await, None);
    }
}

#[track_caller]
fn assert_foreign(error: &CommitError, name: &str) {
    let is_expected = matches!(error, CommitError::ForeignReference { reference } if reference == name);
    assert!(is_expected, "expected that `{name}` is another order's, got {error:?}");
}
