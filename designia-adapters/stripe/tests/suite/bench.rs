//! The gateway over a sandbox in virtual time.

use designia_core::effect::{OpenPayment, PaymentRef};
use designia_core::payment::ProviderRefs;
use designia_core::ports::{PaymentGateway, PaymentSnapshot, PaymentStanding};
use designia_stripe::gateway::{CheckoutPage, GatewayOptions, StripeGateway};
use designia_stripe_sandbox::{Builder, Card, Fault, FaultKind, Sandbox, SandboxClock};

use crate::subject::{STARTED_AT, client, key, opening};

/// A sandbox in virtual time and a gateway that offers every method there is.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) gateway: StripeGateway,
}

impl Bench {
    pub(crate) async fn new(page: CheckoutPage) -> Self {
        Self::over(Sandbox::builder().clock(SandboxClock::starting_at(STARTED_AT.as_secs())), page).await
    }

    pub(crate) async fn over(builder: Builder, page: CheckoutPage) -> Self {
        let sandbox = builder.start().await.unwrap();
        let options = GatewayOptions::new(page).with_excluded_methods([]);
        let gateway = StripeGateway::new(client(&sandbox.base_url()), options);
        Self { sandbox, gateway }
    }

    pub(crate) async fn open(&self) -> (PaymentRef, PaymentSnapshot) {
        self.open_as(opening(), "o.1.0").await
    }

    pub(crate) async fn open_as(&self, request: OpenPayment, name: &str) -> (PaymentRef, PaymentSnapshot) {
        let snapshot = self.gateway.open(&request, &key(name)).await.unwrap();
        (PaymentRef { refs: snapshot.refs.clone(), ..request.payment }, snapshot)
    }

    pub(crate) async fn standing(&self, payment: &PaymentRef) -> PaymentStanding {
        self.gateway.look_up(payment).await.unwrap().unwrap().standing
    }

    pub(crate) async fn voided(&self, payment: &PaymentRef) -> PaymentStanding {
        self.gateway.void(payment, &key("v.1.0")).await.unwrap().unwrap().standing
    }

    /// An attempt that has been paid with a card.
    pub(crate) async fn paid(&self) -> PaymentRef {
        let (payment, _) = self.open().await;
        self.sandbox.pay(session(&payment), Card::Visa).unwrap();
        payment
    }

    pub(crate) fn strike(&self, kind: FaultKind, method: &str, path: &str) {
        self.sandbox.faults().add(Fault::once(kind).on(method, path));
    }
}

pub(crate) fn session(payment: &PaymentRef) -> &str {
    payment.refs.session.as_deref().unwrap()
}

/// The attempt as it is known when the answer to opening it was lost.
pub(crate) fn nameless(payment: &PaymentRef) -> PaymentRef {
    PaymentRef { refs: ProviderRefs::default(), ..payment.clone() }
}
