//! Addresses of engines, and the little of URLs that they need.

use std::fmt::Write as _;

/// The parts of a `ws://` or `wss://` address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// `wss`
    pub(super) tls: bool,
    /// Host name or address, without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    /// Host and port as they were written, for the Host header.
    pub(super) authority: String,
    /// Begins with a slash.
    pub(super) path: String,
    pub(super) query: Option<String>,
}

impl Url {
    /// Reads `ws://host[:port][/path][?query]`, or the same with `wss`.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text
            .bytes()
            .any(|byte| byte.is_ascii_control() || byte == b' ')
        {
            return Err("it contains a space or a control character");
        }
        let (tls, rest) = match text.split_once("://") {
            Some(("ws", rest)) => (false, rest),
            Some(("wss", rest)) => (true, rest),
            _ => return Err("it must begin with `ws://` or `wss://`"),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err("user and password do not belong into it; use a token");
        }
        let (host, port) = split_port(authority)?;
        let port = port.unwrap_or(if tls { 443 } else { 80 });
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Ok(Self {
            tls,
            host: host.to_owned(),
            port,
            authority: authority.to_owned(),
            path: if path.is_empty() { "/" } else { path }.to_owned(),
            query,
        })
    }

    /// The request target of the address itself.
    pub(super) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// The request target of a path below the address, with further query fields; those of the
    /// address are kept.
    pub(super) fn target_below(&self, segments: &[&str], fields: &[(&str, &str)]) -> String {
        let mut target = self.path.trim_end_matches('/').to_owned();
        for segment in segments {
            target.push('/');
            encode_into(segment, &mut target);
        }
        let mut separator = '?';
        if let Some(query) = self.query.as_deref().filter(|query| !query.is_empty()) {
            target.push('?');
            target.push_str(query);
            separator = '&';
        }
        for (name, value) in fields {
            target.push(separator);
            target.push_str(name);
            target.push('=');
            encode_into(value, &mut target);
            separator = '&';
        }
        target
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or("the `[` is not closed")?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err("something stands between host and port"),
        }
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if host.is_empty() {
        return Err("it has no host");
    }
    let port = port
        .map(str::parse)
        .transpose()
        .map_err(|_| "the port is no number below 65536")?;
    Ok((host, port))
}

fn encode_into(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

/// Decodes `%XX` (and, in queries, `+`); anything that is no escape stays as it is.
pub(super) fn decode(text: &str, plus: char) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            (b'+', _) => bytes.push(plus as u8),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_path_and_query() {
        let url = Url::parse("ws://engine.local:49134/base/?tenant=a").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("engine.local", 49134));
        assert_eq!(url.authority, "engine.local:49134");
        assert_eq!(url.target(), "/base/?tenant=a");
        assert_eq!(
            url.target_below(
                &["ws", "channels", "s/1.2"],
                &[("key", "a+b="), ("dir", "read")]
            ),
            "/base/ws/channels/s%2F1.2?tenant=a&key=a%2Bb%3D&dir=read"
        );
        let url = Url::parse("ws://[::1]:7").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("::1", 7));
        assert_eq!(url.target(), "/");
        assert_eq!(url.target_below(&["otel"], &[]), "/otel");
        assert_eq!(Url::parse("ws://h?x").unwrap().target(), "/?x");
        let ports = ["ws://h", "wss://h", "wss://h:7"].map(|text| {
            let url = Url::parse(text).unwrap();
            (url.tls, url.port)
        });
        assert_eq!(ports, [(false, 80), (true, 443), (true, 7)]);
    }

    #[test]
    fn bad_addresses_are_refused_with_a_reason() {
        for (text, part) in [
            ("http://h", "ws://"),
            ("localhost:49134", "ws://"),
            ("wsss://h", "wss://"),
            ("ws://", "no host"),
            ("ws://h:70000", "port"),
            ("ws://h:", "port"),
            ("ws://[::1", "`[`"),
            ("ws://u:p@h", "token"),
            ("ws://h/a\r\nX: y", "control"),
        ] {
            let reason = Url::parse(text).unwrap_err();
            assert!(reason.contains(part), "{text}: {reason}");
        }
    }

    #[test]
    fn escapes_are_decoded_once() {
        assert_eq!(decode("a%2Fb+c%zz%2", ' '), "a/b c%zz%2");
        assert_eq!(decode("%252F+", '+'), "%2F+");
    }
}
