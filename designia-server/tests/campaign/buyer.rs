//! The buyers: what each of them orders, and how badly they behave, all drawn from the seed.

use std::time::Duration;

use designia_stripe_sandbox::Card;
use reqwest::Method;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::latecomer::Latecomer;
use crate::shop::{Ask, session_of};
use crate::world::World;

/// What a buyer does after ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Pays,
    IsDeclinedAndPays,
    IsDeclinedAndLeaves,
    Leaves,
    CancelsUnpaid,
    PaysAndCancels,
    CancelsWhilePaying,
    /// With a card to which refunds take an hour.
    PaysAndCancelsSlowly,
    /// Comes back when the first page has closed, and pays on both.
    PaysTwice,
    /// Money lands after the deadline.
    PaysLate,
}

/// So many of a hundred.
const BEHAVIOURS: [(Behaviour, u64); 10] = [
    (Behaviour::Pays, 28),
    (Behaviour::IsDeclinedAndPays, 8),
    (Behaviour::IsDeclinedAndLeaves, 5),
    (Behaviour::Leaves, 9),
    (Behaviour::CancelsUnpaid, 9),
    (Behaviour::PaysAndCancels, 10),
    (Behaviour::CancelsWhilePaying, 9),
    (Behaviour::PaysAndCancelsSlowly, 4),
    (Behaviour::PaysTwice, 9),
    (Behaviour::PaysLate, 9),
];

/// What is sold in a campaign, and by whom: few products, so that buyers compete for the last of each.
pub(crate) const PRODUCTS: [(&str, &str); 5] = [
    ("moon-jar", "seller"),
    ("tea-bowl", "seller"),
    ("espresso-cup", "seller"),
    ("tide-print", "seller2"),
    ("field-notebook", "seller2"),
];

/// One order that somebody wants.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    number: u64,
    who: &'static str,
    /// Products by their names, and how many of each.
    items: Vec<(&'static str, u64)>,
    currency: &'static str,
    behaviour: Behaviour,
    /// Whether the buyer presses the button twice.
    is_impatient: bool,
    dice: Dice,
}

impl Plan {
    pub(crate) fn drawn(seed: u64, number: u64) -> Self {
        let mut dice = Dice::of(seed, "plan", number);
        let who = dice.pick(&["buyer", "buyer", "buyer", "admin", "seller", "seller2"]);
        let mut products: Vec<_> = PRODUCTS.iter().filter(|(_, seller)| *seller != who).collect();
        let lines = 1 + dice.index(products.len().min(3));
        let items = (0..lines).map(|_| (products.swap_remove(dice.index(products.len())).0, 1 + dice.below(2)));
        let items = items.collect();
        let mut draw = dice.below(100);
        let behaviour = BEHAVIOURS.iter().find(|(_, share)| {
            let is_drawn = draw < *share;
            draw = draw.saturating_sub(*share);
            is_drawn
        });
        Self {
            number,
            who,
            items,
            currency: dice.pick(&["EUR", "EUR", "USD"]),
            behaviour: behaviour.unwrap().0,
            is_impatient: dice.percent(20),
            dice,
        }
    }

    /// The buyer's whole story, or its first part if there is a later one.
    pub(crate) async fn live(mut self, world: &World) {
        let Some((order, url)) = self.order(world).await else { return };
        let url = match url {
            Some(url) => Some(url),
            None => page(world, &mut self.dice, self.who, &order).await,
        };
        let Some(session) = url.map(|url| session_of(&url)) else {
            if self.behaviour == Behaviour::CancelsUnpaid {
                cancel(world, &mut self.dice, self.who, &order).await;
            } else {
                world.comes_later(Latecomer::without_page(self.number, self.who, order));
            }
            return;
        };
        match self.behaviour {
            Behaviour::Leaves => {}
            Behaviour::Pays => pay(world, &session, Card::Visa),
            Behaviour::IsDeclinedAndPays => {
                pay(world, &session, Card::Declined);
                pay(world, &session, Card::Visa);
            }
            Behaviour::IsDeclinedAndLeaves => pay(world, &session, Card::InsufficientFunds),
            Behaviour::CancelsUnpaid => cancel(world, &mut self.dice, self.who, &order).await,
            Behaviour::PaysAndCancels => {
                pay(world, &session, Card::Visa);
                cancel(world, &mut self.dice, self.who, &order).await;
            }
            Behaviour::PaysAndCancelsSlowly => {
                pay(world, &session, Card::RefundPends);
                cancel(world, &mut self.dice, self.who, &order).await;
            }
            Behaviour::CancelsWhilePaying => {
                let moment = Duration::from_millis(self.dice.below(30));
                tokio::join!(cancel(world, &mut self.dice, self.who, &order), async {
                    tokio::time::sleep(moment).await;
                    pay(world, &session, Card::Visa);
                });
            }
            Behaviour::PaysTwice => {
                world.comes_later(Latecomer::paying_twice(self.number, self.who, order, session));
            }
            Behaviour::PaysLate => world.comes_later(Latecomer::paying_late(self.number, self.who, order, session)),
        }
    }

