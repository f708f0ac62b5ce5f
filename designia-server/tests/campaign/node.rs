//! A node: a whole server with every role, on the campaign's clock, over a wire and ports that can be deadly.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use designia_core::ports::Ports;
use designia_server::config::{EnvFile, Environment};
use designia_server::instance::Instance;
use designia_server::{cli, telemetry};
use designia_stripe_sandbox::SandboxClock;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;

use crate::cut::{Cut, Cuts, say};
use crate::plant::Plant;
use crate::time::FileClock;
use crate::{ports, wire};

/// Where a node finds its brief.
const VARIABLE: &str = "DESIGNIA_CAMPAIGN_NODE";

/// What a node is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Brief {
    /// The server's own flags.
    pub(crate) flags: Vec<String>,
    /// Where the time is.
    pub(crate) clock: PathBuf,
    /// Where the provider is.
    pub(crate) provider: SocketAddr,
    /// Where to die, and at the how-manieth passing.
    pub(crate) cut: Option<(Cut, u32)>,
    /// What is wrong with it.
    pub(crate) plant: Plant,
}

impl Brief {
    /// The brief of this process, if it is a node.
    pub(crate) fn of_environment() -> Option<Self> {
        Some(serde_json::from_str(&std::env::var(VARIABLE).ok()?).unwrap())
    }

    /// The variable that makes a process a node.
    pub(crate) fn variable(&self) -> (&'static str, String) {
        (VARIABLE, serde_json::to_string(self).unwrap())
    }

    fn decorate(&self, ports: Ports, cuts: &Cuts) -> Ports {
        let ports = Ports { clock: Arc::new(FileClock(self.clock.clone())), ..ports };
        ports::with_cuts(self.plant.in_ports(ports), cuts)
    }
}

/// Serves and works until it is killed, dies at its cut point, or the campaign lets go of its standard input.
pub(crate) async fn run(brief: Brief) {
    // The harness has begun a line.
    println!();
    let cuts = Cuts::armed(brief.cut);
    let wire = wire::lay(brief.provider, cuts.clone()).await;
    let flags = ["designia-server", "--stripe-api-base", &format!("http://{wire}")].map(str::to_owned);
    let args = flags.into_iter().chain(brief.flags.iter().cloned()).map(Into::into).collect();
    let (_, config) = cli::parse(args, &Environment::default(), &EnvFile::default()).unwrap();
    telemetry::init(&config.log, None);
    let prepared = Instance::prepare_with(&config, SandboxClock::real(), |ports| brief.decorate(ports, &cuts)).await;
    match prepared {
        Ok(instance) => {
            say(&format!("ready {}", instance.address));
            instance.run(until_let_go()).await.unwrap();
        }
        Err(error) => say(&format!("failed {error}")),
    }
}

/// A node must not outlive the campaign, however that ends.
async fn until_let_go() {
    tokio::io::stdin().read_to_end(&mut Vec::new()).await.map(drop).unwrap_or_default();
}
