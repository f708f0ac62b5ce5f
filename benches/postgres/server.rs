//! One node of the reference server over the shop's database, without loops, so that requests alone are measured.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use designia_core::account::Hidden;
use designia_core::service::accounts::{LoggedIn, Origin};
use designia_server::cli;
use designia_server::config::{EnvFile, Environment};
use designia_server::instance::Instance;
use designia_stripe_sandbox::SandboxClock;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::WORKERS;
use crate::shop::Shop;

pub(crate) const WEBHOOK_SECRET: &str = "whsec_bench_0123456789abcdef";

pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    /// What a buyer's requests carry.
    pub(crate) buyer: String,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Node {
    pub(crate) async fn start(shop: &Shop) -> Self {
        let data = std::env::temp_dir().join(format!("designia-bench-{}", std::process::id()));
        let data = data.to_str().expect("a path of text").to_owned();
        let connections = WORKERS.to_string();
        let settings = [
            ("DATABASE_URL", shop.url.as_str()),
            ("BIND", "127.0.0.1:0"),
            ("DESIGNIA_ROLES", "serve"),
            ("DESIGNIA_DB_CONNECTIONS", &connections),
            ("DESIGNIA_DATA_DIR", &data),
            ("DESIGNIA_LOG", "error"),
            ("JWT_SECRET", "a secret of this bench that is long enough"),
            ("STRIPE_SECRET_KEY", "sk_test_bench"),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("STRIPE_API_BASE", "http://127.0.0.1:9"),
        ];
        let environment = Environment::from_iter(settings);
        let (_, config) =
            cli::parse(vec!["designia-server".into()], &environment, &EnvFile::default()).expect("valid settings");
        let instance = Instance::prepare(&config, SandboxClock::real()).await.expect("the node starts");
        let (buyer, password) = instance.demo_people().next().expect("the demo is on");
        let (accounts, tokens, address) = (instance.accounts.clone(), instance.tokens.clone(), instance.address);
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let stop = async move { drop(stopped.await) };
            instance.run(stop).await.expect("the listener works");
        });
        let password = Hidden::new(password.expose());
        let logged_in = accounts.log_in(buyer.email, &password, &Origin::program()).await.expect("the buyer logs in");
        let LoggedIn::Granted(grant) = logged_in else { panic!("the buyer has no second factor") };
        let token = tokens.issue(&grant).expect("a token").access;
        Self { address, buyer: format!("Bearer {}", token.expose()), stop, running }
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.running.await.expect("the node ends well");
    }
}

/// Seconds since 1970, for signatures.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
