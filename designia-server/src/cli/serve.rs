//! `serve`: the API and the workers, as far as they are this node's.

use std::process::ExitCode;

use designia_stripe_sandbox::SandboxClock;

use super::Failure;
use crate::config::{Config, Console, Roles};
use crate::instance::Instance;
use crate::serve::{Ended, stop_signal};

pub(super) async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let instance = Instance::prepare(config, SandboxClock::real()).await?;
    let signal = stop_signal()?;
    greet(&instance);
    ended(instance.run(signal).await?, config)
}

/// How the process ends after serving.
pub(super) fn ended(ended: Ended, config: &Config) -> Result<ExitCode, Failure> {
    match ended {
        Ended::Drained => Ok(ExitCode::SUCCESS),
        Ended::Cut => Err(format!("requests were still running after {:?}", config.http.shutdown_grace).into()),
    }
}

/// Tells a newcomer where to look. On standard output, because this is what the command is for.
pub(super) fn greet(instance: &Instance) {
    let url = &instance.url;
    println!("Designia listens on http://{}", instance.address);
    if instance.roles.serve {
        println!("  API docs   {url}/api/docs/");
        println!("  Products   {url}/api/marketplace/products/");
        match instance.console {
            Console::On => println!("  Console    {url}/admin/"),
            Console::ReadOnly => println!("  Console    {url}/admin/ (read-only)"),
            Console::Off => {}
        }
    }
    println!("  Health     {url}/health/ready");
    if instance.roles != Roles::ALL {
        println!("  Roles      {}", instance.roles.names().collect::<Vec<_>>().join(", "));
    }
    if let Some(sandbox) = &instance.sandbox {
        println!("  Stripe     a sandbox in this process, {}; pay with card 4242 4242 4242 4242", sandbox.base_url());
    }
    if !instance.roles.serve {
        return;
    }
    for (person, password) in instance.demo_people() {
        println!("  {:<9}  log in as {} with {}", person.name, person.email, password.expose());
    }
}
