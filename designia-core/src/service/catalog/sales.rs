//! Notes what was sold when its sellers are told.
//!
//! The message to a seller follows from the confirmation of an order, is planned in the same commit and handed over at least once. So is
//! the count, and a store counts each order once.

use std::sync::Arc;

use async_trait::async_trait;

use crate::catalog::{Sale, SoldLine};
use crate::effect::{IdempotencyKey, Message, MessageKind};
use crate::order::Order;
use crate::ports::{Notifier, NotifyError, NotifyErrorKind, OrderStore, ShopFigures, StoreError};

/// A [`Notifier`] that counts what was sold, and leaves the telling to another.
#[derive(Clone, Debug)]
pub struct SalesNoted {
    /// Who tells.
    pub notifier: Arc<dyn Notifier>,
    /// Where sales are counted.
    pub figures: Arc<dyn ShopFigures>,
    /// Where orders are.
    pub orders: Arc<dyn OrderStore>,
}

impl SalesNoted {
    async fn note(&self, message: &Message) -> Result<(), StoreError> {
        let MessageKind::SellerOrder { .. } = message.kind else { return Ok(()) };
        match self.orders.load(message.order).await?.as_ref().and_then(sale) {
            Some(sale) => self.figures.note_sale(&sale).await.map(drop),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Notifier for SalesNoted {
    async fn notify(&self, message: &Message, key: &IdempotencyKey) -> Result<(), NotifyError> {
        let noted = self.note(message).await;
        let unavailable =
            |error: StoreError| NotifyError { kind: NotifyErrorKind::Unavailable, message: error.message };
        noted.map_err(unavailable)?;
        self.notifier.notify(message, key).await
    }
}

/// What an order sold, if it is paid.
fn sale(order: &Order) -> Option<Sale> {
    let at = order.confirmed_at()?;
    let mut lines = Vec::new();
    for consignment in &order.contents().consignments {
        for line in &consignment.lines {
            let (seller, total) = (consignment.seller, line.total().ok()?);
            lines.push(SoldLine { seller, product: line.product, quantity: line.quantity, total });
        }
    }
    Some(Sale { order: order.id(), at, lines })
}
