//! The data of the table: one function for each status, one line for each trigger.

use super::Outcome::{Becomes, Nothing, Refused};
use super::{Outcome, Rule, Trigger};
use crate::order::OrderStatus::{
    self, AwaitingShipment, Cancelled, Delivered, Expiring, PaymentConfirmed, PendingPayment, Refunded,
    ReturnRequested, Shipped,
};

const fn can(outcomes: &'static [Outcome], why: &'static str) -> Rule {
    Rule { outcomes, why }
}

const fn refused(why: &'static str) -> Rule {
    can(&[Refused], why)
}

pub(super) const fn rule(status: OrderStatus, trigger: Trigger) -> Rule {
    match status {
        PendingPayment => pending_payment(trigger),
        Expiring => expiring(trigger),
        PaymentConfirmed => payment_confirmed(trigger),
        AwaitingShipment => awaiting_shipment(trigger),
        Shipped => shipped(trigger),
        Delivered => delivered(trigger),
        ReturnRequested => can(&[], "reserved: no order is in this status before there are returns"),
        Cancelled => cancelled(trigger),
        Refunded => refunded(trigger),
    }
}

const UNPAID: &str = "nothing ships before the money is there";
const NOTHING_FAILED: &str = "nothing has been refunded yet";
const NOTHING_HELD: &str = "no money is held";
const QUARANTINED: &str = "the order never asked for it: set aside for a person";
const PAID_ALREADY: &str = "it is paid";
const OVER: &str = "it is cancelled";
const STRAY_PAGE: &str = "noted; if it can still be paid, it is closed";
const STRAY_NEWS: &str = "noted with the attempt";
const TOO_MUCH: &str = "whatever exceeds the cost goes back, the later attempt's money first";
const RETRY: &str = "a failed refund is asked for anew";
const CHORES: &str = "refunds are asked about and tried anew, open pages closed again";
const STUCK: &str = "the money waits visibly and is sent back anew, or another way if it has gone another way";
const GOODWILL_FAILED: &str = "its money is the order's again, and goes back if it is too much";

const fn pending_payment(trigger: Trigger) -> Rule {
    const STAYS: &[Outcome] = &[Nothing, Becomes(PendingPayment)];
    match trigger {
        Trigger::StartPayment => can(
            &[Refused, Becomes(PendingPayment)],
            "unless an attempt is under way, nothing is due, there were too many, or the deadline is near",
        ),
        Trigger::Cancel => can(
            &[Refused, Becomes(Expiring), Becomes(Cancelled)],
            "with an attempt under way the provider is asked first; only the buyer and the marketplace may",
        ),
        Trigger::CancelConsignment => can(
            &[Refused, Becomes(PendingPayment), Becomes(PaymentConfirmed), Becomes(Cancelled), Becomes(Refunded)],
            "the order gets cheaper, and may thereby be paid; not while an attempt is under way",
        ),
        Trigger::Prepare | Trigger::Ship | Trigger::Deliver => refused(UNPAID),
        Trigger::RetryRefund => refused(NOTHING_FAILED),
        Trigger::ReturnHeld | Trigger::AcceptHeld => refused(NOTHING_HELD),
        Trigger::Tick => can(
            &[Nothing, Becomes(PendingPayment), Becomes(Expiring), Becomes(Cancelled)],
            "reminds, asks about pages that should have closed, and at the deadline closes or cancels",
        ),
        Trigger::PaymentOpened => can(STAYS, "the buyer can pay"),
        Trigger::PaymentDeclined => can(STAYS, "a failed try is not a failed order: the page stays open"),
        Trigger::PaymentPromised => can(STAYS, "the deadline moves to the end of the settlement"),
        Trigger::PaymentCaptured => can(
            &[Nothing, Becomes(PendingPayment), Becomes(PaymentConfirmed), Becomes(Cancelled), Becomes(Refunded)],
            "confirmed once the cost is covered; off again at once if all of it has gone back past us",
        ),
        Trigger::PaymentClosed => can(STAYS, "another attempt can begin"),
        Trigger::RefundMade | Trigger::RefundFailed => can(STAYS, QUARANTINED),
        Trigger::ForeignRefundMade | Trigger::ForeignRefundFailed => can(STAYS, "counts once its payment is known"),
    }
}

