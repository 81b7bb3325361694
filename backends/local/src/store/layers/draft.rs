//! The next moment of the store, while it is written.

use super::changes;
use super::overlay::{Overlay, Slot};
use super::view::View;
use super::{Failure, Found, Table};
use bytes::Bytes;
use std::ops::Deref;

/// The next moment of the store, while it is written: what was written is read, and nobody else
/// sees it. Dropping it undoes everything.
pub(crate) struct Draft {
    view: View,
    /// What each change since the last mark has replaced in the newest layer.
    undo: Vec<(Table, Bytes, Option<Slot>)>,
    /// All changes as bytes, behind what was in the buffer.
    changes: Vec<u8>,
    /// Bytes of those that stay.
    kept: usize,
    begin: usize,
}

impl Deref for Draft {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl Draft {
    /// Its changes are appended to `changes`, too.
    pub(crate) fn of(view: &View, changes: Vec<u8>) -> Self {
        Self {
            view: view.clone(),
            undo: Vec::new(),
            kept: changes.len(),
            begin: changes.len(),
            changes,
        }
    }

    /// Puts a value, or removes it, and returns what was there.
    pub(crate) fn replace(
        &mut self,
        table: Table,
        key: &Bytes,
        value: Option<Bytes>,
    ) -> Result<Option<Bytes>, Failure> {
        let (old, is_new) = if let Some(slot) = self.view.active.get(table, key) {
            (slot.value.clone(), slot.is_new)
        } else {
            let below = self.view.get_below(table, key)?.map(Found::into_bytes);
            let is_new = below.is_none();
            (below, is_new)
        };
        if old.is_some() || value.is_some() {
            self.set(table, key, value, is_new)?;
        }
        Ok(old)
    }

    /// Puts a value of which the writer knows whether anything is there.
    pub(crate) fn put(
        &mut self,
        table: Table,
        key: &Bytes,
        value: Bytes,
        is_there: bool,
    ) -> Result<(), Failure> {
        let is_new = self.is_new(table, key, is_there);
        self.set(table, key, Some(value), is_new)
    }

    /// Removes what the writer knows to be there.
    pub(crate) fn remove(&mut self, table: Table, key: &Bytes) -> Result<(), Failure> {
        let is_new = self.is_new(table, key, true);
        self.set(table, key, None, is_new)
    }

    fn is_new(&self, table: Table, key: &[u8], is_there: bool) -> bool {
        let at_top = self.view.active.get(table, key);
        at_top.map_or(!is_there, |slot| slot.is_new)
    }

    fn set(
        &mut self,
        table: Table,
        key: &Bytes,
        value: Option<Bytes>,
        is_new: bool,
    ) -> Result<(), Failure> {
        changes::encode(&mut self.changes, table, key, value.as_deref())?;
        let leaves_nothing = value.is_none() && is_new;
        let slot = (!leaves_nothing).then_some(Slot { value, is_new });
        let old = self.view.active.set(table, key.clone(), slot);
        self.undo.push((table, key.clone(), old));
        Ok(())
    }

    /// What was written so far stays.
    pub(crate) fn keep(&mut self) {
        self.undo.clear();
        self.kept = self.changes.len();
    }

    /// Takes back what was written since [`Self::keep`].
    pub(crate) fn take_back(&mut self) {
        for (table, key, slot) in self.undo.drain(..).rev() {
            self.view.active.set(table, key, slot);
        }
        self.changes.truncate(self.kept);
    }

    /// Bytes of the changes so far.
    pub(crate) fn bytes(&self) -> usize {
        self.changes.len() - self.begin
    }

    /// The newest layer as it is to be, and the buffer with the changes.
    pub(crate) fn finish(self) -> (Overlay, Vec<u8>) {
        (self.view.active, self.changes)
    }
}
