//! What a client speaks.

use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    /// In clear, without asking whether the server speaks it.
    Http2,
    /// HTTP/1.1 over TLS.
    Https1,
    /// HTTP/2 over TLS.
    Https2,
}

impl Protocol {
    pub(super) fn is_secure(self) -> bool {
        matches!(self, Self::Https1 | Self::Https2)
    }

    pub(super) fn is_http2(self) -> bool {
        matches!(self, Self::Http2 | Self::Https2)
    }

    pub(super) fn url(self, address: &str, path: &str) -> String {
        let scheme = if self.is_secure() { "https" } else { "http" };
        format!("{scheme}://{address}{path}")
    }
}

/// A certificate and its key, of which everybody else knows just the file names.
pub(super) const CERTIFICATE: &str = "cert.pem";
pub(super) const KEY: &str = "key.pem";

/// How an engine is told to speak a protocol: the configuration of its http worker. It finds out
/// by itself which version of HTTP its clients speak.
pub(super) fn http_config(protocol: Protocol) -> String {
    if protocol.is_secure() {
        let tls = format!("{{ cert: {CERTIFICATE}, key: {KEY} }}");
        format!("{{ listeners: [{{ bind: \"127.0.0.1:0\", tls: {tls} }}] }}")
    } else {
        "{ port: 0 }".to_owned()
    }
}

/// How the floor is told to.
pub(super) fn floor_arguments(protocol: Protocol, folder: &Path) -> Vec<String> {
    let mut arguments = Vec::new();
    if protocol.is_http2() {
        arguments.push("--http2".to_owned());
    }
    if protocol.is_secure() {
        for (option, file) in [("--cert", CERTIFICATE), ("--key", KEY)] {
            arguments.push(option.to_owned());
            arguments.push(folder.join(file).display().to_string());
        }
    }
    arguments
}