const fn expiring(trigger: Trigger) -> Rule {
    const STAYS: &[Outcome] = &[Nothing, Becomes(Expiring)];
    const CLOSING: &str = "it takes no new payment and waits for the provider's word";
    match trigger {
        Trigger::StartPayment | Trigger::Cancel | Trigger::CancelConsignment => refused(CLOSING),
        Trigger::Prepare | Trigger::Ship | Trigger::Deliver => refused(UNPAID),
        Trigger::RetryRefund => refused(NOTHING_FAILED),
        Trigger::ReturnHeld | Trigger::AcceptHeld => refused(NOTHING_HELD),
        Trigger::Tick => can(STAYS, "the provider is asked again, ever more rarely"),
        Trigger::PaymentOpened => can(STAYS, "a page that was under way has opened: it is closed"),
        Trigger::PaymentDeclined => can(STAYS, STRAY_NEWS),
        Trigger::PaymentPromised => can(STAYS, "it is waited for"),
        Trigger::PaymentCaptured => can(
            &[Nothing, Becomes(Expiring), Becomes(PaymentConfirmed), Becomes(Cancelled), Becomes(Refunded)],
            "paid after all: confirmed; cancelled and sent back if somebody had asked to cancel",
        ),
        Trigger::PaymentClosed => can(
            &[Nothing, Becomes(Expiring), Becomes(Cancelled)],
            "the provider says that it was not paid: only now it is safe to cancel",
        ),
        Trigger::RefundMade | Trigger::RefundFailed => can(STAYS, QUARANTINED),
        Trigger::ForeignRefundMade | Trigger::ForeignRefundFailed => can(STAYS, "counts once its payment is known"),
    }
}

/// What somebody's giving everything back in the dashboard can lead to while something has not shipped.
const REFUNDED_ELSEWHERE: &str = "once everything has gone back past us, what has not shipped is cancelled";

const fn payment_confirmed(trigger: Trigger) -> Rule {
    const STAYS: &[Outcome] = &[Nothing, Becomes(PaymentConfirmed)];
    const REFUNDS: &[Outcome] = &[
        Nothing,
        Becomes(PaymentConfirmed),
        Becomes(Shipped),
        Becomes(Delivered),
        Becomes(Cancelled),
        Becomes(Refunded),
    ];
    match trigger {
        Trigger::StartPayment => refused(PAID_ALREADY),
        Trigger::Cancel => can(
            &[Refused, Becomes(Cancelled)],
            "all parts are cancelled and the money goes back; not once a part has shipped",
        ),
        Trigger::CancelConsignment => can(
            &[
                Refused,
                Becomes(PaymentConfirmed),
                Becomes(AwaitingShipment),
                Becomes(Shipped),
                Becomes(Delivered),
                Becomes(Cancelled),
            ],
            "the part's money goes back, and the order is as far as the parts that are left",
        ),
        Trigger::Prepare => can(
            &[Refused, Nothing, Becomes(PaymentConfirmed), Becomes(AwaitingShipment)],
            "by the part's seller or the marketplace; the order follows when every part is at it",
        ),
        Trigger::Ship => can(
            &[Refused, Nothing, Becomes(PaymentConfirmed), Becomes(AwaitingShipment), Becomes(Shipped)],
            "by the part's seller or the marketplace; the order is as far as its least advanced part",
        ),
        Trigger::Deliver => can(&[Refused, Nothing, Becomes(PaymentConfirmed)], "a part that was shipped has arrived"),
        Trigger::RetryRefund => can(&[Refused, Becomes(PaymentConfirmed)], RETRY),
        Trigger::ReturnHeld | Trigger::AcceptHeld => refused(NOTHING_HELD),
        Trigger::Tick => can(STAYS, CHORES),
        Trigger::PaymentOpened => can(STAYS, STRAY_PAGE),
        Trigger::PaymentDeclined | Trigger::PaymentPromised | Trigger::PaymentClosed => can(STAYS, STRAY_NEWS),
        Trigger::PaymentCaptured => can(STAYS, TOO_MUCH),
        Trigger::RefundMade | Trigger::ForeignRefundMade => can(REFUNDS, REFUNDED_ELSEWHERE),
        Trigger::RefundFailed => can(STAYS, STUCK),
        Trigger::ForeignRefundFailed => can(STAYS, GOODWILL_FAILED),
    }
}

