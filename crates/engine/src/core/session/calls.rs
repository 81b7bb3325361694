//! The calls of a session: those its worker makes and those its worker runs.

use super::Session;
use crate::core::catalog::Function;
use crate::core::effect::{CancelReason, Effect, Outcome, Peer};
use crate::core::ids::{CallKey, Moment, SessionId};
use iii_protocol::{ErrorCode, InvocationId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Open calls, both ways.
#[derive(Debug, Default)]
pub(in crate::core) struct Calls {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// The slots by the ids the worker chose, to find what it cancels.
    by_id: BTreeMap<InvocationId, u32>,
    opened: u32,
    unawaited: u32,
    /// Calls this worker runs. Ordered, so that an end of the session is deterministic.
    pub(in crate::core) incoming: BTreeMap<CallKey, Incoming>,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    call: Option<Outgoing>,
}

/// A call whose outcome this session's worker waits for.
#[derive(Debug)]
pub(in crate::core) struct Outgoing {
    /// The id the worker chose.
    pub(in crate::core) id: InvocationId,
    /// Who runs it; the engine itself for functions that the registrar answers.
    pub(in crate::core) executor: SessionId,
    /// What runs.
    pub(in crate::core) function_id: iii_protocol::Text,
}

/// A call that this session's worker runs.
#[derive(Debug)]
pub(in crate::core) struct Incoming {
    /// When it ends at the latest.
    pub(in crate::core) deadline: Option<Moment>,
    /// What runs.
    pub(in crate::core) function: Arc<Function>,
}

impl Calls {
    /// Calls whose outcome the worker waits for.
    pub(in crate::core) fn waiting(&self) -> usize {
        self.by_id.len()
    }

    /// Whether the worker already waits for a call of that id.
    pub(in crate::core) fn is_open(&self, id: &InvocationId) -> bool {
        self.by_id.contains_key(id)
    }

    /// Opens a call and gives it a key.
    pub(in crate::core) fn open(&mut self, caller: SessionId, call: Outgoing) -> CallKey {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                generation: 0,
                call: None,
            });
            self.slots.len() as u32 - 1
        });
        self.by_id.insert(call.id.clone(), slot);
        self.opened = self.opened.wrapping_add(1);
        self.slots[slot as usize] = Slot {
            generation: self.opened,
            call: Some(call),
        };
        CallKey {
            caller,
            slot,
            generation: self.opened,
        }
    }

    /// A key for a call that nobody waits for.
    pub(in crate::core) fn void(&mut self, caller: SessionId) -> CallKey {
        self.unawaited = self.unawaited.wrapping_add(1);
        CallKey {
            caller,
            slot: CallKey::VOID,
            generation: self.unawaited,
        }
    }

    /// Ends an open call; nothing when it has ended already.
    pub(in crate::core) fn end(&mut self, key: CallKey) -> Option<Outgoing> {
        let entry = self.slots.get_mut(key.slot as usize)?;
        if entry.generation != key.generation {
            return None;
        }
        let call = entry.call.take()?;
        self.by_id.remove(&call.id);
        self.free.push(key.slot);
        if self.by_id.is_empty() {
            self.shrink();
        }
        Some(call)
    }

    /// Gives memory back after a burst, while no call is open. Generations are counted over all
    /// slots, so a fresh slot does not repeat those of a dropped one.
    fn shrink(&mut self) {
        const KEPT: usize = 256;
        if self.slots.len() > KEPT {
            self.free.truncate(0);
            self.slots.truncate(KEPT);
            self.slots.shrink_to_fit();
            self.free.extend((0..KEPT as u32).rev());
            self.free.shrink_to_fit();
        }
    }

    /// The open call of that id, with its key.
    pub(in crate::core) fn find(
        &self,
        caller: SessionId,
        id: &InvocationId,
    ) -> Option<(CallKey, &Outgoing)> {
        let slot = *self.by_id.get(id)?;
        let entry = &self.slots[slot as usize];
        let key = CallKey {
            caller,
            slot,
            generation: entry.generation,
        };
        Some((key, entry.call.as_ref()?))
    }

    fn drain_open(&mut self, caller: SessionId) -> Vec<(CallKey, SessionId)> {
        let open = std::mem::take(&mut self.by_id);
        open.into_values()
            .filter_map(|slot| {
                let entry = &mut self.slots[slot as usize];
                let call = entry.call.take()?;
                let key = CallKey {
                    caller,
                    slot,
                    generation: entry.generation,
                };
                Some((key, call.executor))
            })
            .collect()
    }
}

/// Takes a call out of those that run here; every end of a call goes through this, so that each
/// happens once.
pub(in crate::core) fn finish(session: &mut Session, key: CallKey) -> Option<Incoming> {
    let call = session.calls.incoming.remove(&key)?;
    if let Some(deadline) = call.deadline {
        session.deadlines.remove(deadline, key);
    }
    session.load.remove();
    Some(call)
}

/// Tells the caller, if somebody waits.
pub(in crate::core) fn complete(key: CallKey, outcome: Outcome, effects: &mut Vec<Effect>) {
    if key.awaited() {
        let peer = Peer::Complete {
            key,
            outcome: Box::new(outcome),
        };
        effects.push(Effect::Peer {
            to: key.caller,
            peer,
        });
    }
}

/// The session ends: callers of what runs here are told at once, and what it called is cancelled.
pub(super) fn stop_all(session: &mut Session, effects: &mut Vec<Effect>) {
    while let Some((key, call)) = session.calls.incoming.pop_first() {
        session.load.remove();
        let message = format!("the worker running `{}` went away", call.function.id);
        complete(
            key,
            Outcome::failed(ErrorCode::InvocationStopped, message),
            effects,
        );
    }
    for (key, executor) in session.calls.drain_open(session.id) {
        if executor != SessionId::ENGINE {
            let peer = Peer::Cancel {
                key,
                reason: CancelReason::CallerGone,
            };
            effects.push(Effect::Peer { to: executor, peer });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(id: &str) -> Outgoing {
        Outgoing {
            id: id.into(),
            executor: SessionId::new(0, 9),
            function_id: "f".into(),
        }
    }

    #[test]
    fn a_late_answer_does_not_meet_a_later_call() {
        let me = SessionId::new(0, 1);
        let mut calls = Calls::default();
        let first = calls.open(me, outgoing("a"));
        assert!(calls.end(first).is_some());
        let second = calls.open(me, outgoing("b"));
        assert_eq!(second.slot, first.slot);
        assert!(calls.end(first).is_none());
        assert_eq!(calls.end(second).unwrap().id, "b".into());
    }

    #[test]
    fn memory_of_a_burst_is_given_back() {
        let me = SessionId::new(0, 1);
        let mut calls = Calls::default();
        let keys: Vec<_> = (0..5000)
            .map(|n| calls.open(me, outgoing(&n.to_string())))
            .collect();
        for key in keys {
            assert!(calls.end(key).is_some());
        }
        assert!(calls.slots.capacity() <= 256);
        let again = calls.open(me, outgoing("again"));
        assert_eq!(calls.find(me, &"again".into()).unwrap().0, again);
    }
}
