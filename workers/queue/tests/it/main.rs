//! The worker `queue` on a real engine, in-process and over the wire.
#![expect(clippy::unwrap_used, reason = "tests")]

mod dead;
mod delivery;
mod guide;
mod keys;
mod limits;
mod order;
mod published;
mod restart;
mod topics;
mod world;
mod wrong;
