//! Looking at everything a store has.

use super::checkpoint;
use super::fail_point::FailPoint;
use super::folder::{self, Lock};
use super::journal::{Replay, Sizes};
use super::layers::{Base, View};
use super::medium::{Files, Medium};
use super::tables::{self, Counts};
use super::{Failure, OpenError, Options, core};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// What a look at a store has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Records of the journal that the data file does not have yet: none after an ordered end.
    pub records: u64,
}

/// A store is not sound, or could not be looked at.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is no store.
    #[error("`{0}` holds no store")]
    Missing(PathBuf),
    /// It cannot be opened: it is in use, damaged, or of a newer version.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// It can be opened, and something in it is damaged.
    #[error("{0}")]
    Damaged(String),
}

impl From<Failure> for CheckError {
    fn from(failure: Failure) -> Self {
        Self::Damaged(failure.to_string())
    }
}

/// Looks at everything a store has, which nobody may use meanwhile: the checksums of the data file
/// and of the journal, and whether all tables fit together.
///
/// # Errors
/// It is not sound, or cannot be looked at.
pub fn check(folder: &Path) -> Result<Checked, CheckError> {
    if !folder::data(folder).exists() {
        return Err(CheckError::Missing(folder.to_owned()));
    }
    let _lock = Lock::take(folder)?;
    // Trees of a damaged file may have any shape, and what reads them stops at some by a panic.
    let checked = catch_unwind(AssertUnwindSafe(|| look(folder)));
    checked.unwrap_or_else(|_| {
        let what = "the data is damaged: the file has a shape that no file has";
        Err(CheckError::Damaged(what.to_owned()))
    })
}

fn look(folder: &Path) -> Result<Checked, CheckError> {
    let options = Options::default();
    let files = Files::new(folder, &options);
    let mut database = files.open()?;
    tables::check_format(&database)?;
    let is_sound = database.check_integrity();
    if !is_sound.map_err(OpenError::of)? {
        let what = "the data is damaged: a checksum of the data file is wrong";
        return Err(CheckError::Damaged(what.to_owned()));
    }
    let mut view = View::of(Arc::new(Base::of(&database)?));
    let covered = checkpoint::position(&view)?;
    let sizes = Sizes {
        segment: options.segment_bytes,
        reserve: options.reserve_bytes,
    };
    let replay = Replay::open(files.shelf()?, sizes, FailPoint::default(), covered);
    let replay = replay.map_err(OpenError::from)?;
    let mut records = 0;
    replay.run(|changes| {
        records += 1;
        core::replay_into(&mut view.active, changes)
    })?;
    Counts::check(&view)?;
    Ok(Checked { records })
}
