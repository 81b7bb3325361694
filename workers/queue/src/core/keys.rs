//! Limits that messages with the same key share.

#[cfg(test)]
mod audit;

use super::lanes::LaneIx;
use super::rate::Starts;
use super::settings::Settings;
use iii_ports::UnixMs;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A key of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct KeyIx(u32);

#[derive(Debug, Default)]
pub(super) struct Key {
    name: Arc<str>,
    /// Deliveries that run.
    pub(super) running: u32,
    pub(super) starts: Starts,
    /// Lanes that wait for room.
    pub(super) parked: BTreeSet<LaneIx>,
    messages: usize,
}

/// What a key says to one more delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Go,
    /// When another one has ended.
    Full,
    /// At this instant.
    At(UnixMs),
}

/// The keys of one queue. A key is remembered while it has messages, or its rate still matters.
#[derive(Debug, Default)]
pub(super) struct Keys {
    places: Vec<Option<Key>>,
    free: Vec<KeyIx>,
    by_name: BTreeMap<Arc<str>, KeyIx>,
}

impl Keys {
    /// One more message.
    pub(super) fn join(&mut self, name: &Arc<str>) -> KeyIx {
        if let Some(&ix) = self.by_name.get(name) {
            self.key_mut(ix).messages += 1;
            return ix;
        }
        let key = Key {
            name: Arc::clone(name),
            messages: 1,
            ..Key::default()
        };
        let ix = if let Some(ix) = self.free.pop() {
            self.places[ix.0 as usize] = Some(key);
            ix
        } else {
            self.places.push(Some(key));
            KeyIx(u32::try_from(self.places.len() - 1).expect("fewer keys than messages"))
        };
        self.by_name.insert(Arc::clone(name), ix);
        ix
    }

    /// One message less. `Some` when its rate still matters: it is to be dropped at that instant.
    pub(super) fn leave(&mut self, ix: KeyIx, settings: &Settings, now: UnixMs) -> Option<UnixMs> {
        let key = self.key_mut(ix);
        key.messages -= 1;
        if key.messages > 0 || key.running > 0 {
            return None;
        }
        self.drop_unused(ix, settings, now)
    }

    /// Forgets a key that nothing needs any more; `Some` when that is to be tried again then.
    pub(super) fn drop_unused(
        &mut self,
        ix: KeyIx,
        settings: &Settings,
        now: UnixMs,
    ) -> Option<UnixMs> {
        let key = self.places.get(ix.0 as usize)?.as_ref()?;
        if key.messages > 0 || key.running > 0 {
            return None;
        }
        if let Some(rate) = settings.key_rate
            && !key.starts.is_over(rate, now)
        {
            return Some(UnixMs(now.0.saturating_add(rate.per_ms)));
        }
        let name = Arc::clone(&key.name);
        self.by_name.remove(&name);
        self.places[ix.0 as usize] = None;
        self.free.push(ix);
        None
    }

    /// Whether as many deliveries run as may.
    pub(super) fn is_full(&self, ix: KeyIx, settings: &Settings) -> bool {
        let running = self.key(ix).running;
        settings.key_concurrency.is_some_and(|most| running >= most)
    }

    pub(super) fn verdict(&self, ix: KeyIx, settings: &Settings, now: UnixMs) -> Verdict {
        if self.is_full(ix, settings) {
            return Verdict::Full;
        }
        let starts = &self.key(ix).starts;
        match settings.key_rate.map(|rate| starts.next(rate)) {
            Some(at) if at > now => Verdict::At(at),
            _ => Verdict::Go,
        }
    }

    pub(super) fn key(&self, ix: KeyIx) -> &Key {
        let key = self.places[ix.0 as usize].as_ref();
        key.expect("a key lasts as long as its messages")
    }

    pub(super) fn key_mut(&mut self, ix: KeyIx) -> &mut Key {
        let key = self.places[ix.0 as usize].as_mut();
        key.expect("a key lasts as long as its messages")
    }
}
