//! A claim on dead messages: nobody else changes them meanwhile.

use crate::core::{MessageId, QueueId};
use crate::hub::Hub;
use std::sync::Arc;

/// Dead messages that nobody else changes. Those that are left when it ends are given back, so it
/// lasts until its commit is answered, whether or not its caller waits so long: a claim that was
/// given back before would bring back a message that the commit removes.
pub(super) struct Claimed {
    pub(super) hub: Arc<Hub>,
    pub(super) queue: QueueId,
    /// Each with the length of its body.
    pub(super) ids: Vec<(MessageId, u32)>,
}

impl Claimed {
    /// Claims those of the messages that are dead and that nobody else has claimed.
    pub(super) fn of(hub: &Arc<Hub>, queue: QueueId, ids: &[MessageId]) -> Self {
        let mut broker = hub.broker.lock();
        let claimed = broker.with(queue, |queue, _| {
            let claim = |id: &MessageId| Some((*id, queue.claim_dead(*id)?));
            ids.iter().filter_map(claim).collect()
        });
        Self {
            hub: Arc::clone(hub),
            queue,
            ids: claimed.unwrap_or_default(),
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let mut broker = self.hub.broker.lock();
        for &(id, len) in &self.ids {
            broker.with(self.queue, |queue, _| queue.unclaim_dead(id, len));
        }
    }
}
