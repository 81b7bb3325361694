//! Host names, as configuration and routes write them and as requests name them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Longest host name, in bytes.
const HOST_BYTES_MAX: usize = 253;

/// A host name, or with `*.` before it all names below one: `*.example.org` covers
/// `a.example.org` and `a.b.example.org`, not `example.org`. Case does not matter, ports are not
/// part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(with = "String")]
pub struct HostName {
    /// In lower case, without `*.`.
    name: Arc<str>,
    is_wildcard: bool,
}

impl HostName {
    /// Reads a host name.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, is_wildcard) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        if !is_name(name) && (is_wildcard || !is_address(name)) {
            return Err(format!(
                "`{text}` is no host name: write `example.org` or `*.example.org`, without scheme, \
                 port and path; names in other letters as their `xn--` form"
            ));
        }
        Ok(Self {
            name: name.to_ascii_lowercase().into(),
            is_wildcard,
        })
    }

    /// Whether it covers a host as [`host_of`] gives it.
    pub(crate) fn covers(&self, host: &str) -> bool {
        if !self.is_wildcard {
            return *self.name == *host;
        }
        host.strip_suffix(&*self.name)
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|label| !label.is_empty())
    }

    /// The name, for wildcards that of which it covers all below.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether it covers all names below one.
    pub(crate) const fn is_wildcard(&self) -> bool {
        self.is_wildcard
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.is_wildcard { "*." } else { "" };
        write!(out, "{wildcard}{}", self.name)
    }
}

impl<'de> Deserialize<'de> for HostName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The host that a `Host` header means: without the port and a dot at the end, in lower case.
pub(crate) fn host_of(header: &str) -> Cow<'_, str> {
    let host = match header
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((inner, _)) => &header[..inner.len() + 2],
        None => header.split_once(':').map_or(header, |(host, _)| host),
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    name.len() <= HOST_BYTES_MAX
        && name
            .split('.')
            .all(|label| (1..=63).contains(&label.len()) && label.bytes().all(fits))
}

/// IPv6 addresses stand in brackets, as in URLs.
fn is_address(text: &str) -> bool {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(name: &str, header: &str) -> bool {
        HostName::parse(name).unwrap().covers(&host_of(header))
    }

    #[test]
    fn hosts_are_compared_as_people_mean_them() {
        assert!(covers("example.org", "Example.ORG:8080"));
        assert!(covers("Example.org.", "example.org."));
        assert!(!covers("example.org", "a.example.org"));
        assert!(!covers("example.org", ""));
        assert!(covers("*.example.org", "a.example.org"));
        assert!(covers("*.example.org", "a.b.example.org:1"));
        for other in [
            "example.org",
            ".example.org",
            "badexample.org",
            "a.example.com",
        ] {
            assert!(!covers("*.example.org", other), "{other}");
        }
        assert!(covers("127.0.0.1", "127.0.0.1:3111"));
        assert!(covers("[::1]", "[::1]:3111"));
        assert_eq!(host_of("[::1]:80"), "[::1]");
        assert_eq!(host_of("[broken"), "[broken");
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let long = "a".repeat(64);
        for text in [
            "",
            "*",
            "*.",
            "*.*.a",
            "a..b",
            "https://a",
            "a/b",
            "a:80",
            "a b",
            "::1",
            "*.[::1]",
            "bücher.example",
            &long,
        ] {
            assert!(HostName::parse(text).is_err(), "{text}");
        }
    }
}
