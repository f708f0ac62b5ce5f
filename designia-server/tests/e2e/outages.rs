//! A store that can't be reached is told as just that: whoever asks tries again, instead of believing that an order is gone.

use std::sync::Arc;

use designia_core::memory::{MemoryNotifier, MemoryStore};
use designia_core::payment::PaymentMethod;
use designia_core::ports::Ports;
use designia_core::service::{Checkout, CheckoutItem};
use designia_core::testing::{Faulty, Lost, fixtures};
use designia_server::instance::{Host, Instance};
use designia_stripe_sandbox::{Sandbox, SandboxClock};

use crate::support::{Place, Server};

#[tokio::test]
async fn a_store_that_fails_is_not_an_order_that_is_not_there() {
    let (place, stripe) = (Place::file(), Sandbox::builder().start().await.unwrap());
    let store = Faulty::new(MemoryStore::new());
    let orders = Arc::new(store.clone());
    let host = Host::new().ports(move |ports| Ports { orders: orders.clone(), queries: orders, ..ports });
    // Without loops, which would ask the store as well.
    let server = Server::node_of(&place, &stripe, "whsec_test", &["--roles", "serve"], host).await;
    let id = fixtures::order_id(1);
    for path in [format!("/api/payments/checkout_session/retry/{id}/"), format!("/api/marketplace/orders/{id}/")] {
        for (fails, code) in [(true, "unavailable"), (false, "not_found")] {
            // Logged in before the store fails.
            server.token("buyer").await.ok().unwrap();
            if fails {
                store.fail_next(Lost::Request);
            }
            let answer = server.get("buyer", &path).await;
            assert_eq!(answer.retry_after.is_some(), fails, "{path}");
            answer.refused(if fails { 503 } else { 404 }, code);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_host_puts_a_port_of_its_own_in_place_of_the_servers() {
    let told = Arc::new(MemoryNotifier::new(10));
    let (place, notifier) = (Place::memory(), Arc::clone(&told));
    let time = SandboxClock::real();
    let decorate = |ports: Ports| Ports { notifier, ..ports };
    let instance = Instance::prepare_with(&place.config(&[]), time, decorate).await.unwrap();
    let product = instance.engine.ports().catalog.page(None, 1).await.unwrap().remove(0);
    let checkout = Checkout {
        buyer: fixtures::buyer(1),
        email: Some("buyer@example.com".to_owned()),
        currency: product.price.currency(),
        items: vec![CheckoutItem { product: product.id, quantity: 1 }],
        ship_to: None,
        notes: String::new(),
        method: PaymentMethod::Card,
        request_key: None,
    };
    instance.engine.checkout(checkout).await.unwrap();
    assert_eq!(told.sent().len(), 1);
}