const fn awaiting_shipment(trigger: Trigger) -> Rule {
    const STAYS: &[Outcome] = &[Nothing, Becomes(AwaitingShipment)];
    const REFUNDS: &[Outcome] = &[
        Nothing,
        Becomes(AwaitingShipment),
        Becomes(Shipped),
        Becomes(Delivered),
        Becomes(Cancelled),
        Becomes(Refunded),
    ];
    match trigger {
        Trigger::StartPayment => refused(PAID_ALREADY),
        Trigger::Cancel => can(
            &[Refused, Becomes(Cancelled)],
            "all parts are cancelled and the money goes back; not once a part has shipped",
        ),
        Trigger::CancelConsignment => can(
            &[Refused, Becomes(AwaitingShipment), Becomes(Shipped), Becomes(Delivered), Becomes(Cancelled)],
            "the part's money goes back, and the order is as far as the parts that are left",
        ),
        Trigger::Prepare => can(&[Refused, Nothing], "every part is being prepared or further"),
        Trigger::Ship => {
            can(&[Refused, Nothing, Becomes(AwaitingShipment), Becomes(Shipped)], "shipped when the last part is")
        }
        Trigger::Deliver => can(&[Refused, Nothing, Becomes(AwaitingShipment)], "a part that was shipped has arrived"),
        Trigger::RetryRefund => can(&[Refused, Becomes(AwaitingShipment)], RETRY),
        Trigger::ReturnHeld | Trigger::AcceptHeld => refused(NOTHING_HELD),
        Trigger::Tick => can(STAYS, CHORES),
        Trigger::PaymentOpened => can(STAYS, STRAY_PAGE),
        Trigger::PaymentDeclined | Trigger::PaymentPromised | Trigger::PaymentClosed => can(STAYS, STRAY_NEWS),
        Trigger::PaymentCaptured => can(STAYS, TOO_MUCH),
        Trigger::RefundMade | Trigger::ForeignRefundMade => can(REFUNDS, REFUNDED_ELSEWHERE),
        Trigger::RefundFailed => can(STAYS, STUCK),
        Trigger::ForeignRefundFailed => can(STAYS, GOODWILL_FAILED),
    }
}

const fn shipped(trigger: Trigger) -> Rule {
    const STAYS: &[Outcome] = &[Nothing, Becomes(Shipped)];
    match trigger {
        Trigger::StartPayment => refused(PAID_ALREADY),
        Trigger::Cancel | Trigger::CancelConsignment => refused("what has shipped can be returned, not cancelled"),
        Trigger::Prepare => refused("every part has shipped"),
        Trigger::Ship => can(&[Refused, Nothing, Becomes(Shipped)], "corrects the tracking"),
        Trigger::Deliver => can(
            &[Refused, Nothing, Becomes(Shipped), Becomes(Delivered)],
            "by the buyer, the part's seller or the marketplace; delivered when the last part is",
        ),
        Trigger::RetryRefund => can(&[Refused, Becomes(Shipped)], RETRY),
        Trigger::ReturnHeld | Trigger::AcceptHeld => refused(NOTHING_HELD),
        Trigger::Tick => can(STAYS, CHORES),
        Trigger::PaymentOpened => can(STAYS, STRAY_PAGE),
        Trigger::PaymentDeclined | Trigger::PaymentPromised | Trigger::PaymentClosed => can(STAYS, STRAY_NEWS),
        Trigger::PaymentCaptured => can(STAYS, TOO_MUCH),
        Trigger::RefundMade | Trigger::ForeignRefundMade => can(STAYS, "what is on its way stays on its way"),
        Trigger::RefundFailed => can(STAYS, STUCK),
        Trigger::ForeignRefundFailed => can(STAYS, GOODWILL_FAILED),
    }
}

