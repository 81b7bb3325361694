//! The configuration of this worker. Its doc comments are the reference page.

mod host_name;
mod listen;
mod network;
mod static_folder;

pub use host_name::HostName;
pub(crate) use host_name::host_of;
pub use listen::{Certificate, Listen};
pub use network::Network;
pub use static_folder::StaticFolder;

use http::HeaderName;
use iii_kit::tls;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

/// Configuration of the `http` worker.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address to listen on. Beyond loopback everybody who reaches it can call the routes.
    pub host: IpAddr,
    /// TCP port; 0 lets the system choose.
    pub port: u16,
    /// Where to listen, if not just at `host` and `port`: several addresses, TLS, host names.
    /// Changes take effect while it runs; open connections of a listener that stays stay too.
    pub listeners: Vec<Listen>,
    /// How long a request may take, in milliseconds: reading its body (then 408), and until the
    /// response begins (then 504). A trigger's `timeout_ms` overrides it for its route.
    #[serde(alias = "default_timeout_ms")]
    pub default_timeout: NonZeroU32,
    /// Largest request body in bytes; a larger one is answered 413. A trigger's `body_bytes_max`
    /// overrides it for its route. JSON and forms are kept in memory, any other body streams
    /// through its channel, so that a route that takes such bodies may well allow gigabytes.
    #[serde(alias = "body_limit")]
    pub body_bytes_max: usize,
    /// Bytes of request bodies held at the same time over all connections; beyond, requests with a
    /// body are answered 503.
    pub body_bytes_total_max: usize,
    /// Function calls in progress at the same time; one more is answered 503 with `Retry-After`.
    pub concurrency_request_limit: NonZeroU32,
    /// Open connections; one more is answered 503 and closed.
    pub connections_max: NonZeroU32,
    /// Largest head (request line and headers) in bytes; a larger one is answered 431. There may be
    /// at most 100 header fields.
    pub header_bytes_max: usize,
    /// How long a client may take to send a head, in milliseconds, to shake hands for TLS, and so
    /// also how long a connection may idle. Then it is closed.
    pub header_timeout_ms: NonZeroU32,
    /// How long a client may pause while it sends a body, in milliseconds. Then it is answered 408,
    /// if the response has not begun, and the function's channel is aborted.
    pub body_idle_timeout_ms: NonZeroU32,
    /// How long a stop waits for requests in progress, in milliseconds; a listener that a new
    /// configuration does not have any more stops in the same way. Then they are cut off.
    pub drain_timeout_ms: u32,
    /// How long after a function returned nothing its `response` channel may still begin to speak,
    /// in milliseconds, before the answer is 204. Published clients connect that channel while, or
    /// after, they return. A trigger whose configuration says `response_channel: false` is
    /// answered at once.
    pub response_channel_wait_ms: u32,
    /// Proxies in front of this server: ranges such as `10.0.0.0/8`, or addresses. Only what they
    /// say about the client is believed; without any, the client is whoever connects.
    pub trusted_proxies: Vec<Network>,
    /// The header in which trusted proxies say who asks. Name the one that they write: a proxy
    /// passes the other one on as the client wrote it.
    pub forwarded_header: ForwardedHeader,
    /// The header that carries a request's id. A client's own id is kept if it is at most 128
    /// visible characters, else one is made; the answer repeats it. Null turns ids off.
    #[serde(deserialize_with = "header_name")]
    #[schemars(with = "Option<String>")]
    pub request_id_header: Option<HeaderName>,
    /// Whether clients are told what functions and the engine say about a failure. For development:
    /// elsewhere they get the code and an `error_id`, and the log has the message.
    pub expose_errors: bool,
    /// How error answers look.
    pub error_format: ErrorFormat,
    /// Folders of files by the prefix of their paths, as `/assets: ./public`. Routes come first.
    #[serde(rename = "static", deserialize_with = "prefixes")]
    pub static_folders: BTreeMap<String, StaticFolder>,
    /// When answers are compressed.
    pub compression: Compression,
    /// Whether each answer is logged: one event `http.request` with fields, after its last byte.
    pub access_log: bool,
    /// Who may read answers from pages of other origins. Absent means nobody: no CORS headers.
    pub cors: Option<Cors>,
    /// Middleware functions; not supported yet, so anything but an empty list is refused.
    #[serde(deserialize_with = "no_middleware")]
    #[schemars(with = "Vec<serde_json::Value>")]
    pub middleware: (),
}

