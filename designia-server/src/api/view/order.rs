//! An order as its reader may see it, under the field names that the first backend and its web client use.
//!
//! The buyer and the admin see the whole; a seller sees the own part, with sums and a status of that part alone.

use designia_core::id::SellerId;
use designia_core::money::{Currency, Money};
use designia_core::order::{
    Attention, CancelReason, Consignment, Fulfilment, FulfilmentStatus, Line, Order, OrderStatus,
};
use designia_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::person::{People, Person};
use super::when::When;
use super::{actions, address::Address};

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The buyer of the order.
    Buyer,
    /// A seller with a part in it.
    Seller(SellerId),
    /// The marketplace.
    Admin,
}

/// An order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    pub(crate) id: Uuid,
    /// How the order, or for a seller the own part, stands.
    #[schema(example = "pending_payment")]
    pub(crate) status: &'static str,
    #[schema(example = "pending")]
    pub(crate) payment_status: &'static str,
    pub(crate) buyer: Person,
    /// The currency of every amount here.
    #[schema(example = "USD")]
    pub(crate) currency: &'static str,
    #[schema(example = "49.90")]
    pub(crate) subtotal: String,
    pub(crate) shipping_cost: String,
    pub(crate) tax_amount: String,
    pub(crate) discount_amount: String,
    pub(crate) total_amount: String,
    /// What has come in, ever; refunds do not lower it. Absent for sellers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount_paid: Option<String>,
    /// What has gone back or is going back. Absent for sellers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount_refunded: Option<String>,
    pub(crate) items: Vec<Item>,
    /// Each seller's part.
    pub(crate) shipping_info: Vec<Part>,
    pub(crate) shipping_address: Address,
    pub(crate) tracking_number: Option<String>,
    pub(crate) shipping_carrier: Option<String>,
    pub(crate) carrier_code: Option<String>,
    pub(crate) buyer_notes: String,
    pub(crate) cancellation_reason: Option<String>,
    /// `buyer`, `seller`, `operator` or `system`.
    pub(crate) cancelled_by: Option<&'static str>,
    pub(crate) cancelled_at: Option<When>,
    /// When it was confirmed as paid.
    pub(crate) processed_at: Option<When>,
    pub(crate) created_at: When,
    pub(crate) updated_at: When,
    pub(crate) shipped_at: Option<When>,
    pub(crate) delivered_at: Option<When>,
    /// Until when it can be paid, while it waits for money.
    pub(crate) payment_deadline: Option<When>,
    /// The pinned exchange rates behind converted prices.
    pub(crate) exchange_rates: Vec<PinnedRate>,
    /// Money that needs a person, and by when. For the admin only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attention: Vec<AttentionView>,
    /// What the reader may do now.
    pub(crate) allowed_actions: Vec<&'static str>,
}

/// Money that needs a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AttentionView {
    pub(crate) what: String,
    pub(crate) deadline: When,
}

/// One product in an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// Its number within the order.
    pub(crate) id: usize,
    pub(crate) product: ProductRef,
    pub(crate) seller: Uuid,
    pub(crate) quantity: u32,
    pub(crate) unit_price: String,
    pub(crate) total_price: String,
    pub(crate) product_name: String,
    pub(crate) product_image: Option<String>,
    /// The seller's own price of one, and its currency.
    pub(crate) list_price: String,
    pub(crate) list_currency: &'static str,
}

/// The product of a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProductRef {
    id: Uuid,
    /// What leads to its page: an id is as good as a name there, and stays when the name changes.
    slug: String,
    name: String,
}

/// One seller's part of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Part {
    /// Its number within the order.
    pub(crate) id: usize,
    pub(crate) seller: Person,
    #[schema(example = "waiting")]
    pub(crate) status: &'static str,
    pub(crate) shipping_cost: String,
    pub(crate) total_amount: String,
    pub(crate) tracking_number: Option<String>,
    pub(crate) shipping_carrier: Option<String>,
    pub(crate) carrier_code: Option<String>,
    pub(crate) prepared_at: Option<When>,
    pub(crate) shipped_at: Option<When>,
    pub(crate) delivered_at: Option<When>,
    pub(crate) cancelled_at: Option<When>,
    pub(crate) cancellation_reason: Option<String>,
}

