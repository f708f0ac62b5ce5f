//! The sandbox as a program: `designia-stripe-sandbox --webhook-url http://127.0.0.1:8000/api/payments/stripe_webhook/`.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use designia_stripe_sandbox::{Fault, Sandbox, SandboxClock};
use tracing_subscriber::EnvFilter;

/// A stateful Stripe on loopback, for demos and tests. No money moves here.
// No `Debug`: the options hold a secret.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Where to listen; a loopback address.
    #[arg(long, default_value = "127.0.0.1:12111")]
    bind: SocketAddr,
    /// Where every event is sent.
    #[arg(long, requires = "webhook_secret")]
    webhook_url: Option<String>,
    /// What webhooks are signed with (`whsec_…`).
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// Where ids and bad luck come from; by default the time of the start, so that no two runs share ids.
    #[arg(long)]
    seed: Option<u64>,
    /// A fault: `lose_reply` strikes once, `webhook_drop=5` strikes five percent, `delay_reply:500=10` has a length too.
    #[arg(long = "fault", value_name = "KIND[:NUMBER][=PERCENT]")]
    faults: Vec<Fault>,
    /// Keeps the whole state in this file.
    #[arg(long = "state", value_name = "FILE")]
    state_file: Option<PathBuf>,
    /// Real time, or time that moves only by `POST /_sandbox/clock/advance`.
    #[arg(long, value_enum, default_value_t = Clock::Real)]
    clock: Clock,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Clock {
    Real,
    Virtual,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            eprintln!("designia-stripe-sandbox: {text}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let options = Options::parse();

    let real = SandboxClock::real();
    let now = real.now();
    let clock = match options.clock {
        Clock::Real => real,
        Clock::Virtual => SandboxClock::starting_at(now),
    };
    let seed = options.seed.unwrap_or_else(|| now.unsigned_abs());
    let mut builder = Sandbox::builder().bind(options.bind).clock(clock).seed(seed);
    if let (Some(url), Some(secret)) = (options.webhook_url, options.webhook_secret) {
        builder = builder.webhook(url, secret);
    }
    if let Some(path) = options.state_file {
        builder = builder.state_file(path);
    }
    let sandbox = options.faults.into_iter().fold(builder, designia_stripe_sandbox::Builder::fault).start().await?;
    tracing::info!(url = sandbox.base_url(), seed, "the Stripe sandbox is listening; any sk_test_ key will do");

    stop_signal().await?;
    sandbox.shutdown().await;
    Ok(())
}

/// Waits for Ctrl-C, or for the signal with which a service manager stops a program.
async fn stop_signal() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
