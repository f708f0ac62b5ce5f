//! The testing module's own gateway, rates, clock and ids keep the contracts of their ports.
#![cfg(feature = "testing")]

use async_trait::async_trait;
use designia_core::decorate::Traced;
use designia_core::id::AttemptNo;
use designia_core::ports::PaymentSnapshot;
use designia_core::testing::conformance::payment_gateway::{Buyer, GatewayUnderTest};
use designia_core::testing::conformance::rate_source::SourceUnderTest;
use designia_core::testing::fixtures::{self, NOW};
use designia_core::testing::{FixedClock, FixedRates, ScriptedGateway, SequentialIds, block_on};

struct ScriptedBuyer(ScriptedGateway);

#[async_trait]
impl Buyer for ScriptedBuyer {
    async fn pay(&self, attempt: &PaymentSnapshot) {
        let orders = (0..10).map(fixtures::order_id);
        let order = orders.into_iter().find(|order| self.0.sessions(*order).contains(&attempt.refs));
        self.0.pay(order.expect("the attempt was opened"), AttemptNo::FIRST).expect("the attempt can be paid");
    }
}

mod scripted_gateway {
    use super::*;

    fn fresh() -> GatewayUnderTest {
        let gateway = ScriptedGateway::new();
        GatewayUnderTest::new(gateway.clone(), ScriptedBuyer(gateway), NOW)
    }

    designia_core::payment_gateway_conformance!(block_on = block_on, fresh = async || fresh());
}

mod traced_gateway {
    use super::*;

    fn fresh() -> GatewayUnderTest {
        let gateway = ScriptedGateway::new();
        GatewayUnderTest::new(Traced::new(gateway.clone()), ScriptedBuyer(gateway), NOW)
    }

    designia_core::payment_gateway_conformance!(block_on = block_on, fresh = async || fresh());
}

mod fixed_rates {
    use super::*;

    fn fresh() -> SourceUnderTest {
        let rates = |days| fixtures::rates(fixtures::day(days));
        let source = [0, 3].into_iter().fold(FixedRates::new("fixture", rates(0).base()), |source, days| {
            source.with(fixtures::day(days), rates(days).rates())
        });
        SourceUnderTest::new(source, NOW).with_past_day(fixtures::day(1))
    }

    designia_core::rate_source_conformance!(block_on = block_on, fresh = async || fresh());
}

mod fixed_clock {
    use super::*;

    designia_core::clock_conformance!(fresh = || FixedClock::at(NOW));
}

mod sequential_ids {
    use super::*;

    designia_core::id_generator_conformance!(fresh = SequentialIds::new);
}
