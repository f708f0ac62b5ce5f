//! What mails about orders say, and whether they are still true.

use designia_core::effect::MessageKind;
use designia_core::id::SellerId;
use designia_core::money::{Money, MoneyError};
use designia_core::order::{Consignment, FulfilmentStatus, Order, OrderStatus};

use super::letter::{Action, Content, Row};
use super::links::Links;
use super::when::moment;

/// What a message says; `None` if what has happened meanwhile has made it pointless.
///
/// # Errors
/// When an amount is more than money can hold, which orders rule out.
pub(super) fn of_message(message: &MessageKind, order: &Order, links: &Links) -> Result<Option<Content>, MoneyError> {
    if !is_still_true(message, order) {
        return Ok(None);
    }
    let number = order.id();
    let whole = || rows(order.contents().consignments.iter(), order.contents().total);
    let part = |seller| rows(parts(order, seller), part_total(order, seller));
    let look = || Some(Action { label: "To the order", url: links.order(number) });
    let sale = || Some(Action { label: "To the order", url: links.sale(number) });
    let content = match message {
        MessageKind::OrderPlaced { total, pay_by } => Content {
            rows: whole()?,
            action: look(),
            notes: vec![format!("An order that is not paid by then is cancelled. Order {number}.")],
            ..told("Your order", format!("Thank you for your order. Please pay {total} by {}.", moment(*pay_by)))
        },
        MessageKind::PaymentReminder { total, pay_by } => Content {
            rows: whole()?,
            action: look(),
            notes: vec![format!("Order {number}.")],
            ..told(
                "Your order is waiting for its payment",
                format!("{total} is still to be paid by {}. After that, the order is cancelled.", moment(*pay_by)),
            )
        },
        MessageKind::PaymentReceived { total } => Content {
            rows: whole()?,
            action: look(),
            notes: vec![format!("Order {number}, placed {}.", moment(order.contents().placed_at))],
            ..told("Your receipt", format!("Thank you: {total} has arrived, and the sellers know of your order."))
        },
        MessageKind::SellerOrder { seller } => Content {
            rows: part(*seller)?,
            action: sale(),
            notes: vec![format!("Order {number}.")],
            ..told("You have sold something", "The order is paid. Please prepare it and ship it.".to_owned())
        },
        MessageKind::OrderCancelled { reason } => Content {
            action: look(),
            notes: vec![format!("Order {number}.")],
            paragraphs: vec![
                format!("Your order was cancelled: {reason}."),
                "If anything was paid for it, it goes back the way it came.".to_owned(),
            ],
            ..told("Your order was cancelled", String::new())
        },
        MessageKind::OrderReinstated => Content {
            rows: whole()?,
            action: look(),
            notes: vec![format!("Order {number}.")],
            ..told(
                "Your order stands after all",
                "Your payment arrived after the order was cancelled. The goods were still there, so the order stands again."
                    .to_owned(),
            )
        },
        MessageKind::ConsignmentCancelled { seller, reason } => Content {
            rows: part(*seller)?,
            action: look(),
            notes: vec![format!("Order {number}.")],
            ..told(
                "A part of your order was cancelled",
                format!("A part of your order was cancelled: {reason}. What you paid for it goes back."),
            )
        },
        MessageKind::Shipped { seller, carrier, tracking_number } => Content {
            rows: part(*seller)?,
            action: look(),
            notes: vec![format!("Order {number}.")],
            ..told(
                "Your parcel is on its way",
                format!("Carrier: {carrier}. Tracking number: {tracking_number}."),
            )
        },
        MessageKind::Delivered { seller } => Content {
            rows: part(*seller)?,
            action: look(),
            notes: vec![format!("Order {number}. If it has not arrived, write to the seller.")],
            ..told("Your parcel has arrived", "A part of your order was delivered.".to_owned())
        },
        MessageKind::SellerCancelled { seller, reason } => Content {
            rows: part(*seller)?,
            action: sale(),
            notes: vec![format!("Order {number}.")],
            ..told(
                "A sale is off",
                format!("Your part of an order was cancelled: {reason}. Please don't ship it any more."),
            )
        },
        MessageKind::Refunded { amount } => Content {
            action: look(),
            notes: vec![format!("Order {number}.")],
            ..told(
                "Your money is on its way back",
                format!("{amount} goes back the way it came. Banks take some days until you see it."),
            )
        },
        MessageKind::NeedsAttention { what, deadline } => Content {
            notes: vec![format!("Order {number}.")],
            ..told("Money needs a decision", format!("{what}. Please deal with it by {}.", moment(*deadline)))
        },
    };
    Ok(Some(content))
}

/// Nobody is asked to pay what is paid, nor to ship what is cancelled. What has happened stays true.
fn is_still_true(message: &MessageKind, order: &Order) -> bool {
    match message {
        MessageKind::OrderPlaced { .. } | MessageKind::PaymentReminder { .. } => {
            order.status() == OrderStatus::PendingPayment
        }
        MessageKind::SellerOrder { seller } => {
            order.consignment(*seller).is_some_and(|(_, fulfilment)| fulfilment.status() != FulfilmentStatus::Cancelled)
        }
        MessageKind::PaymentReceived { .. }
        | MessageKind::OrderCancelled { .. }
        | MessageKind::OrderReinstated
        | MessageKind::ConsignmentCancelled { .. }
        | MessageKind::Shipped { .. }
        | MessageKind::Delivered { .. }
        | MessageKind::SellerCancelled { .. }
        | MessageKind::Refunded { .. }
        | MessageKind::NeedsAttention { .. } => true,
    }
}

fn told(subject: &str, text: String) -> Content {
    Content { subject: subject.to_owned(), heading: subject.to_owned(), paragraphs: vec![text], ..Content::default() }
}

fn parts(order: &Order, seller: SellerId) -> impl Iterator<Item = &Consignment> {
    order.consignment(seller).map(|(part, _)| part).into_iter()
}

fn part_total(order: &Order, seller: SellerId) -> Money {
    order.consignment(seller).map_or_else(|| Money::zero(order.currency()), |(part, _)| part.total)
}

/// What was bought and for how much, with shipping if it costs anything, and the sum.
fn rows<'o>(parts: impl Iterator<Item = &'o Consignment>, total: Money) -> Result<Vec<Row>, MoneyError> {
    let row = |what: String, amount: Money, is_total| Row { what, amount: amount.to_string(), is_total };
    let mut rows = Vec::new();
    for part in parts {
        for line in &part.lines {
            rows.push(row(format!("{} × {}", line.quantity, line.title), line.total()?, false));
        }
        if part.shipping.is_positive() {
            rows.push(row("Shipping".to_owned(), part.shipping, false));
        }
    }
    rows.push(row("Total".to_owned(), total, true));
    Ok(rows)
}
