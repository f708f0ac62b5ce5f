//! The settings of accounts.

use std::time::Duration;

use clap::Args;
use designia_core::time::{DAY, HOUR, MINUTE};

use super::values::{self, ConfigError};

/// Where Google publishes the keys of its ID tokens.
const GOOGLE_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";

/// Accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// For how long an access token opens the API.
    pub access_lifetime: Duration,
    /// For how long a session lives without being refreshed.
    pub session_lifetime: Duration,
    /// Sign-in with Google; absent means that there is none.
    pub google: Option<GoogleSignIn>,
    /// Where the web client's pages are, to which links in mails lead, without a slash at the end; absent means where buyers
    /// return to.
    pub frontend_url: Option<String>,
}

/// Sign-in with Google.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleSignIn {
    /// For which a token has to be meant.
    pub client_id: String,
    /// Where the keys of tokens are.
    pub keys_url: String,
}

/// The same as an operator writes them.
#[derive(Args, Clone, Debug)]
pub(super) struct AccountSettings {
    /// For how long an access token opens the API
    #[arg(long, env = "DESIGNIA_ACCESS_LIFETIME", global = true, value_name = "DURATION", default_value = "60m")]
    access_lifetime: String,

    /// For how long somebody stays logged in without coming back
    #[arg(long, env = "DESIGNIA_SESSION_LIFETIME", global = true, value_name = "DURATION", default_value = "7d")]
    session_lifetime: String,

    /// Client id of sign-in with Google [default: no sign-in with Google]
    #[arg(long, env = "GOOGLE_OAUTH_CLIENT_ID", global = true, value_name = "ID")]
    google_oauth_client_id: Option<String>,

    /// Where the keys of Google's tokens are: https, or http on this machine
    #[arg(long, env = "GOOGLE_OAUTH_KEYS_URL", global = true, value_name = "URL", default_value = GOOGLE_KEYS)]
    google_oauth_keys_url: String,

    /// Where the web client's pages are, to which links in mails lead [default: DESIGNIA_SHOP_URL]
    #[arg(long, env = "FRONTEND_URL", global = true, value_name = "URL")]
    frontend_url: Option<String>,
}

impl AccountSettings {
    pub(super) fn check(&self) -> Result<Accounts, ConfigError> {
        let keys_url = values::web_url("GOOGLE_OAUTH_KEYS_URL", &self.google_oauth_keys_url)?;
        let is_safe = keys_url.starts_with("https://") || values::is_loopback(&keys_url);
        values::require("GOOGLE_OAUTH_KEYS_URL", is_safe, "anybody between could change the keys; use https")?;
        let (shortest, longest) = (MINUTE, 30 * DAY);
        let access = values::duration("DESIGNIA_ACCESS_LIFETIME", &self.access_lifetime, shortest, DAY)?;
        let session = values::duration("DESIGNIA_SESSION_LIFETIME", &self.session_lifetime, HOUR, 12 * longest)?;
        values::require("DESIGNIA_SESSION_LIFETIME", session >= access, "shorter than DESIGNIA_ACCESS_LIFETIME")?;
        let client_id = self.google_oauth_client_id.clone();
        Ok(Accounts {
            access_lifetime: access,
            session_lifetime: session,
            google: client_id.map(|client_id| GoogleSignIn { client_id, keys_url }),
            frontend_url: self.frontend_url.as_ref().map(|url| values::web_url("FRONTEND_URL", url)).transpose()?,
        })
    }
}
