//! The configuration of this worker. Its doc comments are the reference page.

pub(crate) mod checked;
mod host_name;
mod listen;
mod network;
mod static_folder;

#[cfg(test)]
pub(crate) use checked::checked_for_tests;
pub(crate) use checked::{Check, checked};
pub use host_name::HostName;
pub(crate) use host_name::host_of;
pub use listen::{Certificate, Listen};
pub use network::Network;
pub use static_folder::StaticFolder;

use crate::auth::Auth;
use crate::cors::Cors;
use crate::middleware::Middleware;
use crate::openapi::OpenApi;
use crate::rate::RateLimit;
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
    /// How long a client may pause while it takes an answer, in milliseconds. Then it is given up,
    /// and with it the function that still writes: over HTTP/1.1 and by WebSocket the connection,
    /// over HTTP/2 that answer.
    pub write_idle_timeout_ms: NonZeroU32,
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
    /// The header in which the answers of functions name their trace, as a W3C `traceparent`: the
    /// client's, or the one that began with its request. Null turns it off.
    #[serde(deserialize_with = "header_name")]
    #[schemars(with = "Option<String>")]
    pub trace_header: Option<HeaderName>,
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
    #[serde(deserialize_with = "checked")]
    pub cors: Option<Cors>,
    /// How callers are verified.
    #[serde(deserialize_with = "checked")]
    pub auth: Auth,
    /// How often callers may ask, over all routes; all of these limits hold together. A trigger's
    /// `rate_limits` hold for its route as well.
    #[serde(deserialize_with = "checked")]
    pub rate_limits: Vec<RateLimit>,
    /// Callers that rate limits remember at the same time, about 40 bytes each. Beyond, those that
    /// have not asked for longest are forgotten.
    pub rate_limit_keys_max: NonZeroU32,
    /// Functions that are asked about every request, in order of priority. They fail closed.
    #[serde(deserialize_with = "checked")]
    pub middleware: Vec<Middleware>,
    /// How long each middleware function may take, in milliseconds; then the answer is 504.
    pub middleware_timeout_ms: NonZeroU32,
    /// The description of the routes at `/openapi.json`, and a page for people at `/docs`.
    #[serde(deserialize_with = "checked")]
    pub openapi: OpenApi,
    /// Whether requests are checked against the request schema of their function (422) on routes
    /// that do not say.
    pub validate: bool,
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
            write_idle_timeout_ms: number(30_000),
            drain_timeout_ms: 10_000,
            response_channel_wait_ms: 200,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            request_id_header: Some(HeaderName::from_static("x-request-id")),
            trace_header: Some(HeaderName::from_static("traceresponse")),
            expose_errors: false,
            error_format: ErrorFormat::default(),
            static_folders: BTreeMap::new(),
            compression: Compression::default(),
            access_log: false,
            cors: None,
            auth: Auth::default(),
            rate_limits: Vec::new(),
            rate_limit_keys_max: number(200_000),
            middleware: Vec::new(),
            middleware_timeout_ms: number(5_000),
            openapi: OpenApi::default(),
            validate: false,
        }
    }
}

impl Config {
    /// Lets relative paths begin in `folder`, where the configuration file is.
    pub fn resolve_paths(&mut self, folder: &Path) {
        for listen in &mut self.listeners {
            listen.resolve(folder);
        }
        for served in self.static_folders.values_mut() {
            served.folder = folder.join(&served.folder);
        }
        self.auth.resolve(folder);
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

    /// Whether the same stands before functions with `other`.
    pub(crate) fn guards_as(&self, other: &Self) -> bool {
        self.auth == other.auth
            && self.rate_limits == other.rate_limits
            && self.rate_limit_keys_max == other.rate_limit_keys_max
            && self.middleware == other.middleware
            && self.middleware_timeout_ms == other.middleware_timeout_ms
            && self.validate == other.validate
            && self.error_format == other.error_format
            && self.expose_errors == other.expose_errors
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

    pub(crate) fn write_idle_timeout(&self) -> Duration {
        Duration::from_millis(self.write_idle_timeout_ms.get().into())
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
    fn relative_paths_begin_where_the_file_is() {
        let mut config = read(json!({
            "listeners": [{ "bind": "127.0.0.1:0", "tls": { "cert": "c.pem", "key": "/k.pem" } }],
            "static": { "/a": "public" },
            "auth": { "schemes": { "users": { "type": "jwt", "jwks_file": "keys.json" } } },
        }))
        .unwrap();
        config.resolve_paths(Path::new("/etc/iii"));
        let tls = &config.listeners[0].tls[0];
        assert_eq!(tls.cert, Path::new("/etc/iii/c.pem"));
        assert_eq!(tls.key, Path::new("/k.pem"));
        let folder = &config.static_folders["/a"].folder;
        assert_eq!(folder, Path::new("/etc/iii/public"));
        let crate::auth::AuthScheme::Jwt(users) = &config.auth.schemes["users"] else {
            panic!("{:?}", config.auth);
        };
        assert_eq!(
            users.jwks_file.as_deref(),
            Some(Path::new("/etc/iii/keys.json"))
        );
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
            (json!({ "middleware": [{ "function_id": "" }] }), "empty"),
            (
                json!({ "middleware": [{ "phase": "x", "function_id": "f" }] }),
                "preHandler",
            ),
            (
                json!({ "cors": { "allowed_origins": ["*"], "allow_credentials": true } }),
                "every page",
            ),
            (
                json!({ "rate_limits": [{ "requests": 1, "window_s": 1, "name": "" }] }),
                "no name",
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
