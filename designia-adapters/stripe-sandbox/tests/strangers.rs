//! Strangers: the unmodified official libraries drive the sandbox and judge what it answers.
//!
//! `DESIGNIA_PYTHON` names a Python that has `stripe==16.1.0`; `DESIGNIA_NODE_MODULES` names a directory whose
//! `node_modules` has `stripe@23.1.0`. Without them the tests skip, loudly; in CI a skip is a failure.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails by panicking")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use designia_stripe_sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};

const SECRET: &str = "whsec_for_strangers";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_library_is_content() {
    let Some(python) = named("DESIGNIA_PYTHON") else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strangers/drive.py");
    let mut command = Command::new(python);
    command.arg(script);
    drive("python", command, "PYTHON DONE").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_node_library_is_content() {
    let Some(modules) = named("DESIGNIA_NODE_MODULES") else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strangers/drive.mjs");
    let mut command = Command::new("node");
    command.env("NODE_MODULES", modules).arg(script);
    drive("node", command, "NODE DONE").await;
}

/// What the environment names, or a loud skip.
fn named(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    if value.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{variable} must be set in CI");
        // Past the harness, which keeps what a passing test prints to itself.
        let told = format!("SKIPPED: {variable} is not set, so the official library did not judge the sandbox\n");
        std::io::stderr().write_all(told.as_bytes()).expect("standard error can be written");
    }
    value.map(PathBuf::from)
}

/// Starts a sandbox on real time (the libraries check the age of a signature) and runs a script against it.
async fn drive(name: &str, mut command: Command, closing_line: &str) {
    let hooks = std::env::temp_dir().join(format!("designia-strangers-{name}-{}.jsonl", std::process::id()));
    fs::write(&hooks, "").unwrap();
    let (url, receiver) = receive_into(hooks.clone()).await;
    let sandbox = Sandbox::builder().seed(1).webhook(url, SECRET).start().await.unwrap();
    command.args([sandbox.base_url(), hooks.display().to_string(), SECRET.to_owned()]).stdin(Stdio::null());

    let output = spawn_blocking(move || command.output()).await.unwrap();
    receiver.abort();
    fs::remove_file(&hooks).unwrap();
    let output = output.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.trim_end().ends_with(closing_line), "{name} objects:\n{out}\n{err}");
    println!("{out}");
}

/// An endpoint that writes every webhook, byte for byte, as a line of JSON.
async fn receive_into(path: PathBuf) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(receive)).with_state(Arc::new(path));
    (url, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

async fn receive(State(path): State<Arc<PathBuf>>, headers: HeaderMap, body: String) {
    let line = json!({ "signature": headers["stripe-signature"].to_str().unwrap(), "body": body });
    let mut file = OpenOptions::new().append(true).open(path.as_path()).unwrap();
    // One write, so that a reader never sees half a line.
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
