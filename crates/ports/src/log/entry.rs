//! What a log holds, and how it changes.

use bytes::Bytes;
use std::sync::Arc;

/// The number of an entry within its log, chosen by the log's owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u64);

/// One change of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes an entry as a whole, whether or not there is one with this number.
    Put {
        /// The log.
        log: Arc<str>,
        /// The entry's number.
        id: EntryId,
        /// What is to become of it.
        head: Bytes,
        /// What it carries.
        body: Bytes,
    },
    /// Writes the head of an entry that is there, or was put by an earlier change of the commit.
    /// Its body stays.
    Update {
        /// The log.
        log: Arc<str>,
        /// The entry's number.
        id: EntryId,
        /// What is to become of it now.
        head: Bytes,
    },
    /// Removes an entry, if there is one.
    Remove {
        /// The log.
        log: Arc<str>,
        /// The entry's number.
        id: EntryId,
    },
}

impl Change {
    /// The log it changes.
    #[must_use]
    pub fn log(&self) -> &Arc<str> {
        match self {
            Self::Put { log, .. } | Self::Update { log, .. } | Self::Remove { log, .. } => log,
        }
    }

    /// The number of the entry it changes.
    #[must_use]
    pub fn id(&self) -> EntryId {
        match self {
            Self::Put { id, .. } | Self::Update { id, .. } | Self::Remove { id, .. } => *id,
        }
    }
}

/// The head of an entry, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The entry's number.
    pub id: EntryId,
    /// The bytes as they were last written.
    pub head: Bytes,
    /// Bytes of the entry's body.
    pub body_len: usize,
}

/// Heads in the order of their numbers.
///
/// A page is one moment of the store; a walk over several pages is not: it sees every entry that
/// existed all the time exactly once, and others perhaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The heads.
    pub items: Vec<Head>,
    /// The `after` that continues the walk; `None` at its end.
    pub next: Option<EntryId>,
}

/// Names of logs in byte order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The names.
    pub names: Vec<String>,
    /// The `after` that continues the walk; `None` at its end.
    pub next: Option<String>,
}
