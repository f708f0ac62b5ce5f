//! The gateway keeps the port's contract, with the sandbox as the provider.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use designia_core::ports::PaymentSnapshot;
use designia_core::testing::conformance::payment_gateway::{Buyer, GatewayUnderTest};
use designia_stripe_sandbox::{Card, Sandbox};

use crate::bench::Bench;
use crate::subject::{STARTED_AT, hosted};

/// Somebody who pays on the page of a session.
struct Payer(Arc<Sandbox>);

#[async_trait]
impl Buyer for Payer {
    async fn pay(&self, attempt: &PaymentSnapshot) {
        let session = attempt.refs.session.as_deref().expect("a session");
        self.0.pay(session, Card::Visa).expect("an open session");
    }
}

async fn fresh() -> GatewayUnderTest {
    let Bench { sandbox, gateway } = Bench::new(hosted()).await;
    let sandbox = Arc::new(sandbox);
    GatewayUnderTest::new(gateway, Payer(Arc::clone(&sandbox)), STARTED_AT).guarded_by(sandbox)
}

/// The sandbox lives as long as the runtime that drives the case.
fn block_on<F: Future>(case: F) -> F::Output {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(case)
}

designia_core::payment_gateway_conformance!(block_on = block_on, fresh = fresh);
