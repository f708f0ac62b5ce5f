//! The address that the provider knows: whatever it sends goes to one of the nodes that live, as behind a load balancer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;

use crate::dice::Dice;
use crate::fleet::Addresses;
use crate::shop::client;

/// Where nodes take webhooks.
const PATH: &str = "/api/payments/stripe_webhook/";

/// What signs webhooks.
pub(crate) const SECRET: &str = "whsec_of_the_campaign";

#[derive(Clone, Debug)]
struct Door {
    http: reqwest::Client,
    addresses: Arc<Mutex<Option<Addresses>>>,
    dice: Arc<Mutex<Dice>>,
}

/// The door before there are nodes behind it, since their configuration names it.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The root of the address that the world knows.
    pub(crate) url: String,
    addresses: Arc<Mutex<Option<Addresses>>>,
}

impl Opened {
    /// Where the provider sends its webhooks.
    pub(crate) fn webhooks(&self) -> String {
        format!("{}{PATH}", self.url)
    }

    /// Leads to these nodes from now on.
    pub(crate) fn lead_to(&self, addresses: Addresses) {
        *self.addresses.lock().unwrap() = Some(addresses);
    }
}

/// Opens the door.
pub(crate) async fn open(seed: u64) -> Opened {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let addresses = Arc::default();
    let door = Door {
        http: client(Duration::from_secs(9)),
        addresses: Arc::clone(&addresses),
        dice: Arc::new(Mutex::new(Dice::of(seed, "door", 0))),
    };
    let router = Router::new().route(PATH, post(pass_on)).with_state(door);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Opened { url, addresses }
}

async fn pass_on(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let node = {
        let addresses = door.addresses.lock().unwrap();
        addresses.as_ref().and_then(|addresses| addresses.any(&mut door.dice.lock().unwrap()))
    };
    let Some(node) = node else { return StatusCode::SERVICE_UNAVAILABLE };
    let request = door.http.post(format!("http://{node}{PATH}")).body(body);
    let signature = headers.get("stripe-signature").cloned();
    let request = signature.into_iter().fold(request, |request, value| request.header("stripe-signature", value));
    match request.send().await {
        Ok(answer) => answer.status(),
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}
