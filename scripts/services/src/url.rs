//! The parts of a database's address that have to be exchanged: the database, or the server in front of it.

use crate::error::Error;

/// `postgres://user:password@host:port/database?query`, in parts that are still percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    credentials: &'a str,
    server: &'a str,
    database: &'a str,
    query: Option<&'a str>,
}

impl<'a> Url<'a> {
    /// Takes an address apart. The password is not part of any error.
    pub(crate) fn parse(url: &'a str) -> Result<Self, Error> {
        let refused =
            || Error::Refused { reason: "not an address like postgres://user:password@host/database".to_owned() };
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")).ok_or_else(refused)?;
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, server) = authority.rsplit_once('@').ok_or_else(refused)?;
        Ok(Self { credentials, server, database, query })
    }

    /// The same server and user, another database.
    #[cfg(feature = "databases")]
    pub(crate) fn with_database(&self, database: &str) -> String {
        self.assembled(self.server, database)
    }

    /// The same database through another server.
    pub(crate) fn with_server(&self, server: &str) -> String {
        self.assembled(server, self.database)
    }

    /// Host and port.
    pub(crate) fn host_and_port(&self) -> Result<(&'a str, u16), Error> {
        let (host, port) = match self.server.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (self.server, "5432"),
        };
        let port = port.parse().map_err(|_| Error::Refused { reason: format!("not a port: {port}") })?;
        Ok((host.trim_start_matches('[').trim_end_matches(']'), port))
    }

    /// User and password, decoded.
    pub(crate) fn user_and_password(&self) -> Result<(String, String), Error> {
        let (user, password) = self.credentials.split_once(':').unwrap_or((self.credentials, ""));
        Ok((decoded(user)?, decoded(password)?))
    }

    fn assembled(&self, server: &str, database: &str) -> String {
        let query = self.query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("postgres://{}@{server}/{database}{query}", self.credentials)
    }
}

pub(crate) fn decoded(text: &str) -> Result<String, Error> {
    let refused = || Error::Refused { reason: "user or password is not percent-encoded text".to_owned() };
    let mut bytes = Vec::with_capacity(text.len());
    let mut pieces = text.split('%');
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let (code, plain) = piece.split_at_checked(2).ok_or_else(refused)?;
        bytes.push(u8::from_str_radix(code, 16).map_err(|_| refused())?);
        bytes.extend_from_slice(plain.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn an_address_is_taken_apart_and_put_together() {
        let url = Url::parse("postgresql://me:p%40s%2Fs@db.example:6432/shop?sslmode=require").unwrap();
        assert_eq!(url.host_and_port().unwrap(), ("db.example", 6432));
        assert_eq!(url.user_and_password().unwrap(), ("me".to_owned(), "p@s/s".to_owned()));
        #[cfg(feature = "databases")]
        assert_eq!(url.with_database("other"), "postgres://me:p%40s%2Fs@db.example:6432/other?sslmode=require");
        assert_eq!(url.with_server("127.0.0.1:1"), "postgres://me:p%40s%2Fs@127.0.0.1:1/shop?sslmode=require");
    }

    #[test]
    fn an_address_may_lack_port_password_and_database() {
        let url = Url::parse("postgres://me@[::1]").unwrap();
        assert_eq!(url.host_and_port().unwrap(), ("::1", 5432));
        assert_eq!(url.user_and_password().unwrap(), ("me".to_owned(), String::new()));
        assert!(Url::parse("mysql://me@host/db").is_err());
    }
}
