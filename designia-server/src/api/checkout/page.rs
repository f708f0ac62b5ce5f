//! The page of a payment that somebody else is just opening.
//!
//! Between the commit of an order and its own call to the provider, a worker, on this node or another, may find the call due and
//! be faster. Nothing is wrong then and nothing happens twice, but the page goes to the worker, and the buyer waits for it.

use std::time::Duration;

use designia_core::effect::{EffectRequest, EffectState};
use designia_core::id::OrderId;
use designia_core::order::{Actor, Order};
use designia_core::payment::PaymentMethod;
use designia_core::ports::PaymentPage;
use designia_core::service::{Engine, Error};

use crate::problem::Problem;

/// How long a buyer waits for a worker. Whoever opens a page takes a second at most on a good day; on another the buyer is told
/// where to ask again.
const PATIENCE: Duration = Duration::from_secs(3);

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// The order and its page, waited for if it is being opened.
pub(super) async fn awaited(
    engine: &Engine,
    order: Order,
    page: Option<PaymentPage>,
    method: &PaymentMethod,
) -> Result<(Order, Option<PaymentPage>), Problem> {
    let (id, buyer) = (order.id(), Actor::Buyer(order.buyer()));
    if page.is_some() || !is_being_opened(engine, id).await? {
        return Ok((order, page));
    }
    let opened = async {
        while is_being_opened(engine, id).await? {
            tokio::time::sleep(LOOK).await;
        }
        Ok::<_, Problem>(())
    };
    match tokio::time::timeout(PATIENCE, opened).await {
        Ok(opened) => opened?,
        Err(_) => return Ok((engine.order(id).await?, None)),
    }
    match engine.pay(id, buyer, method.clone()).await {
        Ok(answer) => Ok((answer.order, answer.page)),
        // The order has gone on since: its state is the answer.
        Err(Error::Refused(_)) => Ok((engine.order(id).await?, None)),
        Err(error) => Err(error.into()),
    }
}

/// Whether somebody has taken on the call and has not told what came of it.
async fn is_being_opened(engine: &Engine, id: OrderId) -> Result<bool, Problem> {
    let effects = engine.ports().queries.effects(id).await?;
    let is_open = |request: &EffectRequest| matches!(request, EffectRequest::Open(_));
    Ok(effects.iter().any(|it| it.state == EffectState::Sent && is_open(&it.effect.request)))
}
