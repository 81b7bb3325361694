//! The SDK against a scripted engine: the test speaks the engine's part of the protocol over the
//! in-process transport, with a paused clock.
#![expect(clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod calling;
mod channels;
mod deadlines;
mod development;
mod invoking;
mod providing;
mod reconnecting;
mod registering;
mod stopping;
mod support;
