//! Where a request comes from.

use crate::config::{ForwardedHeader, Network};
use http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// How the connection is made: `http`, or `https` where a listener speaks TLS.
    pub(crate) scheme: Scheme,
}

/// What stands before `://`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// Who asks, as far as trusted proxies can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) address: IpAddr,
    pub(crate) scheme: Scheme,
}

/// Which proxies are believed, and what they write.
pub(crate) struct Proxies {
    pub(crate) trusted: Vec<Network>,
    pub(crate) header: ForwardedHeader,
}

impl Scheme {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::Https]
            .into_iter()
            .find(|scheme| scheme.as_str().eq_ignore_ascii_case(text))
    }
}

impl Proxies {
    /// Who asks: the peer, unless it is a trusted proxy. Then its header is read from the end, past
    /// every trusted proxy, to the first address that is none; what stands before that may have
    /// been written by anybody.
    pub(crate) fn origin(&self, peer: Peer, headers: &HeaderMap) -> Origin {
        let mut origin = Origin {
            address: peer.address.to_canonical(),
            scheme: peer.scheme,
        };
        if !self.trusts(origin.address) {
            return origin;
        }
        let mut hops = self.hops(headers);
        // The scheme that the nearest proxy was asked with is the one it can know.
        if let Some(scheme) = hops.last().and_then(|hop| hop.scheme) {
            origin.scheme = scheme;
        }
        while self.trusts(origin.address) {
            match hops.pop().and_then(|hop| hop.address) {
                Some(address) => origin.address = address,
                None => return origin,
            }
        }
        origin
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    fn hops(&self, headers: &HeaderMap) -> Vec<Hop> {
        match self.header {
            ForwardedHeader::XForwardedFor => {
                let mut hops: Vec<Hop> = elements(headers, "x-forwarded-for")
                    .map(|text| Hop {
                        address: address(text),
                        scheme: None,
                    })
                    .collect();
                if let Some(last) = hops.last_mut() {
                    let scheme = elements(headers, "x-forwarded-proto").last();
                    last.scheme = scheme.and_then(Scheme::parse);
                }
                hops
            }
            ForwardedHeader::Forwarded => elements(headers, "forwarded").map(Hop::parse).collect(),
        }
    }
}

/// One step of the way, as the proxy at its end saw it.
struct Hop {
    address: Option<IpAddr>,
    scheme: Option<Scheme>,
}

impl Hop {
    /// Reads an element of a `Forwarded` header (RFC 7239).
    fn parse(element: &str) -> Self {
        let mut hop = Self {
            address: None,
            scheme: None,
        };
        for pair in element.split(';') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            match name.trim() {
                name if name.eq_ignore_ascii_case("for") => hop.address = address(value),
                name if name.eq_ignore_ascii_case("proto") => hop.scheme = Scheme::parse(value),
                _ => {}
            }
        }
        hop
    }
}

/// The comma-separated elements of all values of a header.
fn elements<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        // A value that is no text names nobody, but must not hide that somebody wrote it.
        .flat_map(|value| value.to_str().unwrap_or("unknown").split(','))
        .map(str::trim)
}

/// An address with or without a port; names and `unknown` are none.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(header: ForwardedHeader, peer: &str, fields: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "::1"].map(|text| Network::parse(text).unwrap());
        let proxies = Proxies {
            trusted: trusted.to_vec(),
            header,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        let peer = Peer {
            address: peer.parse().unwrap(),
            scheme: Scheme::Http,
        };
        let origin = proxies.origin(peer, &headers);
        format!("{} {}", origin.scheme.as_str(), origin.address)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let of = |peer, fields: &[_]| origin(ForwardedHeader::XForwardedFor, peer, fields);
        let field = |value| [("x-forwarded-for", value)];
        assert_eq!(of("9.9.9.9", &field("1.1.1.1")), "http 9.9.9.9");
        assert_eq!(of("10.0.0.1", &field("1.1.1.1")), "http 1.1.1.1");
        assert_eq!(of("10.0.0.1", &[]), "http 10.0.0.1");
        // What a client wrote itself stands to the left of what proxies saw.
        let spoofed = field("7.7.7.7, 1.1.1.1, 10.9.9.9");
        assert_eq!(of("10.0.0.1", &spoofed), "http 1.1.1.1");
        let split = [
            ("x-forwarded-for", "7.7.7.7"),
            ("x-forwarded-for", "1.1.1.1"),
        ];
        assert_eq!(of("::1", &split), "http 1.1.1.1");
        // Whatever cannot be read ends the way.
        assert_eq!(of("10.0.0.1", &field("1.1.1.1, what")), "http 10.0.0.1");
        assert_eq!(of("10.0.0.1", &field("1.1.1.1:99")), "http 1.1.1.1");
        let secure = [
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(of("10.0.0.1", &secure), "https 1.1.1.1");
        assert_eq!(of("9.9.9.9", &secure), "http 9.9.9.9");
        // The other header is not looked at.
        assert_eq!(
            of("10.0.0.1", &[("forwarded", "for=1.1.1.1")]),
            "http 10.0.0.1"
        );
    }

    #[test]
    fn the_standard_header_is_read() {
        let of = |value| {
            let fields = [("forwarded", value), ("x-forwarded-for", "7.7.7.7")];
            origin(ForwardedHeader::Forwarded, "10.0.0.1", &fields)
        };
        assert_eq!(of("for=1.1.1.1;proto=https;by=10.0.0.1"), "https 1.1.1.1");
        assert_eq!(
            of("For=\"[2001:db8::1]:47\", for=10.0.0.2"),
            "http 2001:db8::1"
        );
        assert_eq!(of("for=unknown"), "http 10.0.0.1");
        assert_eq!(of("for=_hidden, for=10.0.0.2"), "http 10.0.0.2");
    }
}