/// A pinned exchange rate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PinnedRate {
    from: &'static str,
    to: &'static str,
    rate: String,
    source: String,
    as_of: String,
}

impl OrderView {
    /// The order as `reader` may see it at `now`.
    pub(crate) fn of(order: &Order, reader: Reader, people: &People, now: Timestamp) -> Self {
        let seen = |part: &&(&Consignment, &Fulfilment)| match reader {
            Reader::Seller(seller) => part.0.seller == seller,
            Reader::Buyer | Reader::Admin => true,
        };
        let all: Vec<(&Consignment, &Fulfilment)> = order.consignments().collect();
        let parts: Vec<(&Consignment, &Fulfilment)> = all.iter().filter(seen).copied().collect();
        let contents = order.contents();
        let currency = order.currency();
        let shipping = sum(currency, parts.iter().map(|(part, _)| part.shipping));
        let total = sum(currency, parts.iter().map(|(part, _)| part.total));
        let money = order.money();
        let whole = |minor: i64| (!matches!(reader, Reader::Seller(_))).then(|| Money::new(minor, currency).amount());
        let on_the_way = parts.iter().find_map(|(_, fulfilment)| fulfilment.tracking());
        let cancellation = match reader {
            Reader::Seller(seller) => order.consignment(seller).and_then(|(_, it)| it.cancellation()),
            Reader::Buyer | Reader::Admin => None,
        };
        let cancellation = cancellation.or_else(|| order.cancellation());
        let buyer = Person {
            email: if matches!(reader, Reader::Seller(_)) { None } else { contents.email.clone() },
            ..people.person(order.buyer())
        };
        Self {
            id: order.id().as_uuid(),
            status: status(order, reader).as_str(),
            payment_status: order.payment_status().as_str(),
            buyer,
            currency: currency.code(),
            subtotal: total.checked_sub(shipping).unwrap_or(total).amount(),
            shipping_cost: shipping.amount(),
            tax_amount: Money::zero(currency).amount(),
            discount_amount: Money::zero(currency).amount(),
            total_amount: total.amount(),
            amount_paid: whole(money.captured),
            amount_refunded: whole(money.returned),
            items: items(&all, seen),
            shipping_info: all
                .iter()
                .zip(1..)
                .filter(|(part, _)| seen(part))
                .map(|(part, no)| Part::of(no, *part, people))
                .collect(),
            shipping_address: contents.ship_to.as_ref().map(Address::of).unwrap_or_default(),
            tracking_number: on_the_way.map(|it| it.number.clone()),
            shipping_carrier: on_the_way.map(|it| it.carrier.clone()),
            carrier_code: None,
            buyer_notes: contents.notes.clone(),
            cancellation_reason: cancellation.map(|(reason, _)| reason.to_string()),
            cancelled_by: cancellation.map(|(reason, _)| canceller(reason)),
            cancelled_at: cancellation.map(|(_, at)| When(at)),
            processed_at: order.confirmed_at().map(When),
            created_at: When(contents.placed_at),
            updated_at: When(order.updated_at()),
            shipped_at: parts.iter().filter_map(|(_, it)| it.shipped_at()).max().map(When),
            delivered_at: parts.iter().filter_map(|(_, it)| it.delivered_at()).max().map(When),
            payment_deadline: order.pay_by().map(When),
            exchange_rates: contents.quotes.iter().map(PinnedRate::of).collect(),
            attention: match reader {
                Reader::Admin => order.attention().into_iter().map(AttentionView::of).collect(),
                Reader::Buyer | Reader::Seller(_) => Vec::new(),
            },
            allowed_actions: actions::allowed(order, reader, now),
        }
    }
}

