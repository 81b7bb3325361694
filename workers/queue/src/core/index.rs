//! Where each message is, by its number.

use super::ids::MessageId;
use super::message::Message;
use super::slab::{Slab, Slot};
use hashbrown::HashTable;

/// Room that is kept while there are no messages.
const KEPT: usize = 1000;
/// Spreads numbers that follow each other over all bits: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Slots in a table by the numbers of the messages in them. The numbers themselves are not kept
/// here a second time: there may be millions of messages.
#[derive(Debug, Default)]
pub(super) struct Index(HashTable<Slot>);

impl Index {
    pub(super) fn get(&self, id: MessageId, messages: &Slab<Message>) -> Option<Slot> {
        let is_it = |slot: &Slot| messages[*slot].id == id;
        self.0.find(hash(id), is_it).copied()
    }

    /// The message is in its slot already, and was not here before.
    pub(super) fn insert(&mut self, id: MessageId, slot: Slot, messages: &Slab<Message>) {
        let again = |slot: &Slot| hash(messages[*slot].id);
        self.0.insert_unique(hash(id), slot, again);
    }

    /// The message may have left its slot already.
    pub(super) fn remove(&mut self, id: MessageId, slot: Slot) {
        if let Ok(entry) = self.0.find_entry(hash(id), |it| *it == slot) {
            entry.remove();
        }
        if self.0.is_empty() && self.0.capacity() > KEPT {
            // The memory of a backlog goes with it.
            self.0 = HashTable::new();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

/// Numbers are made here, so nobody can choose them to collide.
fn hash(id: MessageId) -> u64 {
    id.0.wrapping_mul(SPREAD)
}
