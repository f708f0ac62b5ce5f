//! `createsuperuser`: an account that runs the marketplace, for whoever sits at the machine.

use std::io::{IsTerminal, stdin};
use std::process::ExitCode;

use clap::Args;
use designia_core::account::{Email, Hidden, Username};
use designia_core::service::accounts::NewAdmin;

use super::Failure;
use super::engine::accounts;
use crate::config::{Config, Secret};

/// Who is to run the marketplace.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct SuperUser {
    /// E-mail address to log in with
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    /// Public name [default: what is before the @]
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// Password, instead of being asked for it; others on this machine can read a command line, so better in the environment
    #[arg(long, env = "DESIGNIA_SUPERUSER_PASSWORD", hide_env_values = true, hide = true, value_name = "PASSWORD")]
    password: Option<Secret>,

    /// Ask nothing; what is missing is an error
    #[arg(long, visible_alias = "noinput")]
    no_input: bool,
}

pub(super) async fn run(config: &Config, ask: &SuperUser) -> Result<ExitCode, Failure> {
    let email: Email = ask.email()?.parse().map_err(|error| format!("--email: {error}"))?;
    let username = match &ask.username {
        Some(name) => name.parse::<Username>().map_err(|error| format!("--username: {error}"))?,
        None => Username::near(email.local_part(), ""),
    };
    let password = ask.password()?;
    let (accounts, stores) = accounts(config).await?;
    let made = accounts.create_admin(NewAdmin { id: None, email, username, password }).await;
    stores.close().await?;
    let account = made?;
    println!("{} runs the marketplace; log in as {}", account.username, account.email);
    Ok(ExitCode::SUCCESS)
}

impl SuperUser {
    fn email(&self) -> Result<String, Failure> {
        if let Some(email) = &self.email {
            return Ok(email.clone());
        }
        self.may_ask("--email")?;
        eprint!("E-mail address: ");
        let mut line = String::new();
        stdin().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn password(&self) -> Result<Hidden, Failure> {
        // A variable that is set to nothing is one that is not set.
        if let Some(password) = self.password.as_ref().filter(|password| !password.expose().is_empty()) {
            return Ok(Hidden::new(password.expose()));
        }
        self.may_ask("DESIGNIA_SUPERUSER_PASSWORD")?;
        let password = rpassword::prompt_password("Password: ")?;
        let again = rpassword::prompt_password("Password, once more: ")?;
        if password == again { Ok(Hidden::new(password)) } else { Err("the two passwords differ".into()) }
    }

    fn may_ask(&self, missing: &str) -> Result<(), Failure> {
        let may = !self.no_input && stdin().is_terminal();
        if may { Ok(()) } else { Err(format!("{missing}: needed where nobody can be asked").into()) }
    }
}
