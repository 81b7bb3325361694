//! What is newer than the file, in memory.

use super::Table;
use bytes::Bytes;
use imbl::OrdMap;

/// What is newer than the layers below, in memory. A clone costs nothing and stays as it is.
#[derive(Clone, Default)]
pub(crate) struct Overlay {
    tables: [OrdMap<Bytes, Slot>; Table::COUNT],
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
        let map = &mut self.tables[table.index()];
        match slot {
            Some(slot) => map.insert(key, slot),
            None => map.remove(&key),
        }
    }
}
