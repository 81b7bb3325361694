//! The SDK against the real engine, in process and over WebSocket.
#![expect(clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod calls;
mod channels;
mod published;
mod readme;
mod restart;
mod support;
#[cfg(feature = "opentelemetry")]
mod tracing;
mod triggers;
