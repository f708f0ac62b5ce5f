//! What a reader may do with an order now: found by asking the rules, so that it can't differ from them.

use designia_core::order::{Actor, Command, Order, Tracking};
use designia_core::payment::PaymentMethod;
use designia_core::time::Timestamp;

use super::order::Reader;

/// The names of the actions that would not be refused.
pub(crate) fn allowed(order: &Order, reader: Reader, now: Timestamp) -> Vec<&'static str> {
    candidates(order, reader)
        .into_iter()
        .filter(|(_, command)| order.decide(command, now).is_ok_and(|decision| !decision.events.is_empty()))
        .map(|(name, _)| name)
        .collect()
}

fn candidates(order: &Order, reader: Reader) -> Vec<(&'static str, Command)> {
    let cancel = |by| ("cancel", Command::Cancel { by, reason: String::new() });
    match reader {
        Reader::Buyer => {
            let by = Actor::Buyer(order.buyer());
            let mut all = vec![("pay", Command::StartPayment { method: PaymentMethod::Card }), cancel(by)];
            let arrived = order.consignments().map(|(part, _)| Command::Deliver { seller: part.seller, by });
            all.extend(arrived.map(|command| ("deliver", command)));
            all
        }
        Reader::Seller(seller) => {
            let by = Actor::Seller(seller);
            // Any tracking that the order does not have yet, to find out whether one may be given.
            let tracking = Tracking { carrier: "?".to_owned(), number: "?".to_owned() };
            vec![
                ("cancel", Command::CancelConsignment { seller, by, reason: String::new() }),
                ("prepare", Command::Prepare { seller, by }),
                ("ship", Command::Ship { seller, by, tracking }),
                ("deliver", Command::Deliver { seller, by }),
            ]
        }
        Reader::Admin => {
            let mut all = vec![cancel(Actor::Operator)];
            if order.hold().is_some() {
                all.extend([("return_held", Command::ReturnHeld), ("accept_held", Command::AcceptHeld)]);
            }
            all
        }
    }
}
