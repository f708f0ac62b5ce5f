//! The state file: a restart forgets nothing.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use designia_stripe_sandbox::{Card, Sandbox, SandboxClock};

use crate::support::{Endpoint, SECRET, START, Stripe, builder, session_form};

/// A directory of its own, gone with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let count = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("designia-sandbox-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("state.json")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

#[tokio::test]
async fn a_restart_finds_everything_as_it_was() {
    let directory = Directory::new();
    let form = session_form(&[]);
    let (id, objects) = {
        let stripe = Stripe::from(builder().state_file(directory.file())).await;
        let created = stripe.post_with_key("/v1/checkout/sessions", "k1", &form).await;
        stripe.sandbox.pay(&created.id(), Card::Visa).unwrap();
        stripe.advance(3_600);
        stripe.post("/v1/customers", &[("name", "Ada")]).await;
        // Dropped without a word, as a killed process would be: the last reply waited for the file.
        (created.id(), stripe.sandbox.objects())
    };
    let clock = SandboxClock::starting_at(START);
    let stripe = Stripe::from(Sandbox::builder().clock(clock.clone()).seed(7).state_file(directory.file())).await;
    assert_eq!(clock.now(), START + 3_600);
    let mut after = stripe.sandbox.objects();
    assert_eq!(after.counts(), objects.counts());
    assert_eq!(after.of("charge"), objects.of("charge"));
    assert_eq!(stripe.retrieve(&id).await["payment_status"], "paid");
    let replay = stripe.post_with_key("/v1/checkout/sessions", "k1", &form).await;
    assert_eq!((replay.id(), replay.header("idempotent-replayed")), (id, Some("true")));
    let fresh = stripe.session().await;
    after = stripe.sandbox.objects();
    assert_eq!(after.of("checkout.session").iter().filter(|session| session["id"] == fresh.as_str()).count(), 1);
}

#[tokio::test]
async fn a_restart_sends_what_is_still_owed_with_the_secret_of_now() {
    let directory = Directory::new();
    let endpoint = Endpoint::start().await;
    {
        let stripe = Stripe::from(builder().webhook(&endpoint.url, "whsec_before").state_file(directory.file())).await;
        stripe.sandbox.webhooks().hold();
        stripe.post("/v1/customers", &[]).await;
        stripe.sandbox.shutdown().await;
    }
    let stripe = Stripe::from(builder().webhook(&endpoint.url, SECRET).state_file(directory.file())).await;
    assert_eq!(stripe.sandbox.objects().count("webhook_endpoint"), 1);
    stripe.sandbox.webhooks().release();
    assert_eq!(endpoint.until(1).await[0].kind(), "customer.created");
}

#[tokio::test]
async fn a_broken_file_is_an_error_and_stays_as_it_is() {
    let directory = Directory::new();
    fs::write(directory.file(), "{ not json").unwrap();
    let refused = builder().state_file(directory.file()).start().await.unwrap_err();
    assert!(refused.to_string().contains("cannot be read"), "{refused}");
    assert_eq!(fs::read_to_string(directory.file()).unwrap(), "{ not json");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_nobody_elses_business() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    let stripe = Stripe::from(builder().state_file(directory.file())).await;
    stripe.post("/v1/customers", &[]).await;
    assert_eq!(fs::metadata(directory.file()).unwrap().permissions().mode() & 0o777, 0o600);
}
