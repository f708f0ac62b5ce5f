//! How a sandbox is put together.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::clock::SandboxClock;
use crate::fault::Fault;
use crate::resource::webhook_endpoint::{self, Secret};
use crate::sandbox::{self, Sandbox};
use crate::shared::Shared;
use crate::webhook::sender;
use crate::world::World;
use crate::{save, server};

/// What a sandbox is made of; every part has a default.
#[derive(Debug)]
#[must_use]
pub struct Builder {
    clock: SandboxClock,
    seed: u64,
    bind: SocketAddr,
    webhooks: Vec<(String, Secret)>,
    webhook_timeout: Duration,
    webhooks_at_once: usize,
    state_file: Option<PathBuf>,
    api_key: Option<Secret>,
    faults: Vec<Fault>,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The sandbox has no business on a network.
    #[error("the sandbox listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Webhooks go to this machine, over plain http.
    #[error("webhooks cannot be sent to {url}: {reason}")]
    WebhookUrl {
        /// The URL that was asked for.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The state file is there and cannot be used. It is left as it is.
    #[error("the state file {} cannot be read", path.display())]
    StateFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: io::Error,
    },
    /// The client that delivers webhooks could not be made.
    #[error("the webhook client cannot be made")]
    Client(#[source] reqwest::Error),
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            clock: SandboxClock::real(),
            seed: 0,
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            webhooks: Vec::new(),
            webhook_timeout: Duration::from_secs(10),
            webhooks_at_once: 1,
            state_file: None,
            api_key: None,
            faults: Vec::new(),
        }
    }
}

impl Builder {
    /// The sandbox's time. Real time by default.
    pub fn clock(mut self, clock: SandboxClock) -> Self {
        self.clock = clock;
        self
    }

    /// Where ids and bad luck come from. Sandboxes that share a consumer but not a history need different seeds, or their
    /// ids will meet.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Listens on this port of 127.0.0.1. By default the system picks one.
    pub fn port(mut self, port: u16) -> Self {
        self.bind.set_port(port);
        self
    }

    /// Listens on this address, which must be a loopback address.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.bind = address;
        self
    }

    /// Sends every event to `url`, signed with `secret` (the whole `whsec_…`).
    pub fn webhook(mut self, url: impl Into<String>, secret: impl Into<String>) -> Self {
        self.webhooks.push((url.into(), Secret::new(secret)));
        self
    }

    /// How long an endpoint may take to answer, in real time. Ten seconds by default.
    pub fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.webhook_timeout = timeout;
        self
    }

    /// How many deliveries may be under way at once. One by default, which keeps them in order.
    pub fn webhooks_at_once(mut self, count: usize) -> Self {
        self.webhooks_at_once = count.max(1);
        self
    }

    /// Keeps the whole state in this file, and starts from it.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Accepts this key only. By default, any key that begins with `sk_test_` or `rk_test_` will do.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Secret::new(key));
        self
    }

    /// Starts with a fault in force.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Listens, and runs until the sandbox is shut down or dropped.
    ///
    /// # Errors
    ///
    /// When the address, a webhook URL or the state file cannot be used.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        if !self.bind.ip().is_loopback() {
            return Err(StartError::NotLoopback(self.bind));
        }
        let address = self.bind;
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let base_url = format!("http://{}", listener.local_addr().map_err(listen)?);
        let mut sandbox = self.mount(base_url)?;
        sandbox.tasks.spawn(server::serve(listener, sandbox.router()));
        Ok(sandbox)
    }

    /// A sandbox that listens nowhere: its [`router`](Sandbox::router) is served by the caller under `base_url`. Needs a
    /// Tokio runtime, for webhooks and for the passing of time.
    ///
    /// # Errors
    ///
    /// When a webhook URL or the state file cannot be used.
    pub fn mount(self, base_url: impl Into<String>) -> Result<Sandbox, StartError> {
        let client = sender::client(self.webhook_timeout).map_err(StartError::Client)?;
        let world = self.world(&base_url.into())?;
        let api_key = self.api_key.clone();
        let shared = Arc::new(Shared::new(world, self.clock, self.seed, api_key, self.state_file.is_some()));
        self.faults.into_iter().for_each(|fault| shared.faults.add(fault));
        let mut tasks = JoinSet::new();
        tasks.spawn(sender::run(Arc::clone(&shared), client, self.webhooks_at_once));
        if let Some(path) = &self.state_file {
            tasks.spawn(save::run(Arc::clone(&shared), path.clone()));
        }
        Ok(sandbox::assemble(shared, tasks, self.state_file))
    }

    fn world(&self, base_url: &str) -> Result<World, StartError> {
        let loaded = match &self.state_file {
            Some(path) => save::load(path).map_err(|source| StartError::StateFile { path: path.clone(), source })?,
            None => None,
        };
        let mut world = loaded.unwrap_or_else(|| World::new(self.seed));
        self.clock.not_before(world.now);
        world.base_url = base_url.trim_end_matches('/').to_owned();
        for (url, secret) in &self.webhooks {
            webhook_endpoint::check_target(url)
                .map_err(|reason| StartError::WebhookUrl { url: url.clone(), reason })?;
            webhook_endpoint::configure(&mut world, self.clock.now(), url, secret.clone());
        }
        Ok(world)
    }
}
