//! The carriers under test.

use iii_transport::{ChannelEnd, Connection, memory};

/// Largest message of the carriers under test.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Makes connected pairs.
pub(crate) trait Carrier {
    /// Two ends of a message connection.
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>);
    /// Two ends of a channel.
    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>);
}

/// The in-process transport.
pub(crate) struct Memory;

impl Memory {
    fn limits() -> memory::Limits {
        memory::Limits {
            message_bytes_max: MESSAGE_BYTES_MAX,
            ..memory::Limits::default()
        }
    }
}

impl Carrier for Memory {
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>) {
        let (left, right) = memory::pair(Self::limits());
        (Box::new(left), Box::new(right))
    }

    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>) {
        let (left, right) = memory::channel_pair(Self::limits());
        (Box::new(left), Box::new(right))
    }
}
