//! The sellers: they ship some of what was paid, cancel some, and let some lie.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use crate::dice::Dice;
use crate::shop::Ask;
use crate::world::World;

/// Works until the day is over, and looks once more then.
pub(crate) async fn work(world: &World, who: &'static str, mut is_over: watch::Receiver<bool>) {
    let mut seen = BTreeSet::new();
    loop {
        let is_last = *is_over.borrow_and_update();
        for order in paid_orders(world, who).await {
            if seen.insert(order.clone()) {
                let mut dice = Dice::of(world.seed, &format!("{who} {order}"), 0);
                handle(world, &mut dice, who, &order).await;
            }
        }
        if is_last {
            return;
        }
        tokio::select! {
            _ = is_over.changed() => {}
            () = tokio::time::sleep(Duration::from_millis(600)) => {}
        }
    }
}

async fn paid_orders(world: &World, who: &'static str) -> Vec<String> {
    let mut dice = Dice::of(world.seed, who, 0);
    let ask = Ask::get(who, "/api/marketplace/orders/seller_orders/?status=payment_confirmed&page_size=100");
    let answer = world.shop.ask(&mut dice, &ask).await;
    let rows = answer.body["results"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

async fn handle(world: &World, dice: &mut Dice, who: &'static str, order: &str) {
    let at = |action: &str| format!("/api/marketplace/orders/{order}/{action}/");
    match dice.below(100) {
        0..55 => {
            let tracking = json!({ "shipping_carrier": "DHL", "tracking_number": format!("T-{who}-{order}") });
            if world.shop.ask(dice, &Ask::post(who, at("ship"), tracking)).await.is_good() {
                world.answers.shipped(order, who);
                if dice.percent(40) {
                    world.shop.ask(dice, &Ask::post(who, at("deliver"), json!({}))).await;
                }
            }
        }
        55..70 => {
            world.shop.ask(dice, &Ask::post(who, at("cancel"), json!({ "reason": "sold_out" }))).await;
        }
        _ => {}
    }
}
