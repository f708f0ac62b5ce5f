//! Finding an order by what the provider calls its refunds.

use crate::id::{AttemptNo, OrderId};
use crate::order::Surroundings;
use crate::payment::{Fact, RefundNews, RefundState, RefundSubject};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{LATER, cancel, capture, pay, refunded};
use crate::testing::fixtures::{euros, order_id, placement};

/// Nor does any other name of the provider's name a refund.
pub async fn a_refund_that_nobody_heard_of_is_of_no_order(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    let order = stores.keep(capture(&order)).await;
    stores.keep(cancel(&order)).await;
    for name in ["", "re_1", "cs_1", "'; DROP TABLE orders; --"] {
        assert_eq!(of(stores, name).await, None);
    }
}

/// Once the provider has told it.
pub async fn an_order_is_found_by_the_name_of_its_refund(stores: &Stores) {
    stores.shelve().await;
    for number in [1, 2] {
        let order = stores.place_as(placement(number)).await;
        let order = stores.keep(pay(&order)).await;
        let order = stores.keep(capture(&order)).await;
        let order = stores.keep(cancel(&order)).await;
        stores.keep(refunded(&order, 1, &format!("re_{number}"))).await;
    }
    assert_eq!(of(stores, "re_1").await, Some(order_id(1)));
    assert_eq!(of(stores, "re_2").await, Some(order_id(2)));
    assert_eq!(of(stores, "RE_2").await, None, "names are compared to the letter");
    assert_eq!(of(stores, "re_").await, None);
}

/// The order has heard of it, though it never asked.
pub async fn an_order_is_found_by_the_name_of_a_refund_made_past_us(stores: &Stores) {
    stores.shelve().await;
    stores.place_as(placement(1)).await;
    let order = stores.place_as(placement(2)).await;
    let order = stores.keep(pay(&order)).await;
    let order = stores.keep(capture(&order)).await;
    let news =
        RefundNews { provider_id: Some("re_by_hand".to_owned()), amount: euros(7), state: RefundState::Succeeded };
    let fact = Fact::Refund { refund: RefundSubject::Foreign { attempt: AttemptNo::FIRST }, news };
    stores.keep(order.record(&fact, &Surroundings::at(LATER))).await;
    assert_eq!(of(stores, "re_by_hand").await, Some(order_id(2)));
}

async fn of(stores: &Stores, name: &str) -> Option<OrderId> {
    stores.queries.order_of_refund(name).await.expect("the store answers")
}
