//! The engine over real sockets: a client that writes its frames by hand, on one executor thread
//! and on two.
//!
//! **Invariant:** nothing here sleeps to wait for something: tests wait for messages, or ask again.
//!
//! Start reading at `support/rig.rs`; each file is one promise of the engine to its workers.

mod access;
mod cancellation;
mod channel_ends;
mod channels;
mod deadlines;
mod discovery;
mod engine_triggers;
mod failover;
mod garbage;
mod handshake;
mod heartbeat;
mod leaving;
mod load;
mod malformed;
mod mixed_load;
mod naming;
mod ownership;
mod payloads;
mod reattach;
mod sizes;
mod slow_readers;
mod support;
mod telemetry_frames;
mod triggers;