/// A header that tells the way of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, with `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded`, RFC 7239.
    Forwarded,
}

/// How error answers look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ErrorFormat {
    /// `{"error": {code, message, error_id?}}`.
    #[default]
    Published,
    /// Problem details, RFC 9457: `{type, title, status, detail, code, error_id?}`.
    Problem,
}

/// When answers are compressed: with zstd, brotli or gzip, as `Accept-Encoding` says, if their
/// content type gains from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Compression {
    /// Whether anything is compressed.
    pub enabled: bool,
    /// Smallest body that is, in bytes. Streamed ones have no size and always are.
    pub bytes_min: usize,
}

impl Default for Compression {
    fn default() -> Self {
        Self {
            enabled: true,
            bytes_min: 1024,
        }
    }
}

/// Cross-origin rules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Origins such as `https://app.example.com`, or `*` for all.
    #[serde(deserialize_with = "some_origins")]
    pub allowed_origins: Vec<String>,
    /// Methods allowed to other origins; empty means those the requested path serves.
    #[serde(default)]
    pub allowed_methods: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        const fn number(value: u32) -> NonZeroU32 {
            match NonZeroU32::new(value) {
                Some(value) => value,
                None => NonZeroU32::MIN,
            }
        }
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 3111,
            listeners: Vec::new(),
            default_timeout: number(30_000),
            body_bytes_max: 10 << 20,
            body_bytes_total_max: 256 << 20,
            concurrency_request_limit: number(1024),
            connections_max: number(10_000),
            header_bytes_max: 64 << 10,
            header_timeout_ms: number(10_000),
            body_idle_timeout_ms: number(10_000),
            drain_timeout_ms: 10_000,
            response_channel_wait_ms: 200,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            request_id_header: Some(HeaderName::from_static("x-request-id")),
            expose_errors: false,
            error_format: ErrorFormat::default(),
            static_folders: BTreeMap::new(),
            compression: Compression::default(),
            access_log: false,
            cors: None,
            middleware: (),
        }
    }
}

impl Config {
    /// Lets relative paths of certificates begin in `folder`, where the configuration file is.
    pub fn resolve_paths(&mut self, folder: &Path) {
        for listen in &mut self.listeners {
            listen.resolve(folder);
        }
    }

    /// What no single key can know: whether the listeners go together, and their certificates can
    /// be used.
    ///
    /// # Errors
    /// What is wrong, and what to do about it.
    pub fn check(&self) -> Result<(), String> {
        let default = Self::default();
        if self.listeners.is_empty() {
            return Ok(());
        }
        if (self.host, self.port) != (default.host, default.port) {
            return Err(
                "`host` and `port` are one listener and `listeners` are others; \
                 make it an entry of `listeners`, as `{ bind: HOST:PORT }`"
                    .to_owned(),
            );
        }
        for (index, listen) in self.listeners.iter().enumerate() {
            let taken = |other: &Listen| other.bind == listen.bind && listen.bind.port() != 0;
            if self.listeners[..index].iter().any(taken) {
                return Err(format!("`listeners` names `{}` twice", listen.bind));
            }
            if listen.redirect_https && !listen.tls.is_empty() {
                return Err(format!(
                    "`redirect_https` of `{}`: it speaks TLS itself; remove one of the two",
                    listen.bind
                ));
            }
            if !listen.tls.is_empty() {
                let files = listen.tls.iter().map(Into::into).collect();
                tls::Acceptor::load(files, &[]).map_err(|error| error.to_string())?;
            }
        }
        let has_tls = self.listeners.iter().any(|listen| !listen.tls.is_empty());
        if !has_tls && self.listeners.iter().any(|l| l.redirect_https) {
            return Err("`redirect_https` needs a listener with `tls` to lead to".to_owned());
        }
        Ok(())
    }

