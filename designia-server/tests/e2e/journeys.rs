//! Whole journeys through server, sandbox and webhooks: wherever the money comes from and whenever, it ends as promised.

use serde_json::json;

use crate::support::{GOOD, HOUR, Place, Server, id, on_every_database};

const GRACE: std::time::Duration = std::time::Duration::from_secs(3 * 86_400);

on_every_database! {
    a_paid_order_goes_from_seller_to_buyer,
    held_money_can_make_the_order_stand_again_and_only_the_admin_may_say_so,
    a_paid_order_that_is_cancelled_gives_the_money_and_the_stock_back,
    a_server_that_is_told_to_stop_drains_and_its_loops_end,
}

async fn a_paid_order_goes_from_seller_to_buyer(place: &Place) {
    let server = Server::start(place, &[]).await;
    let checkout = server.checkout(&[("tea-bowl", 2), ("tide-print", 1)]).await;
    let id = id(&checkout);
    server.pay(&checkout, GOOD).await;
    server.until_status(id, "payment_confirmed").await;
    for seller in ["seller", "seller2"] {
        server.act(seller, id, "prepare", json!({})).await.ok();
        let tracking = json!({ "shipping_carrier": "DHL", "tracking_number": "JD0146" });
        let seen = server.act(seller, id, "ship", tracking).await.ok();
        assert_eq!((seen["status"].as_str(), seen["tracking_number"].as_str()), (Some("shipped"), Some("JD0146")));
    }
    assert_eq!(server.order("buyer", id).await["status"], "shipped");
    let order = server.act("buyer", id, "deliver", json!({})).await.ok();
    assert_eq!((order["status"].as_str(), order["payment_status"].as_str()), (Some("delivered"), Some("paid")));
    assert_eq!(server.stock("tea-bowl").await, 38);
}

async fn cancelled_for_want_of_money(server: &Server) -> serde_json::Value {
    let checkout = server.checkout(&[("moon-jar", 1)]).await;
    server.clock.advance(GRACE + HOUR);
    server.until_status(id(&checkout), "cancelled").await;
    server.pay_late(&checkout).await;
    checkout
}

async fn held_money_can_make_the_order_stand_again_and_only_the_admin_may_say_so(place: &Place) {
    let server = Server::start(place, &["--late-payment", "hold"]).await;
    let checkout = cancelled_for_want_of_money(&server).await;
    let id = id(&checkout);
    server.until("the money waits visibly", async || server.order("admin", id).await["attention"].is_array()).await;
    server.act("buyer", id, "accept_held", json!({})).await.refused(403, "forbidden");
    let order = server.act("admin", id, "accept_held", json!({})).await.ok();
    assert_eq!(order["status"], "payment_confirmed");
    server.act("admin", id, "return_held", json!({})).await.refused(409, "order_state_forbids");
}

async fn a_paid_order_that_is_cancelled_gives_the_money_and_the_stock_back(place: &Place) {
    let server = Server::start(place, &[]).await;
    let checkout = server.checkout(&[("tea-bowl", 1), ("tide-print", 1)]).await;
    let id = id(&checkout);
    server.pay(&checkout, GOOD).await;
    server.until_status(id, "payment_confirmed").await;
    server.act("seller2", id, "cancel", json!({ "reason": "broken" })).await.ok();
    let order = server.until_paid(id, "partial_refund").await;
    assert_eq!(
        (order["status"].as_str(), order["amount_refunded"].as_str()),
        (Some("payment_confirmed"), Some("57.29"))
    );
    server.clock.advance(HOUR);
    server.act("buyer", id, "cancel", json!({ "reason": "changed_mind", "comment": "sorry" })).await.ok();
    let order = server.until_status(id, "refunded").await;
    assert_eq!(order["cancellation_reason"], "cancelled by the buyer: changed_mind: sorry");
    assert_eq!((server.stock("tea-bowl").await, server.stock("tide-print").await), (40, 50));
}

async fn a_server_that_is_told_to_stop_drains_and_its_loops_end(place: &Place) {
    let server = Server::start(place, &[]).await;
    server.checkout(&[("tea-bowl", 1)]).await;
    assert_eq!(server.stop().await, designia_server::serve::Ended::Drained);
}