    /// The order and perhaps its page; `None` if it was refused.
    async fn order(&mut self, world: &World) -> Option<(String, Option<String>)> {
        let items: Vec<Value> = self
            .items
            .iter()
            .map(|(slug, quantity)| json!({ "product_id": world.products[slug], "quantity": quantity }))
            .collect();
        let body = json!({ "items": items, "currency": self.currency });
        let key = format!("campaign-{}", self.number);
        let ask = Ask::post(self.who, "/api/payments/checkout_session/", body).under(key.clone());
        let answer = if self.is_impatient {
            let mut other = Dice::of(world.seed, "impatience", self.number);
            let (first, second) = tokio::join!(world.shop.ask(&mut self.dice, &ask), world.shop.ask(&mut other, &ask));
            if first.is_good() != second.is_good() && !is_after_all_possible(&first.body, &second.body) {
                let what = format!("the key {key} was answered with {} and with {}", first.body, second.body);
                world.answers.contradiction(what);
            }
            if second.is_good() {
                world.answers.placed(&key, second.text("order_id").unwrap());
            }
            if first.is_good() { first } else { second }
        } else {
            world.shop.ask(&mut self.dice, &ask).await
        };
        if !answer.is_good() {
            world.answers.refused(answer.text("code").unwrap_or("?"));
            return None;
        }
        let order = answer.text("order_id").unwrap().to_owned();
        world.answers.placed(&key, &order);
        Some((order, answer.text("url").map(str::to_owned)))
    }
}

/// Of two equal requests one may find the stock gone and the other, a moment later, find it released. The key is not used up by
/// a refusal.
fn is_after_all_possible(first: &Value, second: &Value) -> bool {
    [first, second].iter().any(|body| body["code"] == "out_of_stock")
}

/// The page of the payment under way, or of a new one; `None` if there is none for now.
pub(crate) async fn page(world: &World, dice: &mut Dice, who: &'static str, order: &str) -> Option<String> {
    let ask = Ask::get(who, format!("/api/payments/checkout_session/retry/{order}/"));
    // A reply that was lost is looked up after seconds; one that never came, after minutes. Who waits that long comes later.
    for _ in 0..3 {
        let answer = world.shop.ask(dice, &ask).await;
        if let Some(url) = answer.text("url") {
            return Some(url.to_owned());
        }
        if !answer.is_good() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    None
}

/// The buyer pays on the provider's page. It may have closed meanwhile, and a card may be declined: then nothing happens.
pub(crate) fn pay(world: &World, session: &str, card: Card) {
    world.sandbox.pay(session, card).map(drop).unwrap_or_default();
}

pub(crate) async fn cancel(world: &World, dice: &mut Dice, who: &'static str, order: &str) {
    let path = format!("/api/marketplace/orders/{order}/cancel/");
    let ask = Ask { method: Method::POST, ..Ask::post(who, path, json!({ "reason": "changed_mind" })) };
    let answer = world.shop.ask(dice, &ask).await;
    if answer.is_good() {
        world.answers.cancelled(order);
    } else if answer.status != 409 {
        world.answers.contradiction(format!("cancelling order {order} was answered with {}", answer.body));
    }
}
