//! TLS: which files are taken and which refused, who is trusted, and what becomes of the others.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "tls/files.rs"]
mod files;
#[path = "tls/handshakes.rs"]
mod handshakes;
#[path = "tls/support.rs"]
mod support;
