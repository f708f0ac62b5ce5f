//! What somebody may ask of an order now, found by asking the rules themselves.

use super::{Actor, Command, Decision, Order, Tracking};
use crate::payment::PaymentMethod;
use crate::time::Timestamp;

/// A command that would be carried out, and what it would lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedAction {
    /// The command. What people have yet to fill in (the reason, the tracking, the method) has a stand-in.
    pub command: Command,
    /// What it would lead to if it were given now.
    pub decision: Decision,
}

impl Order {
    /// What somebody may ask now and would change something, each with what it would lead to. Nothing is done.
    ///
    /// Who may begin a payment, and who may decide about held money and failed refunds, is up to the host; here that is the
    /// buyer and the marketplace for the first, and the marketplace for the others.
    #[must_use]
    pub fn allowed_actions(&self, by: Actor, now: Timestamp) -> Vec<AllowedAction> {
        let allowed = self.conceivable(by).into_iter().filter_map(|command| {
            let decision = self.decide(&command, now).ok()?;
            (!decision.events.is_empty()).then_some(AllowedAction { command, decision })
        });
        allowed.collect()
    }

    fn conceivable(&self, by: Actor) -> Vec<Command> {
        let (pays, decides) = match by {
            Actor::Buyer(buyer) => (buyer == self.buyer(), false),
            Actor::Seller(_) => (false, false),
            Actor::Operator => (true, true),
        };
        let mut commands = Vec::new();
        if pays {
            commands.push(Command::StartPayment { method: PaymentMethod::default() });
        }
        commands.push(Command::Cancel { by, reason: String::new() });
        for (consignment, fulfilment) in self.consignments() {
            let seller = consignment.seller;
            // The known tracking would change nothing, so the stand-in differs from it.
            let tracking = fulfilment.tracking().map_or_else(
                || Tracking { carrier: "carrier".to_owned(), number: "number".to_owned() },
                |known| Tracking { carrier: known.carrier.clone(), number: "another number".to_owned() },
            );
            commands.extend([
                Command::Prepare { seller, by },
                Command::Ship { seller, by, tracking },
                Command::Deliver { seller, by },
                Command::CancelConsignment { seller, by, reason: String::new() },
            ]);
        }
        if decides {
            let stuck = self.refunds().iter().filter(|refund| refund.is_stuck());
            commands.extend(stuck.map(|refund| Command::RetryRefund { refund: refund.no }));
            commands.extend([Command::AcceptHeld, Command::ReturnHeld]);
        }
        commands
    }
}
