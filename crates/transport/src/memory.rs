//! Connections and channels inside one process. Messages move as values: nothing is encoded.

mod channel;
mod connection;
mod limits;
mod pipe;
mod weight;

pub use channel::{MemoryChannel, channel_pair};
pub use connection::{MemoryConnection, pair};
pub use limits::Limits;