/// The status as the reader is told it: a seller's order is as far as the own part.
pub(crate) fn status(order: &Order, reader: Reader) -> OrderStatus {
    let part = match reader {
        Reader::Seller(seller) if order.confirmed_at().is_some() => order.consignment(seller),
        Reader::Seller(_) | Reader::Buyer | Reader::Admin => None,
    };
    match part.map(|(_, fulfilment)| fulfilment.status()) {
        None => order.status(),
        Some(FulfilmentStatus::Waiting) => OrderStatus::PaymentConfirmed,
        Some(FulfilmentStatus::Preparing) => OrderStatus::AwaitingShipment,
        Some(FulfilmentStatus::Shipped) => OrderStatus::Shipped,
        Some(FulfilmentStatus::Delivered) => OrderStatus::Delivered,
        Some(FulfilmentStatus::Cancelled) => OrderStatus::Cancelled,
    }
}

/// Items keep their number within the whole order, whoever reads.
fn items<'a>(
    all: &[(&'a Consignment, &'a Fulfilment)],
    seen: impl Fn(&&(&'a Consignment, &'a Fulfilment)) -> bool,
) -> Vec<Item> {
    let lines = all.iter().flat_map(|part| part.0.lines.iter().map(move |line| (part, line)));
    lines
        .zip(1..)
        .filter(|((part, _), _)| seen(part))
        .map(|((part, line), no)| Item::of(no, part.0.seller, line))
        .collect()
}

impl Item {
    fn of(id: usize, seller: SellerId, line: &Line) -> Self {
        Self {
            id,
            product: ProductRef {
                id: line.product.as_uuid(),
                slug: line.product.to_string(),
                name: line.title.clone(),
            },
            seller: seller.as_uuid(),
            quantity: line.quantity,
            unit_price: line.unit_price.amount(),
            // Checked when the order was placed.
            total_price: line.total().unwrap_or(line.unit_price).amount(),
            product_name: line.title.clone(),
            product_image: None,
            list_price: line.list_price.amount(),
            list_currency: line.list_price.currency().code(),
        }
    }
}

impl Part {
    fn of(id: usize, (part, fulfilment): (&Consignment, &Fulfilment), people: &People) -> Self {
        let cancellation = fulfilment.cancellation();
        Self {
            id,
            seller: people.person(part.seller),
            status: fulfilment.status().as_str(),
            shipping_cost: part.shipping.amount(),
            total_amount: part.total.amount(),
            tracking_number: fulfilment.tracking().map(|it| it.number.clone()),
            shipping_carrier: fulfilment.tracking().map(|it| it.carrier.clone()),
            carrier_code: None,
            prepared_at: fulfilment.prepared_at().map(When),
            shipped_at: fulfilment.shipped_at().map(When),
            delivered_at: fulfilment.delivered_at().map(When),
            cancelled_at: cancellation.map(|(_, at)| When(at)),
            cancellation_reason: cancellation.map(|(reason, _)| reason.to_string()),
        }
    }
}

impl AttentionView {
    fn of(attention: Attention) -> Self {
        Self { what: attention.what, deadline: When(attention.deadline) }
    }
}

impl PinnedRate {
    fn of(quote: &designia_core::exchange::Quote) -> Self {
        Self {
            from: quote.from().code(),
            to: quote.to().code(),
            rate: quote.rate().value().to_string(),
            source: quote.source().to_string(),
            as_of: quote.as_of().to_string(),
        }
    }
}

fn canceller(reason: &CancelReason) -> &'static str {
    use designia_core::order::Actor;
    match reason {
        CancelReason::PaymentTimeout | CancelReason::RefundedElsewhere => "system",
        CancelReason::Requested { by: Actor::Buyer(_), .. } => "buyer",
        CancelReason::Requested { by: Actor::Seller(_), .. } => "seller",
        CancelReason::Requested { by: Actor::Operator, .. } => "operator",
    }
}

/// The sum of parts of an order whose whole sum was checked when it was placed.
fn sum(currency: Currency, amounts: impl Iterator<Item = Money>) -> Money {
    Money::sum(currency, amounts).unwrap_or(Money::zero(currency))
}
