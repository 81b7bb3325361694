//! Connections that carry protocol messages: WebSocket and in-process memory.
//!
//! **Invariant:** the same worker code runs on every transport, channels included; nothing above
//! this crate knows which one it is on.
//! **Invariant:** no policy. Who may connect is decided by the listener's owner.
//!
//! Start reading at [`Connection`].

mod channel;
mod clock;
mod connection;
mod dial;
pub mod memory;
pub mod tls;
pub mod ws;

pub use channel::{ChannelEnd, ChannelFrame, close_code};
pub use clock::{Clock, ManualClock, SystemClock};
pub use connection::{Closed, Connection, Inbound, farewell, flush, receive};
pub use dial::{BoxFuture, Dial, DialError, Direction};