    /// Where to listen.
    pub(crate) fn listens(&self) -> Vec<Listen> {
        if self.listeners.is_empty() {
            vec![Listen::plain(SocketAddr::new(self.host, self.port))]
        } else {
            self.listeners.clone()
        }
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.default_timeout.get().into())
    }

    pub(crate) fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms.get().into())
    }

    pub(crate) fn body_idle_timeout(&self) -> Duration {
        Duration::from_millis(self.body_idle_timeout_ms.get().into())
    }

    pub(crate) fn drain_timeout(&self) -> Duration {
        Duration::from_millis(self.drain_timeout_ms.into())
    }

    pub(crate) fn response_channel_wait(&self) -> Duration {
        Duration::from_millis(self.response_channel_wait_ms.into())
    }
}

fn header_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HeaderName>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    name.map(|name| {
        HeaderName::try_from(&name)
            .map_err(|_| serde::de::Error::custom(format!("`{name}` is no header name")))
    })
    .transpose()
}

fn prefixes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, StaticFolder>, D::Error> {
    let folders = BTreeMap::<String, StaticFolder>::deserialize(deserializer)?;
    match folders.keys().find(|prefix| !prefix.starts_with('/')) {
        Some(prefix) => Err(serde::de::Error::custom(format!(
            "`{prefix}` is no prefix of a path: it must begin with `/`"
        ))),
        None => Ok(folders),
    }
}

fn no_middleware<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let wanted = Option::<Vec<serde::de::IgnoredAny>>::deserialize(deserializer)?;
    if wanted.is_some_and(|list| !list.is_empty()) {
        return Err(serde::de::Error::custom(
            "`middleware` is not supported by this version; remove it, \
             or check the request in the function itself",
        ));
    }
    Ok(())
}

fn some_origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let origins = Vec::<String>::deserialize(deserializer)?;
    for origin in &origins {
        let host = origin.split_once("://").map(|(_, host)| host);
        let usable = origin == "*" || host.is_some_and(|h| !h.is_empty() && !h.contains('/'));
        if !usable {
            return Err(serde::de::Error::custom(format!(
                "`{origin}` is no origin: write `scheme://host` or `scheme://host:port` \
                 without a path, or `*`"
            )));
        }
    }
    if origins.is_empty() {
        return Err(serde::de::Error::custom(
            "`allowed_origins` is empty: list origins or `*`, or remove `cors`",
        ));
    }
    Ok(origins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> Result<Config, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_loopback_and_without_cors() {
        let config = read(json!({})).unwrap();
        assert_eq!(config, Config::default());
        assert!(config.host.is_loopback());
        assert_eq!(config.cors, None);
    }

    #[test]
    fn published_keys_are_kept() {
        let config = read(json!({
            "host": "0.0.0.0", "port": 8080, "default_timeout": 5000,
            "concurrency_request_limit": 10, "middleware": [],
            "cors": { "allowed_origins": ["*"], "allowed_methods": ["GET"] },
        }))
        .unwrap();
        assert_eq!(config.timeout(), Duration::from_secs(5));
        assert_eq!(config.concurrency_request_limit.get(), 10);
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_a_reason() {
        for (value, part) in [
            (json!({ "prot": 1 }), "unknown field `prot`"),
            (
                json!({ "middleware": [{ "function_id": "f" }] }),
                "not supported",
            ),
            (json!({ "cors": { "allowed_origins": [] } }), "is empty"),
            (
                json!({ "cors": { "allowed_origins": ["a.example"] } }),
                "no origin",
            ),
            (
                json!({ "cors": { "allowed_origins": ["https://a/b"] } }),
                "no origin",
            ),
            (json!({ "concurrency_request_limit": 0 }), "nonzero"),
            (json!({ "host": "localhost" }), "IP address"),
            (json!({ "static": { "a": "b" } }), "no prefix"),
            (json!({ "trusted_proxies": ["lan"] }), "no range"),
            (json!({ "request_id_header": "a b" }), "no header name"),
            (json!({ "error_format": "xml" }), "unknown variant"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
