//! Everything that can be written together, and the format of the file.

use super::layers::{Draft, Table, View, make_tables};
use super::{Failure, OpenError};
use crate::{kv, log};
use bytes::Bytes;
use redb::{Database, ReadableDatabase};

/// The newest format of the data that this version knows, and the one it writes.
const FORMAT: u64 = 1;

const META: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("meta");
const FORMAT_KEY: &str = "format";

/// What the writer knows of the data between groups of writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    kv: kv::Counts,
    log: log::Counts,
}

/// Everything that can be written, and is written together.
pub(crate) struct Tables {
    draft: Draft,
    before: Counts,
    counts: Counts,
    /// The counts as of the last piece of work that stays.
    kept: Counts,
}

impl Tables {
    pub(super) fn of(view: &View, counts: Counts) -> Self {
        Self {
            draft: Draft::of(view),
            before: counts,
            counts,
            kept: counts,
        }
    }

    pub(crate) fn kv(&mut self) -> kv::Tables<'_> {
        kv::Tables::new(&mut self.draft, &mut self.counts.kv)
    }

    pub(crate) fn log(&mut self) -> log::Tables<'_> {
        log::Tables::new(&mut self.draft, &mut self.counts.log)
    }

    /// Does a piece of work, all of it or, when it is refused, nothing of it.
    pub(super) fn attempt<T, E>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<Result<T, E>, Failure>,
    ) -> Result<Result<T, E>, Failure> {
        let done = work(self);
        if let Ok(Ok(_)) = done {
            self.draft.keep();
            self.kept = self.counts;
        } else {
            self.draft.take_back();
            self.counts = self.kept;
        }
        done
    }

    /// Writes down what has to be known after a restart; what the writer knows then. `None` if
    /// nothing was written.
    pub(super) fn finish(mut self) -> Option<(Draft, Counts)> {
        if !self.draft.is_changed() && self.counts == self.before {
            return None;
        }
        let numbers = self.counts.kv.numbers();
        let numbers = numbers.into_iter().chain(self.counts.log.numbers());
        for (name, number) in numbers {
            put_number(&mut self.draft, name, number);
        }
        Some((self.draft, self.counts))
    }
}

impl Counts {
    /// What the writer has to know of the data.
    pub(super) fn load(view: &View) -> Result<Self, Failure> {
        let read = |name: &'static str| number(view, name);
        Ok(Self {
            kv: kv::Counts::load(read)?,
            log: log::Counts::load(read)?,
        })
    }
}

fn put_number(draft: &mut Draft, name: &'static str, number: u64) {
    let name = Bytes::from_static(name.as_bytes());
    let value = Bytes::copy_from_slice(&number.to_be_bytes());
    draft.put(Table::Numbers, &name, value, true);
}

/// A number by its name; one that was never written is 0.
fn number(view: &View, name: &str) -> Result<u64, Failure> {
    let Some(found) = view.get(Table::Numbers, name.as_bytes())? else {
        return Ok(0);
    };
    let bytes = <[u8; 8]>::try_from(&*found).map_err(Failure::damaged)?;
    Ok(u64::from_be_bytes(bytes))
}

/// Makes the tables of a new file.
pub(super) fn make(database: &Database) -> Result<(), OpenError> {
    let transaction = database.begin_write().map_err(OpenError::data)?;
    {
        let mut meta = transaction.open_table(META).map_err(OpenError::data)?;
        meta.insert(FORMAT_KEY, FORMAT).map_err(OpenError::data)?;
        make_tables(&transaction)?;
    }
    transaction.commit().map_err(OpenError::data)
}

/// Whether this version can use a file.
///
/// # Errors
/// A newer version wrote it, or it cannot be read.
pub(super) fn check_format(database: &Database) -> Result<(), OpenError> {
    let transaction = database.begin_read().map_err(OpenError::data)?;
    let meta = transaction.open_table(META).map_err(OpenError::data)?;
    let format = meta.get(FORMAT_KEY).map_err(OpenError::data)?;
    let found = format.map_or(0, |format| format.value());
    if found > FORMAT {
        let known = FORMAT;
        return Err(OpenError::Newer { found, known });
    }
    Ok(())
}
