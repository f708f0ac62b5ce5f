//! A store that can't be reached is told as just that: whoever asks tries again, instead of believing that an order is gone.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use designia_core::memory::{MemoryNotifier, MemoryStore};
use designia_core::payment::PaymentMethod;
use designia_core::ports::Ports;
use designia_core::service::{Checkout, CheckoutItem, Engine, Policy};
use designia_core::testing::{FakeWebhooks, Faulty, FixedClock, Lost, ScriptedGateway, SequentialIds, fixtures};
use designia_server::app::{App, router};
use designia_server::config::{Http, Secret};
use designia_server::http::auth::{Account, Tokens};
use designia_server::http::metrics::Metrics;
use designia_server::instance::Instance;
use designia_stripe_sandbox::SandboxClock;
use tower::ServiceExt;

use crate::support::Place;

fn engine_over(store: Faulty<MemoryStore>) -> Engine {
    let store = Arc::new(store);
    let ports = Ports {
        orders: store.clone(),
        queries: store.clone(),
        catalog: store.clone(),
        inbox: store.clone(),
        rates: store,
        rate_sources: Vec::new(),
        gateway: Arc::new(ScriptedGateway::new()),
        webhooks: Arc::new(FakeWebhooks::new("secret")),
        notifier: Arc::new(MemoryNotifier::new(1)),
        tasks: designia_core::ports::Tasks::in_store(Arc::new(MemoryStore::new())),
        clock: Arc::new(FixedClock::at(fixtures::NOW)),
        ids: Arc::new(SequentialIds::new()),
    };
    Engine::new(ports, Policy::default())
}

#[tokio::test]
async fn a_store_that_fails_is_not_an_order_that_is_not_there() {
    let store = Faulty::new(MemoryStore::new());
    let tokens = Tokens::demo(&Secret::new("a secret of at least thirty-two bytes"));
    let token = tokens.of(Account::named("buyer").unwrap()).unwrap();
    let app = App::new(engine_over(store.clone()), tokens, Metrics::new(false));
    let settings = Http {
        request_timeout: Duration::from_secs(10),
        body_limit: 1_000,
        cors_origins: Vec::new(),
        metrics_open: false,
        shutdown_grace: Duration::ZERO,
    };
    let routes = router(app, &settings, false).unwrap();
    let id = fixtures::order_id(1);
    for path in [format!("/api/payments/checkout_session/retry/{id}/"), format!("/api/marketplace/orders/{id}/")] {
        for (fails, expected) in [(true, 503), (false, 404)] {
            if fails {
                store.fail_next(Lost::Request);
            }
            let request = Request::get(&path).header("authorization", format!("Bearer {}", token.expose()));
            let answer = routes.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), expected, "{path}");
            assert_eq!(answer.headers().contains_key("retry-after"), fails, "{path}");
        }
    }
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
