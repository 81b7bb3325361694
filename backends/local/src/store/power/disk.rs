//! A disk in memory that loses what was not flushed.

use super::super::journal::{Blocks, Shelf};
use super::super::medium::Medium;
use super::super::{OpenError, tables};
use super::platter::{Change, Platter};
use parking_lot::Mutex;
use redb::{Database, StorageBackend};
use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;

/// The name of the data file.
const DATA: u32 = u32::MAX;

/// The disk. Clones are the same one.
#[derive(Clone, Debug)]
pub(in crate::store) struct Disk(Arc<Mutex<Platter>>);

impl Disk {
    pub(in crate::store) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Platter::new(seed))))
    }

    /// Lets the power go after so many further writes, flushes and changes of the size.
    pub(super) fn cut_at(&self, step: u64) {
        self.0.lock().cut_in = Some(step);
    }

    /// Lets one step fail.
    pub(super) fn fail_at(&self, step: u64) {
        self.0.lock().fail_in = Some(step);
    }

    /// Lets so many steps fail, one after the other.
    pub(super) fn fail_for(&self, steps: u64) {
        self.0.lock().fail_for = steps;
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
        platter.fail_in = None;
        platter.fail_for = 1;
    }

    /// Bytes of all files.
    pub(in crate::store) fn len(&self) -> u64 {
        self.0.lock().used()
    }

    pub(super) fn limit(&self, room: Option<u64>) {
        self.0.lock().room = room;
    }

    /// Changes one bit of a file of the journal, flushed as it is.
    pub(super) fn flip(&self, name: u32, byte: u64) {
        self.0.lock().flip(name, byte as usize);
    }

    /// Loses a file of the journal.
    pub(super) fn remove(&self, name: u32) {
        self.0.lock().wipe(name);
    }

    fn file(&self, name: u32) -> DiskFile {
        DiskFile {
            disk: self.clone(),
            name,
        }
    }
}

/// A file of the disk.
#[derive(Clone, Debug)]
struct DiskFile {
    disk: Disk,
    name: u32,
}

impl DiskFile {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let platter = self.disk.0.lock();
        if !platter.is_on {
            return Err(Error::other("the power is off"));
        }
        let from = offset as usize;
        let there = platter.seen(self.name).get(from..from + out.len());
        out.copy_from_slice(there.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn length(&self) -> u64 {
        self.disk.0.lock().seen(self.name).len() as u64
    }

    fn change(&self, change: Change) -> Result<()> {
        self.disk.0.lock().change(self.name, change)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.change(Change::Write {
            offset: offset as usize,
            bytes: bytes.to_vec(),
        })
    }

    fn flush_all(&self) -> Result<()> {
        self.disk.0.lock().flush(self.name)
    }
}

impl StorageBackend for DiskFile {
    fn len(&self) -> Result<u64> {
        Ok(self.length())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        self.read_at(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.change(Change::Length(len as usize))
    }

    fn sync_data(&self) -> Result<()> {
        self.flush_all()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.write_at(offset, data)
    }
}

impl Blocks for DiskFile {
    fn len(&self) -> Result<u64> {
        Ok(self.length())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        self.read_at(offset, out)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.write_at(offset, bytes)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.change(Change::Length(len as usize))
    }

    fn flush(&self) -> Result<()> {
        self.flush_all()
    }
}

/// Opens the files of the disk.
pub(in crate::store) struct Drive(Disk);

impl Drive {
    pub(in crate::store) fn new(disk: &Disk) -> Self {
        Self(disk.clone())
    }
}

impl Medium for Drive {
    fn open(&self) -> std::result::Result<Database, OpenError> {
        let mut builder = Database::builder();
        builder.set_cache_size(1 << 20);
        let file = self.0.file(DATA);
        let open = || builder.create_with_backend(file.clone());
        if !self.0.0.lock().is_made(DATA) {
            // A file that is not finished has no name.
            self.0.0.lock().wipe(DATA);
            let database = open().map_err(OpenError::of)?;
            tables::make(&database)?;
            drop(database);
            let publish = file.flush_all();
            publish
                .and_then(|()| self.0.0.lock().make(DATA))
                .map_err(|error| OpenError::Data(error.to_string()))?;
        }
        open().map_err(OpenError::of)
    }

    fn forget(&self) {
        self.0.0.lock().forget(DATA);
    }

    fn shelf(&self) -> std::result::Result<Box<dyn Shelf>, OpenError> {
        Ok(Box::new(Self(self.0.clone())))
    }
}

impl Shelf for Drive {
    fn files(&self) -> Result<Vec<u32>> {
        let mut names = self.0.0.lock().names();
        names.retain(|name| *name != DATA);
        Ok(names)
    }

    fn file(&self, name: u32) -> Result<Box<dyn Blocks>> {
        let mut platter = self.0.0.lock();
        if !platter.is_made(name) {
            platter.make(name)?;
        }
        drop(platter);
        Ok(Box::new(self.0.file(name)))
    }

    fn remove(&self, name: u32) -> Result<()> {
        self.0.0.lock().remove(name)
    }
}
