//! Calls and handlers in the traces of OpenTelemetry, with its real SDK and the real engine.
#![expect(
    clippy::disallowed_methods,
    reason = "programs spawn so, and their traces are to hold"
)]
#![expect(clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod bridge;
mod published;
mod shapes;
mod support;
mod traces;
