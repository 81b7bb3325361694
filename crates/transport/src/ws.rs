//! Connections and channels over WebSocket (RFC 6455).
//!
//! The protocol itself is sans-I/O: [`Header`], [`Decoder`], [`Skimmer`] and the handshake turn
//! bytes into events and back. Sockets are named in `stream.rs` only. No extension is negotiated.
//!
//! **Invariant:** an idle connection holds no buffer. Bytes are read into a chunk of the thread and
//! decoded there; only what is unfinished moves to the connection.

mod assembly;
mod channel;
mod close;
mod connection;
mod decoder;
mod dialer;
mod frame;
mod handshake;
mod limits;
mod mask;
mod outgoing;
mod pool;
mod skim;
mod socket;
mod stream;
mod upgrade;
mod url;

pub use channel::WsChannel;
pub use connection::WsConnection;
pub use decoder::{Decoder, Event};
pub use dialer::{DialOptions, WsDialer};
pub use frame::{HEADER_BYTES_MAX, Header, Opcode, Role, Violation};
pub use limits::{AssemblyBudget, Limits};
pub use mask::apply_mask;
pub use skim::{Skimmed, Skimmer};
pub use upgrade::{AcceptError, Answer, HEAD_BYTES_MAX, Upgrade, UpgradeError};
