//! Who is at the other end: the address that limits are counted by.
//!
//! It is the socket's, unless that is one of our own proxies: then it is whom the proxy says it asks for, and if that is a proxy
//! of ours, too, whom that one asks for. Anything further to the left was written by somebody whom nobody vouches for.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::FORWARDED;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Response};
use axum::middleware::Next;

use crate::config::{ForwardedBy, Proxies};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client of a request; that of nobody, `0.0.0.0`, where there is no socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address of nobody.
    const NOBODY: Self = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// What counts as one client: an address, and of the sixth version a network of 64 bits, which one household has.
    #[must_use]
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }
    }

    /// The key of a limit for this client.
    #[must_use]
    pub fn key(self, what: &str) -> String {
        format!("{what}:address:{}", self.network())
    }

    fn of(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> Self {
        let is_ours = |address: IpAddr| proxies.trusted.iter().any(|network| network.contains(&address));
        let mut client = peer.to_canonical();
        if !is_ours(client) {
            return Self(client);
        }
        for hop in hops(headers, proxies.header).into_iter().rev() {
            // What can't be read was not written by a proxy of ours that works: the last one known to have asked is the client.
            let Some(hop) = hop else { break };
            client = hop.to_canonical();
            if !is_ours(client) {
                break;
            }
        }
        Self(client)
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self::NOBODY))
    }
}

/// Finds out who the client is, once for everybody who wants to know.
pub(super) async fn identify(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response<Body> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let client = peer.map_or(ClientAddress::NOBODY, |peer| ClientAddress::of(peer, request.headers(), &proxies));
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// For whom was asked, from the client to the last proxy; none where it isn't an address.
fn hops(headers: &HeaderMap, by: ForwardedBy) -> Vec<Option<IpAddr>> {
    let name = match by {
        ForwardedBy::XForwardedFor => X_FORWARDED_FOR,
        ForwardedBy::Forwarded => FORWARDED,
    };
    let values = headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or_default());
    let elements = values.flat_map(|value| value.split(','));
    match by {
        ForwardedBy::XForwardedFor => elements.map(address).collect(),
        ForwardedBy::Forwarded => elements.map(|element| forwarded_for(element).and_then(address)).collect(),
    }
}

/// The `for` of an element such as `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_for(element: &str) -> Option<&str> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("for"))
        .map(|(_, value)| value.trim().trim_matches('"'))
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(header: ForwardedBy) -> Proxies {
        Proxies { trusted: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()], header }
    }

    fn client(peer: &str, headers: &[(&'static str, &str)], proxies: &Proxies) -> String {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        ClientAddress::of(peer.parse().unwrap(), &headers.collect(), proxies).0.to_string()
    }

    #[test]
    fn forged_forwarding_headers_change_nothing() {
        let forged = [("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=1.1.1.1"), ("x-real-ip", "1.1.1.1")];
        for proxies in [Proxies::default(), proxies(ForwardedBy::XForwardedFor), proxies(ForwardedBy::Forwarded)] {
            assert_eq!(client("203.0.113.9", &forged, &proxies), "203.0.113.9", "the peer is nobody's proxy");
        }
        let proxied = [("x-forwarded-for", "1.1.1.1, 203.0.113.9"), ("forwarded", "for=1.1.1.1")];
        assert_eq!(client("10.0.0.1", &proxied, &proxies(ForwardedBy::XForwardedFor)), "203.0.113.9");
        let proxied = [("forwarded", "for=1.1.1.1, for=203.0.113.9"), ("x-forwarded-for", "1.1.1.1")];
        assert_eq!(client("10.0.0.1", &proxied, &proxies(ForwardedBy::Forwarded)), "203.0.113.9");
    }

    #[test]
    fn the_client_is_the_right_most_that_is_no_proxy_of_ours() {
        for (peer, header, expected) in [
            ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1,10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "10.9.9.9, 10.0.0.2", "10.9.9.9"),
            ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("::ffff:10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
            ("fd00::1", "[2001:db8::7]:80", "2001:db8::7"),
            ("fd00::1", "::ffff:203.0.113.9", "203.0.113.9"),
        ] {
            let told = client(peer, &[("x-forwarded-for", header)], &proxies(ForwardedBy::XForwardedFor));
            assert_eq!(told, expected, "{peer} {header}");
        }
        let told = [("forwarded", r#"For="[2001:db8::7]:80";proto=https, for=10.0.0.2;by=10.0.0.1"#)];
        assert_eq!(client("10.0.0.1", &told, &proxies(ForwardedBy::Forwarded)), "2001:db8::7");
    }

    #[test]
    fn several_headers_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(X_FORWARDED_FOR, "198.51.100.1".parse().unwrap());
        headers.append(X_FORWARDED_FOR, "203.0.113.9".parse().unwrap());
        let proxies = proxies(ForwardedBy::XForwardedFor);
        let client = ClientAddress::of("10.0.0.1".parse().unwrap(), &headers, &proxies);
        assert_eq!(client.0.to_string(), "203.0.113.9");
    }

    #[test]
    fn a_household_of_the_sixth_version_is_one_client() {
        let network = |text: &str| ClientAddress(text.parse().unwrap()).network().to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
        assert_eq!(network("203.0.113.9"), "203.0.113.9");
    }
}
