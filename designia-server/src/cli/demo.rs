//! `demo`: the journey of a paid and of an unpaid order, driven over HTTP against this very process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use designia_stripe_sandbox::SandboxClock;
use tokio::sync::oneshot;

use super::Failure;
use super::serve::{ended, greet};
use crate::config::{Config, Database, Media, RatesFrom, Roles, Stripe};
use crate::demo::journey::Journey;
use crate::instance::Instance;
use crate::serve::stop_signal;

/// The demo does not wait for days, so its loops look often.
const INTERVAL: Duration = Duration::from_millis(100);

pub(super) async fn run(config: &Config, exit: bool) -> Result<ExitCode, Failure> {
    let place = Place::new()?;
    let config = demo_config(config, &place, exit);
    let instance = Instance::prepare(&config, SandboxClock::real()).await?;
    println!("The demo has its own database and pushes its own clock; nothing else is touched.");
    greet(&instance);
    let journey = Journey::through(&instance, config.payment.grace)?;
    let signal = stop_signal()?;
    let (done, when_done) = oneshot::channel::<()>();
    let stop = async move {
        tokio::select! {
            () = signal => {}
            Ok(()) = when_done => {}
        }
    };
    let serving = tokio::spawn(instance.run(stop));
    let result = journey.go().await;
    match &result {
        Ok(()) => println!("\nAll three orders ended as promised."),
        Err(error) => eprintln!("error: the demo went wrong: {error}"),
    }
    if exit || result.is_err() {
        // Nobody listens only if the server has ended by itself.
        let _ = done.send(());
        serving.await??;
        return Ok(if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    println!("The server goes on; stop it with Ctrl-C.");
    let outcome = ended(serving.await??, &config);
    drop(done);
    outcome
}

/// The same configuration, away from everything that is real.
fn demo_config(config: &Config, place: &Place, exit: bool) -> Config {
    let mut config = config.clone();
    config.database = Database::Sqlite(place.0.join("designia.db"));
    config.data_dir.clone_from(&place.0);
    config.media = Media::Folder(place.0.join("media"));
    config.stripe = Stripe::Sandbox { webhook_secret: None };
    config.demo = true;
    config.roles = Roles::ALL;
    config.rates.sources = vec![RatesFrom::Bundled];
    config.payment.sweep_interval = INTERVAL;
    if exit {
        // Nobody else needs to find it, and another server may be running.
        config.bind = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        config.public_url = None;
    }
    config
}

/// A directory that goes with the demo.
struct Place(PathBuf);

impl Place {
    fn new() -> Result<Self, Failure> {
        let name = hex::encode(crate::edge::random_bytes::<8>()?);
        let path = std::env::temp_dir().join(format!("designia-demo-{name}"));
        crate::installation::make_data_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the demo's directory could not be removed");
        }
    }
}
