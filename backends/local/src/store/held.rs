//! Files whose writes the process keeps to itself until they are flushed.
//!
//! The end of a process takes nothing that the system was given, so killing one proves little about
//! flushes. Here it takes all that was not flushed, as a loss of power may: what was acknowledged
//! without a flush is gone. A flush hands pages over in the order of their places, so that one
//! which is cut short leaves the head of a file new and the rest of it old.
//!
//! Making, renaming and removing files goes through at once, and so does the length of a file that
//! is made: that a name lasts only when its folder was flushed is what `power` tries.

use super::files::{OneFile, Segments};
use super::journal::{Blocks, Shelf};
use parking_lot::Mutex;
use redb::StorageBackend;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};

/// Bytes that are kept as one.
const PAGE: usize = 4096;

/// A file with what was not flushed in memory. It is lost with this value.
#[derive(Debug)]
pub(super) struct HeldFile(Mutex<Held>);

#[derive(Debug)]
struct Held {
    file: OneFile,
    len: u64,
    /// The file counts up to here: what was behind, when it was cut, reads as zeros.
    kept: u64,
    /// Pages that were written since the last flush, by number.
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
}

impl HeldFile {
    pub(super) fn new(file: OneFile) -> Result<Self> {
        let len = file.len()?;
        Ok(Self(Mutex::new(Held {
            file,
            len,
            kept: len,
            pages: BTreeMap::new(),
        })))
    }
}

impl Held {
    /// The bytes of one page, as readers see them.
    fn page(&self, number: u64, out: &mut [u8; PAGE]) -> Result<()> {
        if let Some(page) = self.pages.get(&number) {
            out.copy_from_slice(&**page);
            return Ok(());
        }
        let start = number * PAGE as u64;
        let there = self.kept.saturating_sub(start).min(PAGE as u64) as usize;
        out[there..].fill(0);
        self.file.read(start, &mut out[..there])
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        if offset + out.len() as u64 > self.len {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut page = [0; PAGE];
        for (number, within, part) in parts(offset, out.len()) {
            self.page(number, &mut page)?;
            out[part.clone()].copy_from_slice(&page[within..within + part.len()]);
        }
        Ok(())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        for (number, within, part) in parts(offset, bytes.len()) {
            let mut page = [0; PAGE];
            if part.len() < PAGE {
                self.page(number, &mut page)?;
            }
            page[within..within + part.len()].copy_from_slice(&bytes[part]);
            self.pages.insert(number, Box::new(page));
        }
        self.len = self.len.max(offset + bytes.len() as u64);
        Ok(())
    }

    fn set_len(&mut self, len: u64) {
        if len < self.len {
            let whole = len / PAGE as u64;
            let rest = (len % PAGE as u64) as usize;
            self.pages.retain(|number, _| *number <= whole);
            if let Some(page) = self.pages.get_mut(&whole) {
                page[rest..].fill(0);
            }
            self.kept = self.kept.min(len);
        }
        self.len = len;
    }

    fn flush(&mut self) -> Result<()> {
        self.file.set_len(self.kept)?;
        self.file.set_len(self.len)?;
        for (number, page) in &self.pages {
            let start = number * PAGE as u64;
            let there = self.len.saturating_sub(start).min(PAGE as u64) as usize;
            self.file.write(start, &page[..there])?;
        }
        self.file.flush()?;
        self.kept = self.len;
        self.pages.clear();
        Ok(())
    }
}

/// A range of a file, by pages: the page's number, where in the page, and where in the range.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = (at % PAGE as u64) as usize;
        let part = done..length.min(done + PAGE - within);
        done = part.end;
        (!part.is_empty()).then(|| (at / PAGE as u64, within, part))
    })
}

impl Blocks for HeldFile {
    fn len(&self) -> Result<u64> {
        Ok(self.0.lock().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        self.0.lock().read(offset, out)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.0.lock().write(offset, bytes)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.0.lock().set_len(len);
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        self.0.lock().flush()
    }
}

impl StorageBackend for HeldFile {
    fn len(&self) -> Result<u64> {
        Blocks::len(self)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        Blocks::read(self, offset, out)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        Blocks::set_len(self, len)
    }

    fn sync_data(&self) -> Result<()> {
        Blocks::flush(self)
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        Blocks::write(self, offset, data)
    }
}

/// The files of a journal, each of them held.
pub(super) struct HeldShelf(pub(super) Segments);

impl Shelf for HeldShelf {
    fn files(&self) -> Result<Vec<u32>> {
        self.0.files()
    }

    fn file(&self, name: u32) -> Result<Box<dyn Blocks>> {
        Ok(Box::new(HeldFile::new(self.0.one(name)?)?))
    }

    fn remove(&self, name: u32) -> Result<()> {
        self.0.remove(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench {
        folder: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
            }
        }

        fn open(&self) -> HeldFile {
            let segments = Segments {
                folder: self.folder.path().to_owned(),
            };
            HeldFile::new(segments.one(1).unwrap()).unwrap()
        }
    }

    fn all(file: &HeldFile) -> Vec<u8> {
        let mut bytes = vec![0; Blocks::len(file).unwrap() as usize];
        Blocks::read(file, 0, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_not_flushed_is_seen_and_goes_with_the_file() {
        let bench = Bench::new();
        let file = bench.open();
        Blocks::write(&file, 4090, b"across two pages").unwrap();
        assert_eq!(&all(&file)[4090..], b"across two pages");
        drop(file);
        assert_eq!(all(&bench.open()), b"");

        let file = bench.open();
        Blocks::write(&file, 4090, b"across two pages").unwrap();
        Blocks::flush(&file).unwrap();
        Blocks::write(&file, 4090, b"again").unwrap();
        assert_eq!(&all(&file)[4090..], b"agains two pages");
        Blocks::set_len(&file, 4095).unwrap();
        drop(file);
        assert_eq!(&all(&bench.open())[4090..], b"across two pages");
    }

    /// Beside a plain file, through a long row of writes, lengths and flushes.
    #[test]
    fn readers_see_what_they_would_see_of_a_plain_file() {
        let bench = Bench::new();
        let plain = tempfile::tempdir().unwrap();
        let segments = Segments {
            folder: plain.path().to_owned(),
        };
        let (held, plain) = (bench.open(), segments.file(1).unwrap());
        let mut random = 7_u64;
        for step in 0..2_000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005) + 1;
            let (choice, place) = ((random >> 60), (random >> 20) % 20_000);
            let bytes = vec![step as u8; (random >> 40) as usize % 9_000];
            for file in [&held as &dyn Blocks, &*plain] {
                match choice {
                    0 | 1 => file.flush().unwrap(),
                    2..5 => file.set_len(place).unwrap(),
                    _ => file.write(place, &bytes).unwrap(),
                }
            }
            let mut expected = vec![0; plain.len().unwrap() as usize];
            plain.read(0, &mut expected).unwrap();
            assert!(all(&held) == expected, "step {step}");
        }
        Blocks::flush(&held).unwrap();
        let expected = all(&held);
        drop(held);
        assert!(all(&bench.open()) == expected);
    }
}
