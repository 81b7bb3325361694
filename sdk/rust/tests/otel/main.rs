//! Calls and handlers in the traces of OpenTelemetry, with its real SDK and the real engine.
#![expect(clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod bridge;
mod published;
mod shapes;
mod support;
mod traces;
