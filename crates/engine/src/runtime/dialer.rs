//! How workers of this process reach the engine.

use super::channels::Unattachable;
use super::inbox::{Adoption, Item};
use super::shared::Shared;
use iii_transport::memory;
use iii_transport::{BoxFuture, ChannelEnd, Connection, Dial, DialError, Direction};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const ADDRESS: &str = "memory:";

/// Dials the engine without a socket. Its sessions are trusted.
pub(super) struct MemoryDialer {
    pub(super) shared: Arc<Shared>,
    /// The executor thread its sessions are pinned to.
    pub(super) thread: usize,
}

impl MemoryDialer {
    fn limits(&self) -> memory::Limits {
        memory::Limits {
            message_bytes_max: self.shared.rules.limits.message_bytes_max,
            ..memory::Limits::default()
        }
    }

    fn check_running(&self) -> Result<(), DialError> {
        if self.shared.stopping.load(Ordering::Relaxed) {
            return Err(DialError::Unreachable {
                address: ADDRESS.to_owned(),
                reason: "the engine is stopping".to_owned(),
            });
        }
        Ok(())
    }
}

impl Dial for MemoryDialer {
    fn dial(&self) -> BoxFuture<'_, Result<Box<dyn Connection>, DialError>> {
        Box::pin(async {
            self.check_running()?;
            let (mine, theirs) = memory::pair(self.limits());
            let adoption = Adoption {
                connection: Box::new(theirs),
                trusted: true,
                in_process: true,
                inject_caller: false,
                telemetry_only: false,
                address: None,
            };
            self.shared.inboxes[self.thread].push(Item::Adopt(adoption));
            let mine: Box<dyn Connection> = Box::new(mine);
            Ok(mine)
        })
    }

    fn dial_channel<'a>(
        &'a self,
        channel_id: &'a str,
        access_key: &'a str,
        direction: Direction,
    ) -> BoxFuture<'a, Result<Box<dyn ChannelEnd>, DialError>> {
        Box::pin(async move {
            self.check_running()?;
            let channels = &self.shared.channels;
            let ticket = channels
                .admit(&self.shared, channel_id, access_key, direction)
                .map_err(refused)?;
            let (mine, theirs) = memory::channel_pair(self.limits());
            channels.attach(&self.shared, ticket, Box::new(theirs));
            let mine: Box<dyn ChannelEnd> = Box::new(mine);
            Ok(mine)
        })
    }

    fn address(&self) -> &str {
        ADDRESS
    }
}

fn refused(unattachable: Unattachable) -> DialError {
    let (status, reason) = match unattachable {
        Unattachable::Unknown => (404, "Channel not found"),
        Unattachable::TooMany => (503, "`channels_max` is reached"),
    };
    DialError::Refused {
        address: ADDRESS.to_owned(),
        status,
        reason: reason.to_owned(),
    }
}
