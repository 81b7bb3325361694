//! The WebSocket transport against hand-written peers.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "ws/codec.rs"]
mod codec;
#[path = "ws/framing.rs"]
mod framing;
#[path = "ws/handshake.rs"]
mod handshake;
#[path = "ws/sizes.rs"]
mod sizes;
#[path = "ws/support.rs"]
mod support;
