//! Letting one order expire now, for whoever has its number; the sweep finds all of them by itself.

use serde::{Deserialize, Serialize};

use super::{Engine, Error};
use crate::id::OrderId;
use crate::order::OrderStatus;
use crate::time::Timestamp;

/// What came of letting an order expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Expiry {
    /// Its deadline had come. It is cancelled, or the provider is being asked about a payment that is still possible.
    Expired {
        /// How it stands now.
        status: OrderStatus,
    },
    /// It waits for money, and may do so for longer.
    NotDue {
        /// Until when.
        expires_at: Timestamp,
    },
    /// It doesn't wait for money.
    NotWaiting {
        /// How it stands.
        status: OrderStatus,
    },
}

impl Engine {
    /// Lets an order expire if its deadline has come, through the same steps as every expiry: the provider is asked first,
    /// and money that turns up counts.
    ///
    /// # Errors
    /// [`Error::NoSuchOrder`], [`Error::Contended`], or a store error.
    pub async fn expire_order(&self, id: OrderId) -> Result<Expiry, Error> {
        let order = self.order(id).await?;
        let Some(expires_at) = order.expires_at() else {
            return Ok(Expiry::NotWaiting { status: order.status() });
        };
        if self.ports.clock.now() < expires_at {
            return Ok(Expiry::NotDue { expires_at });
        }
        self.tick(id).await?;
        self.run_effects_of(id).await;
        let status = self.order(id).await?.status();
        Ok(match status {
            OrderStatus::Expiring | OrderStatus::Cancelled => Expiry::Expired { status },
            // The money came in the meantime, or another payment was promised.
            OrderStatus::PendingPayment
            | OrderStatus::PaymentConfirmed
            | OrderStatus::AwaitingShipment
            | OrderStatus::Shipped
            | OrderStatus::Delivered
            | OrderStatus::ReturnRequested
            | OrderStatus::Refunded => Expiry::NotWaiting { status },
        })
    }
}
