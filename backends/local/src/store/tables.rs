//! Everything that can be written together, and the format of the file.

use super::layers::{Draft, Overlay, Table, View, make_tables};
use super::line::Answer;
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
    room: Room,
}

/// Whether there is room for more.
#[derive(Clone, Debug)]
pub(super) enum Room {
    Enough,
    /// Only for what makes the data no larger; everything else is refused so.
    None(Failure),
}

/// What a group has done to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// It is no larger than before.
    NotGrown,
    Grown,
}

/// What was written in a group.
pub(super) struct Group {
    pub(super) active: Overlay,
    pub(super) counts: Counts,
    /// The changes as bytes, behind what was in the buffer.
    pub(super) record: Vec<u8>,
    pub(super) change: Change,
}

impl Tables {
    pub(super) fn of(view: &View, counts: Counts, record: Vec<u8>, room: Room) -> Self {
        Self {
            draft: Draft::of(view, record),
            before: counts,
            counts,
            kept: counts,
            room,
        }
    }

    pub(crate) fn kv(&mut self) -> kv::Tables<'_> {
        kv::Tables::new(&mut self.draft, &mut self.counts.kv)
    }

    pub(crate) fn log(&mut self) -> log::Tables<'_> {
        log::Tables::new(&mut self.draft, &mut self.counts.log)
    }

    /// Does a piece of work, all of it or, when it is refused, nothing of it.
    ///
    /// # Errors
    /// The medium failed.
    pub(super) fn attempt<T, E>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Answer<T, E>,
    ) -> Result<Answer<T, E>, Failure> {
        let done = work(self)?;
        let room = match &self.room {
            Room::None(failure) if self.counts.bytes() > self.kept.bytes() => Err(failure.clone()),
            _ => Ok(()),
        };
        if done.is_ok() && room.is_ok() {
            self.draft.keep();
            self.kept = self.counts;
        } else {
            self.draft.take_back();
            self.counts = self.kept;
        }
        Ok(room.map(|()| done))
    }

    /// Bytes of what was written so far.
    pub(super) fn bytes(&self) -> usize {
        self.draft.bytes()
    }

    /// Writes down what has to be known after a restart.
    pub(super) fn finish(mut self) -> Result<Group, Failure> {
        let change = if self.draft.bytes() == 0 && self.counts == self.before {
            Change::None
        } else if self.counts.bytes() > self.before.bytes() {
            Change::Grown
        } else {
            Change::NotGrown
        };
        if change != Change::None {
            let numbers = self.counts.kv.numbers();
            let numbers = numbers.into_iter().chain(self.counts.log.numbers());
            for (name, number) in numbers {
                let name = Bytes::from_static(name.as_bytes());
                self.draft
                    .put(Table::Numbers, &name, encode(number), true)?;
            }
        }
        let (active, record) = self.draft.finish();
        Ok(Group {
            active,
            counts: self.counts,
            record,
            change,
        })
    }
}

impl Counts {
    fn bytes(&self) -> u64 {
        self.kv.bytes + self.log.bytes
    }

    /// Whether everything in a moment of the store fits together.
    pub(super) fn check(view: &View) -> Result<(), Failure> {
        let counts = Self::load(view)?;
        kv::check(view, &counts.kv)?;
        log::check(view, &counts.log)
    }

    /// What the writer has to know of the data.
    pub(super) fn load(view: &View) -> Result<Self, Failure> {
        let read = |name: &'static str| number(view, name);
        Ok(Self {
            kv: kv::Counts::load(read)?,
            log: log::Counts::load(read)?,
        })
    }
}

/// A number as it is kept.
pub(super) fn encode(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// A number by its name; one that was never written is 0.
pub(super) fn number(view: &View, name: &str) -> Result<u64, Failure> {
    let Some(found) = view.get(Table::Numbers, name.as_bytes())? else {
        return Ok(0);
    };
    let bytes = <[u8; 8]>::try_from(&*found).map_err(Failure::damaged)?;
    Ok(u64::from_be_bytes(bytes))
}

/// Makes the tables of a new file.
pub(super) fn make(database: &Database) -> Result<(), OpenError> {
    let mut transaction = database.begin_write().map_err(OpenError::data)?;
    transaction.set_quick_repair(true);
    {
        let mut meta = transaction.open_table(META).map_err(OpenError::data)?;
        meta.insert(FORMAT_KEY, FORMAT).map_err(OpenError::data)?;
        make_tables(&transaction)?;
    }
    transaction.commit().map_err(OpenError::data)
}

/// Whether this version can use a file, and what is missing in it.
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
    let tables = transaction.list_tables().map_err(OpenError::data)?;
    if tables.count() > Table::COUNT {
        return Ok(());
    }
    // An older file of this format has fewer tables.
    let mut transaction = database.begin_write().map_err(OpenError::data)?;
    transaction.set_quick_repair(true);
    make_tables(&transaction)?;
    transaction.commit().map_err(OpenError::data)
}
