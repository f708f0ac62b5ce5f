//! Beginning a conversation.

use super::{Chat, ChatError};
use crate::chat::{Pair, Subject};
use crate::id::{AccountId, ConversationId, OrderId, ProductId};
use crate::ports::{Opened, ProductKey};

/// What a conversation is to be about, and with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A product, with its seller.
    Product(ProductId),
    /// An order: its buyer with one of its sellers, who need not be named if there is one.
    Order {
        /// Which.
        order: OrderId,
        /// With which seller, if the buyer begins.
        seller: Option<AccountId>,
    },
}

impl Chat {
    /// The conversation of an account about a product or an order, begun if there is none. `id` names a new one.
    ///
    /// # Errors
    /// There is no such product or order, it is the caller's own, a limit is used up, or a store error.
    pub async fn start(&self, caller: AccountId, about: About, id: ConversationId) -> Result<Opened, ChatError> {
        let (other, subject) = match about {
            About::Product(product) => (self.seller_of(product).await?, Subject::Product(product)),
            About::Order { order, seller } => (self.counterpart(caller, order, seller).await?, Subject::Order(order)),
        };
        let pair = Pair::of(caller, other).ok_or(ChatError::Yourself)?;
        if let Some(known) = self.ports.store.conversation_of(pair, subject).await? {
            return Ok(Opened::Known(known));
        }
        self.take("start", caller, self.policy.conversations).await?;
        Ok(self.ports.store.open(id, pair, subject, self.ports.clock.now()).await?)
    }

    async fn seller_of(&self, product: ProductId) -> Result<AccountId, ChatError> {
        let found = self.ports.catalog.product(&ProductKey::Id(product)).await?;
        found.map(|product| AccountId::from(product.seller)).ok_or(ChatError::NoSuchProduct)
    }

    /// Who the caller talks with about an order.
    async fn counterpart(
        &self,
        caller: AccountId,
        order: OrderId,
        seller: Option<AccountId>,
    ) -> Result<AccountId, ChatError> {
        let order = self.ports.orders.load(order).await?.ok_or(ChatError::NoSuchOrder)?;
        let mut sellers = order.consignments().map(|(part, _)| AccountId::from(part.seller));
        if order.buyer() != caller.buyer() {
            let is_seller = sellers.any(|seller| seller == caller);
            return if is_seller { Ok(order.buyer().into()) } else { Err(ChatError::NoSuchOrder) };
        }
        match seller {
            Some(named) => sellers.find(|seller| *seller == named).ok_or(ChatError::NoSuchOrder),
            None => match (sellers.next(), sellers.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(ChatError::WhichSeller),
            },
        }
    }
}
