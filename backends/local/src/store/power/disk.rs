//! A disk in memory that loses what was not flushed.

use super::super::medium::Medium;
use super::super::{OpenError, tables};
use parking_lot::Mutex;
use redb::{Database, StorageBackend};
use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;

/// What a real disk writes at once, whole or not at all.
const SECTOR: usize = 512;

/// The disk. Clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug)]
struct Platter {
    /// What is there whatever happens.
    durable: Vec<u8>,
    /// What readers see.
    seen: Vec<u8>,
    /// What was done since the last flush, in order.
    pending: Vec<Change>,
    random: u64,
    is_on: bool,
    /// The file has its name.
    is_made: bool,
    /// Steps left until the power goes.
    cut_in: Option<u64>,
    /// Steps left until one fails.
    fail_in: Option<u64>,
    room: Option<u64>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Disk {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Platter {
            durable: Vec::new(),
            seen: Vec::new(),
            pending: Vec::new(),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            is_on: true,
            is_made: false,
            cut_in: None,
            fail_in: None,
            room: None,
        })))
    }

    /// Lets the power go after so many further writes, flushes and changes of the size.
    pub(super) fn cut_at(&self, step: u64) {
        self.0.lock().cut_in = Some(step);
    }

    /// Lets one step fail.
    pub(super) fn fail_at(&self, step: u64) {
        self.0.lock().fail_in = Some(step);
    }

    pub(super) fn has_not_failed(&self) -> bool {
        self.0.lock().fail_in.is_some()
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.lock().is_on
    }

    /// Brings the power back: what was not flushed is decided now.
    pub(super) fn restore(&self) {
        let mut platter = self.0.lock();
        platter.lose();
        platter.is_on = true;
        platter.cut_in = None;
    }

    fn wipe(&self) {
        let mut platter = self.0.lock();
        platter.durable.clear();
        platter.seen.clear();
        platter.pending.clear();
    }

    /// Flushes a new file and gives it its name.
    fn publish(&self) -> Result<()> {
        self.sync_data()?;
        let mut platter = self.0.lock();
        platter.step()?;
        platter.is_made = true;
        Ok(())
    }

    pub(super) fn len(&self) -> u64 {
        self.0.lock().seen.len() as u64
    }

    pub(super) fn limit(&self, room: Option<u64>) {
        self.0.lock().room = room;
    }
}

impl Platter {
    fn next(&mut self) -> u64 {
        // xorshift: any even spread will do.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    /// Whether this step can be taken.
    fn step(&mut self) -> Result<()> {
        if let Some(left) = self.cut_in {
            self.is_on = self.is_on && left > 0;
            self.cut_in = Some(left.saturating_sub(1));
        }
        if !self.is_on {
            return Err(Error::other("the power is off"));
        }
        match self.fail_in {
            Some(0) => {
                self.fail_in = None;
                Err(Error::other("the disk failed"))
            }
            left => {
                self.fail_in = left.map(|left| left - 1);
                Ok(())
            }
        }
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.seen, &change);
        self.pending.push(change);
    }

    /// Of each change since the last flush, nothing, everything or some sectors come through.
    fn lose(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            match change {
                Change::Length(_) if self.next().is_multiple_of(2) => {}
                Change::Length(length) => apply(&mut self.durable, &Change::Length(length)),
                Change::Write { offset, bytes } => self.lose_some(offset, &bytes),
            }
        }
        self.seen.clone_from(&self.durable);
    }

    fn lose_some(&mut self, offset: usize, bytes: &[u8]) {
        let fate = self.next() % 4;
        for (index, sector) in bytes.chunks(SECTOR).enumerate() {
            let survives = match fate {
                0 => false,
                1 => true,
                _ => self.next().is_multiple_of(2),
            };
            if survives {
                let bytes = sector.to_vec();
                let offset = offset + index * SECTOR;
                apply(&mut self.durable, &Change::Write { offset, bytes });
            }
        }
    }
}

fn apply(data: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => data.resize(*length, 0),
        Change::Write { offset, bytes } => {
            let end = offset + bytes.len();
            if data.len() < end {
                data.resize(end, 0);
            }
            data[*offset..end].copy_from_slice(bytes);
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64> {
        Ok(self.0.lock().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let platter = self.0.lock();
        if !platter.is_on {
            return Err(Error::other("the power is off"));
        }
        let from = offset as usize;
        let there = platter.seen.get(from..from + out.len());
        out.copy_from_slice(there.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        let mut platter = self.0.lock();
        platter.step()?;
        if platter.room.is_some_and(|room| len > room) {
            return Err(ErrorKind::StorageFull.into());
        }
        platter.change(Change::Length(len as usize));
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        let mut platter = self.0.lock();
        platter.step()?;
        for change in std::mem::take(&mut platter.pending) {
            apply(&mut platter.durable, &change);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut platter = self.0.lock();
        platter.step()?;
        let bytes = data.to_vec();
        platter.change(Change::Write {
            offset: offset as usize,
            bytes,
        });
        Ok(())
    }
}

/// Opens the file on the disk.
pub(super) struct Drive(Disk);

impl Drive {
    pub(super) fn new(disk: &Disk) -> Self {
        Self(disk.clone())
    }
}

impl Medium for Drive {
    fn open(&self) -> std::result::Result<Database, OpenError> {
        let mut builder = Database::builder();
        builder.set_cache_size(1 << 20);
        let open = || builder.create_with_backend(self.0.clone());
        if !self.0.0.lock().is_made {
            // A file that is not finished has no name.
            self.0.wipe();
            let database = open().map_err(OpenError::of)?;
            tables::make(&database)?;
            drop(database);
            self.0
                .publish()
                .map_err(|error| OpenError::Data(error.to_string()))?;
        }
        open().map_err(OpenError::of)
    }
}
