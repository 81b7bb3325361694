//! The tables of a transaction, and the format of the file.

use super::{Failure, OpenError};
use crate::kv;
use redb::{Database, ReadableDatabase, TableDefinition, WriteTransaction};

/// The newest format of the file that this version knows, and the one it writes.
const FORMAT: u64 = 1;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const FORMAT_KEY: &str = "format";

/// What the writer knows of the data between transactions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    pub(super) kv: kv::Counts,
}

/// Everything that can be written, in one transaction.
pub(crate) struct Tables<'t> {
    pub(crate) kv: kv::Tables<'t>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction, parts: &Parts) -> Result<Self, Failure> {
        Ok(Self {
            kv: kv::Tables::open(transaction, parts.kv)?,
        })
    }

    /// Whether anything was written.
    pub(super) fn has_changed(&self, parts: &Parts) -> bool {
        self.kv.has_changed(&parts.kv)
    }

    /// Writes down what has to be known after a restart; what the writer knows then.
    pub(super) fn finish(self) -> Result<Parts, Failure> {
        Ok(Parts {
            kv: self.kv.finish()?,
        })
    }
}

/// Makes the tables of a new file.
pub(super) fn make(database: &Database) -> Result<(), OpenError> {
    let transaction = database.begin_write().map_err(OpenError::data)?;
    {
        let mut meta = transaction.open_table(META).map_err(OpenError::data)?;
        meta.insert(FORMAT_KEY, FORMAT).map_err(OpenError::data)?;
        Tables::open(&transaction, &Parts::default())?.finish()?;
    }
    transaction.commit().map_err(OpenError::data)
}

/// What the writer has to know of a file.
///
/// # Errors
/// A newer version wrote it, or it cannot be read.
pub(super) fn load(database: &Database) -> Result<Parts, OpenError> {
    let transaction = database.begin_read().map_err(OpenError::data)?;
    let meta = transaction.open_table(META).map_err(OpenError::data)?;
    let format = meta.get(FORMAT_KEY).map_err(OpenError::data)?;
    let found = format.map_or(0, |format| format.value());
    if found > FORMAT {
        let known = FORMAT;
        return Err(OpenError::Newer { found, known });
    }
    Ok(Parts {
        kv: kv::Counts::load(&transaction)?,
    })
}
