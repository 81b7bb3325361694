//! The `http` worker: HTTP endpoints as triggers.
//!
//! A trigger of type `http` binds a function to a method and a path. A request becomes one JSON
//! payload, the function's result becomes the response; raw request bodies and streamed responses
//! go through channels.
//!
//! # Routes
//! `:name` or `{name}` matches one segment, `*name` or `{*name}` at the end matches the rest of the
//! path, at least one byte. Captures are percent-decoded. At every segment fixed text beats a
//! parameter and a parameter beats a wildcard; a route without the request's method does not hide
//! a less specific one that has it. HEAD falls back to GET, OPTIONS answers 204 with `Allow`, a
//! path that is served with other methods only answers 405.
//!
//! # Requests
//! The payload is the published one, with `url`, `client`, `request_id`, `cookies`,
//! `query_params_all`, `headers_all`, `form`, `form_all` and `files` added. `body` is the body when
//! its content type is JSON (an empty one is null, a malformed one answers 400 with the position),
//! else null. Forms are parsed, their files are channels. JSON and forms are kept in memory; any
//! other body streams through the channel `request_body` as it arrives, within `body_bytes_max`.
//! A client that pauses for `body_idle_timeout_ms` is answered 408 and its channel aborted. What a
//! proxy says about the client counts only when `trusted_proxies` names it.
//!
//! # Responses
//! * An object with any of `status_code`, `headers`, `body` is a response. Any other value is the
//!   JSON body of a 200.
//! * Text messages `set_status` and `set_headers` on the channel `response` make a head, its first
//!   bytes start the response, also while the function still runs. A result that arrives before
//!   the first byte wins.
//! * Null or no result: 204, at once when it is certain that nothing will come through the channel.
//!   A worker on `iii-kit` says so with its result when the function opened no writing end and
//!   handed no reference on. Published workers say nothing and connect the channel while they
//!   return, so asking whether it is attached at that moment would cut their responses off: they
//!   get `response_channel_wait_ms` to begin. A route that never streams says
//!   `response_channel: false` and is answered at once whoever serves it, as is a function that
//!   returns `{"status_code": 204}`.
//! * `body_encoding: "base64"` makes bytes of a text, `cookies` become `Set-Cookie`.
//! * A status or header that HTTP does not allow is a 500.
//! * An error is `{"error": {code, message, error_id}}`, or problem details: 503 when nobody runs
//!   the function or a limit is reached, 504 when it takes too long, 502 when its worker goes away,
//!   else 500. Without `expose_errors` the message is for the log only.
//! * Conditions (`ETag`, `Last-Modified`) turn a 200 into a 304; compression comes after that.
//!
//! # Beside functions
//! Static files are looked for where no route serves a request. A route with `websocket: true`
//! carries the two channels of one call to a WebSocket client. `access_log` makes one event
//! `http.request` of each answer.
//!
//! A client that leaves cancels the call. A stream may outlast its call's deadline when the
//! function does; a route's `timeout_ms` gives a function that heeds cancellation more time.
//!
//! # Before the function
//! Rate limits, `auth`, middleware and schemas are one gate, which a route has only if it, or the
//! configuration, asks for any of them. Everything there fails closed. What was found out is in the
//! payload: `auth` says who asks, `context` what middleware handed on.
//!
//! **Invariant:** an ordinary worker on the public SDK; it knows no engine.
//! **Invariant:** a bad registration hurts nobody else: patterns are validated, conflicts name the
//! owner, and routes that are served change only by a pointer swap.
//! **Invariant:** bodies are checked and spliced, never parsed into values and rebuilt.
//!
//! The guide `docs/guides/http.md` shows it all, with examples that tests run.
//!
//! Start reading at [`Http`], then `server/service.rs`: what happens to one request.

mod auth;
mod catalog;
mod config;
mod cors;
mod files;
mod gate;
mod limits;
mod middleware;
mod openapi;
mod rate;
mod request;
mod response;
mod router;
mod server;
mod shape;
mod tasks;
mod trigger;
mod validate;
mod websocket;
mod worker;

pub use auth::{
    Algorithm, ApiKey, Auth, AuthScheme, Digest, Encoding, Jwt, KeyEntry, Layout, Secret, Webhook,
};
pub use config::{
    Certificate, Compression, Config, ErrorFormat, ForwardedHeader, HostName, Listen, Network,
    StaticFolder,
};
pub use cors::Cors;
pub use middleware::{Middleware, Phase};
pub use openapi::OpenApi;
pub use rate::{RateKey, RateLimit};
#[doc(hidden)]
pub use request::fuzz_request;
pub use server::Endpoint;
pub use worker::{Control, Http, Listening};
