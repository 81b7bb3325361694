//! A queue as it was kept.

use super::Queue;
use crate::core::dedup::Kept;
use crate::core::ids::MessageId;
use crate::core::keys::KeyIx;
use crate::core::lanes::Likeness;
use crate::core::message::{Fate, Head, Message, State};
use crate::core::targets::Target;
use crate::core::timers::Timer;
use iii_ports::UnixMs;
use std::borrow::Cow;
use std::sync::Arc;

impl Queue {
    /// Takes in one entry of the log, in the order of their numbers. Nothing of it is handed over
    /// before [`Queue::next`] is asked.
    ///
    /// # Errors
    /// It is not an entry of a queue.
    pub(crate) fn load(
        &mut self,
        id: MessageId,
        head: &[u8],
        body_len: usize,
        now: UnixMs,
    ) -> Result<(), serde_json::Error> {
        let head = Head::decode(head)?;
        let body_len = u32::try_from(body_len).unwrap_or(u32::MAX);
        match head.fate {
            Some(Fate::Dead { .. }) => {
                self.dead.insert(id, body_len);
            }
            Some(Fate::Done { has_result }) => {
                let extras = head.extras.map(Cow::into_owned).unwrap_or_default();
                let until = UnixMs(extras.known_until().unwrap_or_default());
                self.timers.set(until, Timer::Kept(id));
                let kept = Kept {
                    until,
                    has_result,
                    extras: Box::new(extras),
                };
                self.dedup.keep(id, kept);
            }
            None => self.load_live(id, head, body_len, now),
        }
        Ok(())
    }

    fn load_live(&mut self, id: MessageId, head: Head<'_>, body_len: u32, now: UnixMs) {
        let name = |name: Option<Cow<'_, str>>| name.map(|name| Arc::<str>::from(&*name));
        let target = match name(head.function) {
            None => Target::Bound,
            Some(function) => Target::Function {
                id: function,
                namespace: name(head.namespace),
            },
        };
        let target = self.targets.join(&target);
        let key = name(head.key);
        let key_ix: Option<KeyIx> = key.as_ref().map(|key| self.keys.join(key));
        let group = name(head.group);
        let has_group = group.is_some();
        let likeness = Likeness {
            tenant: name(head.tenant),
            key,
            target: (!has_group).then_some(target),
            group,
        };
        let lane = self.lanes.join(likeness, key_ix);
        let message = Message {
            id,
            state: State::Arriving,
            at: UnixMs(0),
            enqueued_at: UnixMs(head.enqueued_at),
            attempts: head.attempts,
            lane,
            target,
            body_len,
            priority: head.priority,
            returns: 0,
            body: None,
            extras: head.extras.map(|extras| Box::new(extras.into_owned())),
        };
        self.bytes += u64::from(body_len);
        let slot = self.messages.insert(message);
        self.index.insert(id, slot, &self.messages);
        let due = UnixMs(head.due.unwrap_or_default());
        let was_tried = head.attempts > 0;
        if let Some(extras) = self.messages[slot].extras.as_deref() {
            self.dedup.note_again(id, extras);
            if was_tried {
                self.dedup.close_debounce(id, extras);
            }
        }
        if due > now {
            self.put_off(slot, due, now);
        } else {
            self.line_up(slot, now);
        }
        // A message of a group that was tried keeps its place; one whose time has never come has
        // none yet.
        if has_group && was_tried {
            self.stand(slot);
        }
    }
}
