//! The file: what it has, and how an overlay gets into it.

use super::overlay::Overlay;
use super::{Failure, Found, Table};
use redb::{Database, Range, ReadOnlyTable, ReadableDatabase, WriteTransaction};
use std::ops::Bound;

/// One moment of the file.
pub(crate) struct Base {
    tables: [ReadOnlyTable<&'static [u8], &'static [u8]>; Table::COUNT],
}

/// Keys and values of the file, in order.
pub(super) type Pages = Range<'static, &'static [u8], &'static [u8]>;

impl Base {
    /// The file as it is now.
    pub(crate) fn of(database: &Database) -> Result<Self, Failure> {
        let transaction = database.begin_read().map_err(Failure::of)?;
        let mut opened = Vec::with_capacity(Table::COUNT);
        for table in Table::ALL {
            opened.push(transaction.open_table(table.definition())?);
        }
        let tables = opened.try_into();
        Ok(Self {
            tables: tables.map_err(|_| Failure::damaged("a table is missing"))?,
        })
    }

    pub(super) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Found<'_>>, Failure> {
        let found = self.tables[table.index()].get(key)?;
        Ok(found.map(Found::Page))
    }

    pub(super) fn range(
        &self,
        table: Table,
        range: (Bound<&[u8]>, Bound<&[u8]>),
    ) -> Result<Pages, Failure> {
        Ok(self.tables[table.index()].range::<&[u8]>(range)?)
    }
}

/// Makes the tables that are missing.
pub(crate) fn make_tables(transaction: &WriteTransaction) -> Result<(), Failure> {
    for table in Table::ALL {
        transaction.open_table(table.definition())?;
    }
    Ok(())
}

/// Brings an overlay into the file.
pub(crate) fn apply(transaction: &WriteTransaction, overlay: &Overlay) -> Result<(), Failure> {
    for table in Table::ALL {
        let slots = overlay.table(table);
        if slots.is_empty() {
            continue;
        }
        let mut tree = transaction.open_table(table.definition())?;
        for (key, slot) in slots {
            match &slot.value {
                Some(value) => drop(tree.insert(key.as_ref(), value.as_ref())?),
                None => drop(tree.remove(key.as_ref())?),
            }
        }
    }
    Ok(())
}

/// Puts one value into the file.
pub(crate) fn put(
    transaction: &WriteTransaction,
    table: Table,
    key: &str,
    value: &[u8],
) -> Result<(), Failure> {
    let mut tree = transaction.open_table(table.definition())?;
    tree.insert(key.as_bytes(), value)?;
    Ok(())
}
