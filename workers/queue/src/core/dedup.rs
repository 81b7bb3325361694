//! Messages that were sent twice, and messages of which there is to be only one.

#[cfg(test)]
mod audit;

use super::ids::MessageId;
use super::message::Extras;
use iii_ports::UnixMs;
use std::collections::{BTreeMap, HashMap};

/// Which key of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum KeyKind {
    Idempotency,
    Throttle,
    Singleton,
    Debounce,
}

/// A message that is done and still known under its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) until: UnixMs,
    pub(super) has_result: bool,
    pub(super) extras: Box<Extras>,
}

/// Messages by their keys.
#[derive(Debug, Default)]
pub(super) struct Dedup {
    by_key: HashMap<(KeyKind, Box<str>), MessageId>,
    kept: BTreeMap<MessageId, Kept>,
}

impl Dedup {
    pub(super) fn find(&self, kind: KeyKind, key: &str) -> Option<MessageId> {
        self.by_key.get(&(kind, key.into())).copied()
    }

    pub(super) fn kept(&self, id: MessageId) -> Option<&Kept> {
        self.kept.get(&id)
    }

    /// Messages that are done and still known.
    pub(super) fn kept_len(&self) -> usize {
        self.kept.len()
    }

    /// A message that can be found under its keys.
    pub(super) fn note(&mut self, id: MessageId, extras: &Extras) {
        for (kind, key) in keys(extras) {
            self.by_key.insert((kind, key.into()), id);
        }
    }

    /// A message that comes from the store. Keys that lead to a newer one stay.
    pub(super) fn note_again(&mut self, id: MessageId, extras: &Extras) {
        for (kind, key) in keys(extras) {
            let newest = self.by_key.entry((kind, key.into())).or_insert(id);
            *newest = id.max(*newest);
        }
    }

    /// A message that is gone; those keys that lead to another one stay.
    pub(super) fn forget(&mut self, id: MessageId, extras: &Extras) {
        let is_kept = self.kept.contains_key(&id);
        for (kind, key) in keys(extras) {
            let lasts = matches!(kind, KeyKind::Idempotency | KeyKind::Throttle);
            let at = (kind, Box::from(key));
            if !(lasts && is_kept) && self.by_key.get(&at) == Some(&id) {
                self.by_key.remove(&at);
            }
        }
    }

    /// A debounced message whose time has come takes no other's data any more.
    pub(super) fn close_debounce(&mut self, id: MessageId, extras: &Extras) {
        if let Some(key) = &extras.debounce {
            let at = (KeyKind::Debounce, Box::from(key.as_str()));
            if self.by_key.get(&at) == Some(&id) {
                self.by_key.remove(&at);
            }
        }
    }

    /// A message that is done and stays known.
    pub(super) fn keep(&mut self, id: MessageId, kept: Kept) {
        self.note_again(
            id,
            &Extras {
                singleton: None,
                debounce: None,
                ..(*kept.extras).clone()
            },
        );
        self.kept.insert(id, kept);
    }

    /// Its time is over.
    pub(super) fn end(&mut self, id: MessageId) -> Option<Kept> {
        let kept = self.kept.remove(&id)?;
        self.forget(id, &kept.extras);
        Some(kept)
    }
}

fn keys(extras: &Extras) -> impl Iterator<Item = (KeyKind, &str)> {
    let keys = [
        (KeyKind::Idempotency, &extras.idempotency_key),
        (KeyKind::Throttle, &extras.throttle),
        (KeyKind::Singleton, &extras.singleton),
        (KeyKind::Debounce, &extras.debounce),
    ];
    let given = keys.into_iter();
    given.filter_map(|(kind, key)| Some((kind, key.as_deref()?)))
}
