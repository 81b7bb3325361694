//! Files of the journal in a folder.

use super::journal::{Blocks, Shelf};
use std::fs::{File, OpenOptions};
use std::io::Result;
use std::path::{Path, PathBuf};

/// What the names of the files end with.
const SUFFIX: &str = "journal";

/// The files of a folder.
pub(super) struct Segments {
    pub(super) folder: PathBuf,
}

impl Segments {
    fn path(&self, name: u32) -> PathBuf {
        self.folder.join(format!("{name:04}.{SUFFIX}"))
    }

    /// Opens one, and makes it where it is missing. Its name is on the disk when this returns.
    pub(super) fn one(&self, name: u32) -> Result<OneFile> {
        let path = self.path(name);
        let is_there = path.try_exists()?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path)?;
        if !is_there {
            sync_folder(&self.folder)?;
        }
        Ok(OneFile(file))
    }
}

impl Shelf for Segments {
    fn files(&self) -> Result<Vec<u32>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let is_ours = path.extension().is_some_and(|suffix| suffix == SUFFIX);
            let number: Option<u32> = stem.and_then(|stem| stem.parse().ok());
            names.extend(number.filter(|_| is_ours));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn file(&self, name: u32) -> Result<Box<dyn Blocks>> {
        Ok(Box::new(self.one(name)?))
    }

    fn remove(&self, name: u32) -> Result<()> {
        std::fs::remove_file(self.path(name))
    }
}

/// One file, which has one owner.
#[derive(Debug)]
pub(super) struct OneFile(pub(super) File);

impl Blocks for OneFile {
    fn len(&self) -> Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        positioned::read(&self.0, offset, out)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        positioned::write(&self.0, offset, bytes)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.0.set_len(len)
    }

    fn flush(&self) -> Result<()> {
        self.0.sync_data()
    }
}

#[cfg(unix)]
mod positioned {
    use std::fs::File;
    use std::io::Result;
    use std::os::unix::fs::FileExt;

    pub(super) fn read(file: &File, offset: u64, out: &mut [u8]) -> Result<()> {
        file.read_exact_at(out, offset)
    }

    pub(super) fn write(file: &File, offset: u64, bytes: &[u8]) -> Result<()> {
        file.write_all_at(bytes, offset)
    }
}

/// One owner uses a file, so that its cursor is nobody else's.
#[cfg(not(unix))]
mod positioned {
    use std::fs::File;
    use std::io::{Read, Result, Seek, SeekFrom, Write};

    pub(super) fn read(mut file: &File, offset: u64, out: &mut [u8]) -> Result<()> {
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(out)
    }

    pub(super) fn write(mut file: &File, offset: u64, bytes: &[u8]) -> Result<()> {
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }
}

/// Gives a file that is finished its name, and brings both to the disk.
pub(super) fn publish(unfinished: &Path, path: &Path) -> Result<()> {
    File::open(unfinished)?.sync_all()?;
    std::fs::rename(unfinished, path)?;
    // The name is on the disk when its folder is.
    path.parent().map_or(Ok(()), sync_folder)
}

/// Brings the names of a folder to the disk.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere folders cannot be opened, and names are kept by the file system's own journal.
#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}
