//! What is newer than the file, in memory.

use super::Table;
use bytes::Bytes;
use imbl::OrdMap;

/// Bytes counted for each slot besides key and value: what the maps and the allocator take for it.
const SLOT_OVERHEAD_BYTES: usize = 160;

/// What is newer than the layers below, in memory. A clone costs nothing and stays as it is.
#[derive(Clone, Default)]
pub(crate) struct Overlay {
    tables: [OrdMap<Bytes, Slot>; Table::COUNT],
    /// About what it takes.
    bytes: usize,
}

/// What has become of a key.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// `None`: it was removed.
    pub(crate) value: Option<Bytes>,
    /// The layers below have nothing under this key, so that nothing need be left of it when it is
    /// removed.
    pub(crate) is_new: bool,
}

impl Overlay {
    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Option<&Slot> {
        self.tables[table.index()].get(key)
    }

    pub(crate) fn table(&self, table: Table) -> &OrdMap<Bytes, Slot> {
        &self.tables[table.index()]
    }

    /// Puts a slot, or takes it out; what was there.
    pub(crate) fn set(&mut self, table: Table, key: Bytes, slot: Option<Slot>) -> Option<Slot> {
        let key_bytes = key.len();
        let map = &mut self.tables[table.index()];
        let added = slot.as_ref().map_or(0, |slot| slot.bytes(key_bytes));
        let old = match slot {
            Some(slot) => map.insert(key, slot),
            None => map.remove(&key),
        };
        let removed = old.as_ref().map_or(0, |old| old.bytes(key_bytes));
        self.bytes = self.bytes + added - removed;
        old
    }

    /// This layer with a newer one above it, as one.
    ///
    /// A removal stays one even where this layer has put what was removed: the file below may have
    /// it, for an attempt to bring this layer there may have come further than it said.
    pub(crate) fn under(mut self, newer: &Self) -> Self {
        for table in Table::ALL {
            for (key, slot) in newer.table(table) {
                self.set(table, key.clone(), Some(slot.clone()));
            }
        }
        self
    }

    /// About what it takes of memory, in bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.iter().all(OrdMap::is_empty)
    }
}

impl Slot {
    fn bytes(&self, key_bytes: usize) -> usize {
        key_bytes + self.value.as_ref().map_or(0, Bytes::len) + SLOT_OVERHEAD_BYTES
    }
}
