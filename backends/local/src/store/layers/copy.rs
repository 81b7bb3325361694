//! Copying one moment of everything into another file.

use super::view::View;
use super::{Failure, Table};
use redb::{Database, WriteTransaction};
use std::iter::Peekable;
use std::ops::Bound;

/// Bytes of keys and values that are written at once, and so about the memory that is needed.
const PIECE: usize = 8 << 20;

/// How much was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

/// Copies a moment of the store into a file that has its tables and nothing in them.
pub(crate) fn copy(view: &View, database: &Database) -> Result<Copied, Failure> {
    let mut copied = Copied::default();
    for table in Table::ALL {
        let all = (Bound::Unbounded, Bound::Unbounded);
        let mut rest = view.range(table, all)?.peekable();
        while rest.peek().is_some() {
            let mut transaction = database.begin_write().map_err(Failure::of)?;
            transaction.set_quick_repair(true);
            copy_piece(&transaction, table, &mut rest, &mut copied)?;
            transaction.commit().map_err(Failure::of)?;
        }
    }
    Ok(copied)
}

fn copy_piece<K, V>(
    transaction: &WriteTransaction,
    table: Table,
    rest: &mut Peekable<impl Iterator<Item = Result<(K, V), Failure>>>,
    copied: &mut Copied,
) -> Result<(), Failure>
where
    K: std::ops::Deref<Target = [u8]>,
    V: std::ops::Deref<Target = [u8]>,
{
    let mut tree = transaction.open_table(table.definition())?;
    let mut bytes = 0;
    while bytes < PIECE
        && let Some(found) = rest.next()
    {
        let (key, value) = found?;
        tree.insert(&*key, &*value)?;
        bytes += key.len() + value.len();
        copied.entries += 1;
    }
    copied.bytes += bytes as u64;
    Ok(())
}
