//! The task that sends what is due, and sleeps until something is.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use tokio::task::JoinSet;

use crate::shared::Shared;
use crate::webhook::signature;

/// A machine's clock can be set; the task looks again at least this often.
const LONGEST_SLEEP: i64 = 60;

/// One delivery, ready to go out.
#[derive(Debug)]
struct Letter {
    at: usize,
    url: String,
    body: String,
    signature: String,
}

/// A client that speaks to this machine, follows nobody elsewhere and does not wait for ever.
pub(crate) fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(no_tls())
        .timeout(timeout)
        .redirect(Policy::none())
        .no_proxy()
        .user_agent("Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .build()
}

/// reqwest asks for a TLS provider even where only plain http is spoken, and panics without one. Installing one for the
/// whole process would be the host's decision; this configuration stays with us, and trusts nobody.
fn no_tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().expect("ring serves the default versions of TLS");
    builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
}

/// Sends for as long as it is polled, so many at a time. Letters on their way end with it.
pub(crate) async fn run(shared: Arc<Shared>, client: reqwest::Client, at_once: usize) {
    let mut changes = shared.changes.subscribe();
    let mut clock = shared.clock.watch();
    let mut sending: JoinSet<()> = JoinSet::new();
    loop {
        changes.mark_unchanged();
        clock.mark_unchanged();
        while sending.len() < at_once {
            let Some(letter) = claim(&shared) else { break };
            sending.spawn(send(Arc::clone(&shared), client.clone(), letter));
        }
        tokio::select! {
            _ = changes.changed() => {}
            _ = clock.changed() => {}
            Some(_) = sending.join_next() => {}
            () = next_due(&shared) => {}
        }
    }
}

fn claim(shared: &Shared) -> Option<Letter> {
    let now = shared.clock.now();
    // Cheap when there is nothing to do: only a claim counts as a change, and it is not worth saving.
    shared.visit(false, |world, _| {
        let at = world.queue.claim(now)?;
        let delivery = world.queue.get(at);
        let (event, endpoint) = (world.events.get(&delivery.event)?, world.endpoints.get(&delivery.endpoint)?);
        let body = event.render(world.queue.unacknowledged(&delivery.event)).to_string();
        let signature = signature::header(now, &body, &endpoint.secrets(now));
        Some(Letter { at, url: endpoint.url.clone(), body, signature })
    })
}

async fn send(shared: Arc<Shared>, client: reqwest::Client, letter: Letter) {
    let request = client
        .post(&letter.url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header("stripe-signature", letter.signature)
        .body(letter.body);
    let (delivered, outcome) = match request.send().await {
        // Anything else is a failure, redirects included.
        Ok(response) => (response.status().is_success(), response.status().as_u16().to_string()),
        Err(error) if error.is_timeout() => (false, "timeout".to_owned()),
        Err(error) => (false, error.without_url().to_string()),
    };
    shared.with(|world, now| world.queue.finish(letter.at, now, delivered, outcome));
}

/// Sleeps until time itself brings something. A virtual clock moves only when it is told, and then it wakes us.
async fn next_due(shared: &Shared) {
    if shared.clock.is_virtual() {
        return std::future::pending().await;
    }
    let now = shared.clock.now();
    let due = shared.peek(|world| [world.timers.next_at(), world.queue.next_due().filter(|due| *due > now)]);
    let seconds = due.into_iter().flatten().map(|at| at - now).min().unwrap_or(LONGEST_SLEEP).clamp(1, LONGEST_SLEEP);
    tokio::time::sleep(Duration::from_secs(seconds.unsigned_abs())).await;
}
