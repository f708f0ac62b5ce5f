//! Where the server is, which keys are ours, and how patient callers are.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, TlsCertificates};

use crate::error::OpenError;

/// How to reach a server. Made from a URL; the fields may be changed after that.
///
/// ```
/// # fn main() -> Result<(), designia_redis::ConfigError> {
/// use designia_redis::Config;
///
/// let config: Config = "rediss://shop:secret@redis.example/0?namespace=shop".parse()?;
/// assert_eq!(config.namespace(), "shop");
/// assert_eq!(config.place(), "redis.example:6379/0");
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    target: ConnectionInfo,
    namespace: String,
    /// The file with the certificates, in PEM, of those who may vouch for the server; the system's if there is none.
    ca: Option<PathBuf>,
    /// How long a call waits for a connection before it fails as unavailable. 2 seconds by default.
    pub connect_timeout: Duration,
    /// How long a call waits for its answer before it fails as unavailable. 5 seconds by default.
    pub answer_timeout: Duration,
}

/// The text is not the address of a Redis server. It never holds the address, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the address of a Redis server: {0}")]
pub struct ConfigError(String);

/// Keys begin with this unless the address says otherwise.
const NAMESPACE: &str = "designia";

impl FromStr for Config {
    type Err = ConfigError;

    /// From `redis://user:password@host:port/database?parameter=value`, or `rediss://` for TLS. The parameters are `namespace`,
    /// with which all keys begin (`designia` if it is left out), and `ca`, the file of a certificate authority of one's own.
    fn from_str(url: &str) -> Result<Self, ConfigError> {
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| wrong("it doesn't begin with redis:// or rediss://"))?;
        check_scheme(scheme)?;
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = address.split_once('/').unwrap_or((address, ""));
        // A password with such a character would be taken for a host, a port or a database, and be shown as that.
        if url.contains('#') || path.contains('@') || query.contains('@') || authority.matches('@').count() > 1 {
            return Err(wrong("a special character in the password must be percent-encoded, such as # as %23"));
        }
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if host.contains(',') {
            return Err(wrong(ONE_SERVER));
        }
        let address = redis::parse_redis_url(&format!("{scheme}://{address}")).ok_or_else(|| wrong("host or port"))?;
        let target = address.into_connection_info().map_err(|error| wrong(&lower(&error)))?;
        let (mut namespace, mut ca) = (NAMESPACE.to_owned(), None);
        let parameters =
            redis::parse_redis_url(&format!("redis://host/?{query}")).ok_or_else(|| wrong("parameters"))?;
        for (key, value) in parameters.query_pairs() {
            match key.as_ref() {
                "namespace" => namespace = checked(&value)?,
                "ca" if scheme == "rediss" => ca = Some(PathBuf::from(value.as_ref())),
                "ca" => return Err(wrong("`ca` goes with rediss:// only")),
                other => return Err(ConfigError(format!("the parameter `{other}` is not known"))),
            }
        }
        let (connect_timeout, answer_timeout) = (Duration::from_secs(2), Duration::from_secs(5));
        Ok(Self { target, namespace, ca, connect_timeout, answer_timeout })
    }
}

impl Config {
    /// The same server, with other keys.
    ///
    /// # Errors
    /// If that can't be a namespace: it is 1 to 64 letters, digits and `. _ -`.
    pub fn with_namespace(mut self, namespace: &str) -> Result<Self, ConfigError> {
        self.namespace = checked(namespace)?;
        Ok(self)
    }

    /// What all keys begin with, in braces: so they are in one slot of a Redis Cluster.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Where the server is, for people: `host:port/database`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.target.addr(), self.target.redis_settings().db())
    }

    /// Under which name this process logs in.
    #[must_use]
    pub fn user(&self) -> &str {
        self.target.redis_settings().username().unwrap_or("default")
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        matches!(self.target.addr(), ConnectionAddr::TcpTls { .. })
    }

    /// The driver's form of this.
    pub(crate) fn client(&self) -> Result<Client, OpenError> {
        let tcp = TcpSettings::default().set_nodelay(true);
        let settings = self.target.redis_settings().clone().set_lib_name("designia", env!("CARGO_PKG_VERSION"));
        let target = self.target.clone().set_tcp_settings(tcp).set_redis_settings(settings);
        let no_tls = |why: String| OpenError::Tls { place: self.place(), why };
        let Some(ca) = &self.ca else {
            return Client::open(target).map_err(|error| no_tls(error.to_string()));
        };
        let root_cert = std::fs::read(ca).map_err(|error| no_tls(format!("cannot read {}: {error}", ca.display())))?;
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(root_cert) };
        Client::build_with_tls(target, certificates).map_err(|error| no_tls(error.to_string()))
    }
}

