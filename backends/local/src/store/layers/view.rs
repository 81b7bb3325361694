//! One moment of everything: the layers, read as one.

use super::base::Base;
use super::merge::Merge;
use super::overlay::Overlay;
use super::{Failure, Found, Table};
use std::ops::Bound;
use std::sync::Arc;

/// One moment of the store. A clone costs nothing and stays as it is.
#[derive(Clone)]
pub(crate) struct View {
    /// The newest.
    pub(crate) active: Overlay,
    /// What is on its way into the file.
    pub(crate) frozen: Option<Overlay>,
    pub(crate) base: Arc<Base>,
}

impl View {
    /// Only what is in the file.
    pub(crate) fn of(base: Arc<Base>) -> Self {
        Self {
            active: Overlay::default(),
            frozen: None,
            base,
        }
    }

    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Found<'_>>, Failure> {
        match self.active.get(table, key) {
            Some(slot) => Ok(slot.value.clone().map(Found::Memory)),
            None => self.get_below(table, key),
        }
    }

    /// As if nothing were in the newest layer.
    pub(super) fn get_below(&self, table: Table, key: &[u8]) -> Result<Option<Found<'_>>, Failure> {
        match self
            .frozen
            .as_ref()
            .and_then(|frozen| frozen.get(table, key))
        {
            Some(slot) => Ok(slot.value.clone().map(Found::Memory)),
            None => self.base.get(table, key),
        }
    }

    /// Keys and values in order.
    pub(crate) fn range(
        &self,
        table: Table,
        range: (Bound<&[u8]>, Bound<&[u8]>),
    ) -> Result<Merge<'_>, Failure> {
        let active = self.active.table(table).range::<_, [u8]>(range);
        let frozen = self.frozen.as_ref();
        let frozen = frozen.map(|frozen| frozen.table(table).range::<_, [u8]>(range));
        Merge::new(active, frozen, self.base.range(table, range)?)
    }
}
