//! What an action would do to an order if it were asked for now: found by the rules that would carry it out.

use designia_core::effect::{EffectRequest, Message, MessageKind};
use designia_core::id::{ProductId, SellerId};
use designia_core::ledger::{Account, Journal};
use designia_core::order::transition::Trigger;
use designia_core::order::{AllowedAction, Changes, Command, Order, StockMovement, StockReason};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::person::People;

/// An action that would not be refused, and what it would lead to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DryRun {
    /// The action, such as `cancel`.
    #[schema(example = "cancel")]
    pub(crate) action: &'static str,
    /// What it is, for people.
    pub(crate) label: String,
    /// Whose part of the order it is about, if it is about one.
    pub(crate) seller_id: Option<Uuid>,
    /// Which refund it is about, if it is about one.
    pub(crate) refund: Option<u16>,
    /// What has to be given with it: `reason`, `tracking`.
    pub(crate) needs: Vec<&'static str>,
    /// How the order would stand.
    #[schema(example = "cancelled")]
    pub(crate) status: &'static str,
    /// How its money would stand.
    #[schema(example = "pending")]
    pub(crate) payment_status: &'static str,
    /// What would be written into the order's history.
    pub(crate) events: Vec<String>,
    /// Money that would move.
    pub(crate) money: Vec<String>,
    /// Stock that would move.
    pub(crate) stock: Vec<String>,
    /// What the payment provider would be asked.
    pub(crate) calls: Vec<String>,
    /// Who would be told what.
    pub(crate) messages: Vec<String>,
}

/// Each of these actions with what it would do. Beginning a payment is left to the buyer, who has to be there to pay.
pub(crate) fn dry_runs(order: &Order, allowed: &[AllowedAction], people: &People) -> Vec<DryRun> {
    allowed.iter().filter_map(|it| DryRun::of(order, it, people)).collect()
}

impl DryRun {
    fn of(order: &Order, allowed: &AllowedAction, people: &People) -> Option<Self> {
        let name = |seller: SellerId| people.person(seller).username;
        let (label, seller, refund, needs) = match &allowed.command {
            Command::StartPayment { .. } | Command::Tick => return None,
            Command::Cancel { .. } => ("Cancel the order".to_owned(), None, None, vec!["reason"]),
            Command::CancelConsignment { seller, .. } => {
                (format!("Cancel the part of {}", name(*seller)), Some(*seller), None, vec!["reason"])
            }
            Command::Prepare { seller, .. } => {
                (format!("Mark the part of {} as being prepared", name(*seller)), Some(*seller), None, vec![])
            }
            Command::Ship { seller, .. } => {
                let is_known = order.consignment(*seller).is_some_and(|(_, it)| it.tracking().is_some());
                let label = if is_known { "Correct the tracking of" } else { "Mark as shipped the part of" };
                (format!("{label} {}", name(*seller)), Some(*seller), None, vec!["tracking"])
            }
            Command::Deliver { seller, .. } => {
                (format!("Mark the part of {} as delivered", name(*seller)), Some(*seller), None, vec![])
            }
            Command::RetryRefund { refund } => (format!("Try refund {refund} again"), None, Some(refund.get()), vec![]),
            Command::ReturnHeld => ("Give the held money back".to_owned(), None, None, vec![]),
            Command::AcceptHeld => ("Accept the held money and let the order stand".to_owned(), None, None, vec![]),
        };
        let (decision, changes) = (&allowed.decision, Changes::of(&allowed.decision));
        let requests = || changes.effects.iter().map(|effect| &effect.request);
        let after = &decision.order;
        Some(Self {
            action: Trigger::of_command(&allowed.command).as_str(),
            label,
            seller_id: seller.map(SellerId::as_uuid),
            refund,
            needs,
            status: after.status().as_str(),
            payment_status: after.payment_status().as_str(),
            events: decision.events.iter().map(|event| super::timeline::text(event, people)).collect(),
            money: changes.journals.iter().map(money).collect(),
            stock: changes.stock.iter().map(|movement| stock(order, *movement)).collect(),
            calls: requests().filter_map(call).collect(),
            messages: requests().filter_map(|request| message(request, people)).collect(),
        })
    }
}

fn money(journal: &Journal) -> String {
    let amount = journal.amount;
    match (journal.debit, journal.credit) {
        (Account::ProviderBalance, Account::BuyerFunds) => format!("{amount} come in at the provider"),
        (Account::BuyerFunds, Account::RefundsInTransit) => {
            format!("{amount} of the buyer's money are set aside to go back")
        }
        (Account::RefundsInTransit, Account::BuyerFunds) => format!("{amount} that were to go back stay the buyer's"),
        (Account::RefundsInTransit, Account::ProviderBalance) => format!("{amount} leave the provider for the buyer"),
        (Account::ProviderBalance, Account::RefundsInTransit) => format!("{amount} come back to the provider"),
        (debit, credit) => format!("{amount}: debit {}, credit {}", debit.as_str(), credit.as_str()),
    }
}

fn stock(order: &Order, movement: StockMovement) -> String {
    let lines = || order.consignments().flat_map(|(part, _)| &part.lines);
    let named = |product: ProductId| lines().find(|line| line.product == product).map(|line| line.title.clone());
    let title = named(movement.product).unwrap_or_else(|| movement.product.to_string());
    match movement.reason {
        StockReason::Reserve => format!("{} × {title} is reserved", movement.quantity),
        StockReason::Release => format!("{} × {title} is for sale again", movement.quantity),
    }
}

fn call(request: &EffectRequest) -> Option<String> {
    Some(match request {
        EffectRequest::Open(open) => format!("to open payment {} of {}", open.payment.attempt, open.amount),
        EffectRequest::Void(payment) => format!("to close payment {}, or say that it was paid", payment.attempt),
        EffectRequest::Ask(payment) => format!("what became of payment {}", payment.attempt),
        EffectRequest::Refund(refund) => format!("to give {} back (refund {})", refund.amount, refund.refund),
        EffectRequest::AskRefund(refund) => format!("what became of refund {}", refund.refund),
        EffectRequest::Notify(_) => return None,
    })
}

fn message(request: &EffectRequest, people: &People) -> Option<String> {
    let EffectRequest::Notify(Message { kind, .. }) = request else { return None };
    let name = |seller: &SellerId| people.person(*seller).username;
    Some(match kind {
        MessageKind::OrderPlaced { .. } => "the buyer: the order stands".to_owned(),
        MessageKind::PaymentReminder { .. } => "the buyer: still unpaid".to_owned(),
        MessageKind::PaymentReceived { .. } => "the buyer: paid".to_owned(),
        MessageKind::SellerOrder { seller } => format!("{}: there is something to ship", name(seller)),
        MessageKind::OrderCancelled { .. } => "the buyer: the order is cancelled".to_owned(),
        MessageKind::OrderReinstated => "the buyer: the order stands again".to_owned(),
        MessageKind::ConsignmentCancelled { seller, .. } => {
            format!("the buyer: the part of {} is cancelled", name(seller))
        }
        MessageKind::Shipped { seller, .. } => format!("the buyer: the part of {} is on its way", name(seller)),
        MessageKind::Delivered { seller } => format!("the buyer: the part of {} has arrived", name(seller)),
        MessageKind::SellerCancelled { seller, .. } => format!("{}: not to be shipped", name(seller)),
        MessageKind::Refunded { amount } => format!("the buyer: {amount} is on its way back"),
        MessageKind::NeedsAttention { what, .. } => format!("the marketplace: {what}"),
    })
}