impl fmt::Debug for Config {
    /// Without the password, which nobody needs to see.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("place", &self.place())
            .field("user", &self.user())
            .field("namespace", &self.namespace)
            .field("has_tls", &self.has_tls())
            .field("ca", &self.ca)
            .field("connect_timeout", &self.connect_timeout)
            .field("answer_timeout", &self.answer_timeout)
            .finish_non_exhaustive()
    }
}

const ONE_SERVER: &str = "it names several servers, and Sentinel and the redirections of a Cluster are not spoken here: name the one \
     server that has the namespace's keys, or a proxy in front of it";

fn check_scheme(scheme: &str) -> Result<(), ConfigError> {
    match scheme {
        "redis" | "rediss" => Ok(()),
        "unix" | "redis+unix" | "redis+socket" => Err(wrong("sockets are not spoken here: use redis://host")),
        _ if scheme.contains("sentinel") || scheme.contains("cluster") => Err(wrong(ONE_SERVER)),
        _ => Err(wrong("it doesn't begin with redis:// or rediss://")),
    }
}

fn checked(namespace: &str) -> Result<String, ConfigError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=64).contains(&namespace.len()) && namespace.bytes().all(is_allowed) {
        return Ok(namespace.to_owned());
    }
    Err(wrong("`namespace` is not 1 to 64 letters, digits and `. _ -`"))
}

fn wrong(what: &str) -> ConfigError {
    ConfigError(what.to_owned())
}

/// The driver's words, which don't quote the address.
fn lower(error: &redis::RedisError) -> String {
    let told = error.to_string();
    told.split(" - ").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        url.parse::<Config>().unwrap_err().to_string()
    }

    #[test]
    fn an_address_says_where_who_and_which_keys() {
        let config: Config = "redis://u%40x:p%23w@127.0.0.1:7000/3?namespace=shop-1".parse().unwrap();
        assert_eq!((config.place().as_str(), config.user()), ("127.0.0.1:7000/3", "u@x"));
        assert_eq!((config.namespace(), config.has_tls()), ("shop-1", false));
        assert_eq!(config.target.redis_settings().password(), Some("p#w"));
        let config: Config = "rediss://:secret@redis.example?ca=%2Fetc%2Fca.pem".parse().unwrap();
        assert_eq!((config.place().as_str(), config.user()), ("redis.example:6379/0", "default"));
        assert!(
            config.has_tls() && config.ca == Some(PathBuf::from("/etc/ca.pem")) && config.namespace() == "designia"
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        let config: Config = "redis://u:hunter2@host:7000/3".parse().unwrap();
        let urls = [
            "redis://u:hunt#er2@host",
            "redis://u:hunt/er2@host",
            "redis://u:hunt@er2@host",
            "redis://u:hunter2@host:x",
            "redis://u:hunter2@host/hunter2",
            "redis://u:hunter2@host?namespace=hunter2!",
            "mysql://u:hunter2@host",
            "u:hunter2@host",
        ];
        for told in urls.iter().map(|url| refusal(url)).chain([format!("{config:?}")]) {
            assert!(!told.contains("hunt") && !told.contains("er2"), "{told}");
        }
    }

    #[test]
    fn what_is_not_spoken_is_refused_in_words() {
        for url in ["redis+sentinel://host", "redis-cluster://host", "redis://one:1,other:2/0"] {
            assert!(refusal(url).contains("name the one server"), "{url}: {}", refusal(url));
        }
        assert!(refusal("redis+unix:///run/redis.sock").contains("sockets"));
        assert!(refusal("valkey://host").contains("redis:// or rediss://"));
        assert!(refusal("redis://host?names=1").contains("`names` is not known"));
        assert!(refusal("redis://host?ca=x").contains("`ca` goes with rediss://"));
        assert!(refusal("redis://host?namespace=a{b").contains("`namespace` is not"));
        assert!(refusal("redis://host/zero").contains("database number"));
    }
}
