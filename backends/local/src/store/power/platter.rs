//! What is on a disk, what only seems to be, and what happens to it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Result};

/// What a real disk writes at once, whole or not at all.
const SECTOR: usize = 512;
/// By what room is given.
const PAGE: usize = 4096;

#[derive(Debug)]
pub(super) struct Platter {
    files: BTreeMap<u32, Contents>,
    random: u64,
    pub(super) is_on: bool,
    /// Steps left until the power goes.
    pub(super) cut_in: Option<u64>,
    /// Steps left until one fails.
    pub(super) fail_in: Option<u64>,
    /// How many steps fail when one does.
    pub(super) fail_for: u64,
    /// Bytes that all files together may take.
    pub(super) room: Option<u64>,
}

#[derive(Debug, Default)]
struct Contents {
    /// The file has its name.
    is_made: bool,
    /// What is there whatever happens.
    durable: Vec<u8>,
    /// What readers see.
    seen: Vec<u8>,
    /// What was done since the last flush, in order.
    pending: Vec<Change>,
    /// Pages that take room. As on most file systems, a file that is made longer takes none until
    /// it is written there.
    pages: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Platter {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            files: BTreeMap::new(),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            is_on: true,
            cut_in: None,
            fail_in: None,
            fail_for: 1,
            room: None,
        }
    }

    pub(super) fn names(&self) -> Vec<u32> {
        let made = self.files.iter().filter(|(_, contents)| contents.is_made);
        made.map(|(name, _)| *name).collect()
    }

    pub(super) fn is_made(&self, name: u32) -> bool {
        self.files
            .get(&name)
            .is_some_and(|contents| contents.is_made)
    }

    /// Gives a file its name, for good.
    pub(super) fn make(&mut self, name: u32) -> Result<()> {
        self.step()?;
        self.files.entry(name).or_default().is_made = true;
        Ok(())
    }

    pub(super) fn remove(&mut self, name: u32) -> Result<()> {
        self.step()?;
        self.wipe(name);
        Ok(())
    }

    pub(super) fn wipe(&mut self, name: u32) {
        self.files.remove(&name);
    }

    pub(super) fn seen(&self, name: u32) -> &[u8] {
        self.files.get(&name).map_or(&[], |contents| &contents.seen)
    }

    pub(super) fn used(&self) -> u64 {
        let pages: usize = self.files.values().map(|file| file.pages.len()).sum();
        (pages * PAGE) as u64
    }

    pub(super) fn flip(&mut self, name: u32, byte: usize) {
        let contents = self.files.entry(name).or_default();
        contents.durable[byte] ^= 1;
        contents.seen[byte] ^= 1;
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
                self.fail_for -= 1;
                if self.fail_for == 0 {
                    self.fail_in = None;
                    self.fail_for = 1;
                }
                Err(Error::other("the disk failed"))
            }
            left => {
                self.fail_in = left.map(|left| left - 1);
                Ok(())
            }
        }
    }

    pub(super) fn change(&mut self, name: u32, change: Change) -> Result<()> {
        self.step()?;
        let used = self.used();
        let contents = self.files.entry(name).or_default();
        match &change {
            Change::Length(length) => contents.pages.retain(|page| page * PAGE < *length),
            Change::Write { offset, bytes } => {
                let pages = offset / PAGE..(offset + bytes.len()).div_ceil(PAGE);
                let new = pages.filter(|page| !contents.pages.contains(page));
                let new: Vec<usize> = new.collect();
                let wanted = used + (new.len() * PAGE) as u64;
                if !new.is_empty() && self.room.is_some_and(|room| wanted > room) {
                    return Err(ErrorKind::StorageFull.into());
                }
                contents.pages.extend(new);
            }
        }
        let contents = self.files.entry(name).or_default();
        apply(&mut contents.seen, &change);
        contents.pending.push(change);
        Ok(())
    }

    /// A flush that fails has flushed nothing, and what readers see is not what is there.
    pub(super) fn flush(&mut self, name: u32) -> Result<()> {
        let done = self.step();
        let contents = self.files.entry(name).or_default();
        let pending = std::mem::take(&mut contents.pending);
        if done.is_err() && self.is_on {
            for change in pending {
                let fate = self.next();
                self.lose_one(name, change, fate);
            }
            return done;
        }
        let contents = self.files.entry(name).or_default();
        if done.is_err() {
            contents.pending = pending;
            return done;
        }
        for change in pending {
            apply(&mut contents.durable, &change);
        }
        Ok(())
    }

    /// Shows readers what is there, and what is on its way.
    pub(super) fn forget(&mut self, name: u32) {
        let contents = self.files.entry(name).or_default();
        contents.seen.clone_from(&contents.durable);
        for change in &contents.pending {
            apply(&mut contents.seen, change);
        }
    }

    /// Of each change since the last flush, nothing, everything or some sectors come through.
    pub(super) fn lose(&mut self) {
        let names: Vec<u32> = self.files.keys().copied().collect();
        for name in names {
            let contents = self.files.entry(name).or_default();
            for change in std::mem::take(&mut contents.pending) {
                let fate = self.next();
                self.lose_one(name, change, fate);
            }
            let contents = self.files.entry(name).or_default();
            contents.seen.clone_from(&contents.durable);
        }
    }

    fn lose_one(&mut self, name: u32, change: Change, fate: u64) {
        let mut came_through = Vec::new();
        match change {
            Change::Length(_) if fate.is_multiple_of(2) => {}
            Change::Length(_) => came_through.push(change),
            Change::Write { offset, bytes } => {
                for (index, sector) in bytes.chunks(SECTOR).enumerate() {
                    let survives = match fate % 4 {
                        0 => false,
                        1 => true,
                        _ => self.next().is_multiple_of(2),
                    };
                    if survives {
                        came_through.push(Change::Write {
                            offset: offset + index * SECTOR,
                            bytes: sector.to_vec(),
                        });
                    }
                }
            }
        }
        let contents = self.files.entry(name).or_default();
        for change in came_through {
            apply(&mut contents.durable, &change);
        }
    }

    fn next(&mut self) -> u64 {
        // xorshift: any even spread will do.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
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