const fn delivered(trigger: Trigger) -> Rule {
    const STAYS: &[Outcome] = &[Nothing, Becomes(Delivered)];
    match trigger {
        Trigger::StartPayment => refused(PAID_ALREADY),
        Trigger::Cancel | Trigger::CancelConsignment => refused("what has arrived can be returned, not cancelled"),
        Trigger::Prepare | Trigger::Ship => refused("every part has arrived"),
        Trigger::Deliver => can(&[Refused, Nothing], "every part has arrived"),
        Trigger::RetryRefund => can(&[Refused, Becomes(Delivered)], RETRY),
        Trigger::ReturnHeld | Trigger::AcceptHeld => refused(NOTHING_HELD),
        Trigger::Tick => can(STAYS, CHORES),
        Trigger::PaymentOpened => can(STAYS, STRAY_PAGE),
        Trigger::PaymentDeclined | Trigger::PaymentPromised | Trigger::PaymentClosed => can(STAYS, STRAY_NEWS),
        Trigger::PaymentCaptured => can(STAYS, TOO_MUCH),
        Trigger::RefundMade | Trigger::ForeignRefundMade => can(STAYS, "what has arrived has arrived"),
        Trigger::RefundFailed => can(STAYS, STUCK),
        Trigger::ForeignRefundFailed => can(STAYS, GOODWILL_FAILED),
    }
}

const fn cancelled(trigger: Trigger) -> Rule {
    const STAYS: &[Outcome] = &[Nothing, Becomes(Cancelled)];
    match trigger {
        Trigger::StartPayment | Trigger::Cancel | Trigger::CancelConsignment => refused(OVER),
        Trigger::Prepare | Trigger::Ship | Trigger::Deliver => refused(OVER),
        Trigger::RetryRefund => can(&[Refused, Becomes(Cancelled)], RETRY),
        Trigger::ReturnHeld => can(&[Refused, Becomes(Cancelled)], "held late money goes back"),
        Trigger::AcceptHeld => can(
            &[Refused, Becomes(PaymentConfirmed)],
            "the order stands for held late money that covers it, if the stock is still there",
        ),
        Trigger::Tick => can(STAYS, "held money goes back at its deadline; refunds are asked about and tried anew"),
        Trigger::PaymentOpened => can(STAYS, STRAY_PAGE),
        Trigger::PaymentDeclined | Trigger::PaymentPromised | Trigger::PaymentClosed => can(STAYS, STRAY_NEWS),
        Trigger::PaymentCaptured => can(
            &[Nothing, Becomes(PaymentConfirmed), Becomes(Cancelled)],
            "late money goes back, is held, or makes the order stand again, as its terms say",
        ),
        Trigger::RefundMade | Trigger::ForeignRefundMade => can(
            &[Nothing, Becomes(Cancelled), Becomes(Refunded)],
            "refunded once all that was paid for a confirmed order has certainly gone back",
        ),
        Trigger::RefundFailed => can(STAYS, STUCK),
        Trigger::ForeignRefundFailed => can(STAYS, "its money goes back by our own refund"),
    }
}

const fn refunded(trigger: Trigger) -> Rule {
    const STAYS: &[Outcome] = &[Nothing, Becomes(Refunded)];
    const COMES_BACK: &[Outcome] = &[Nothing, Becomes(Cancelled), Becomes(Refunded)];
    match trigger {
        Trigger::StartPayment | Trigger::Cancel | Trigger::CancelConsignment => refused(OVER),
        Trigger::Prepare | Trigger::Ship | Trigger::Deliver => refused(OVER),
        Trigger::RetryRefund => refused("no refund has failed"),
        Trigger::ReturnHeld | Trigger::AcceptHeld => refused(NOTHING_HELD),
        Trigger::Tick => can(STAYS, "asks once more, long after, whether a refund has come back"),
        Trigger::PaymentOpened => can(STAYS, STRAY_PAGE),
        Trigger::PaymentDeclined | Trigger::PaymentPromised | Trigger::PaymentClosed => can(STAYS, STRAY_NEWS),
        Trigger::PaymentCaptured => can(COMES_BACK, "money that still comes goes back, too"),
        Trigger::RefundMade | Trigger::ForeignRefundMade => can(STAYS, STRAY_NEWS),
        Trigger::RefundFailed => can(COMES_BACK, "a refund came back: its money waits visibly and is sent back anew"),
        Trigger::ForeignRefundFailed => can(COMES_BACK, "its money goes back by our own refund"),
    }
}
