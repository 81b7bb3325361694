//! How a store is run.

use super::fail_point::FailPoint;
use std::time::Duration;

/// How a store is run.
///
/// ```
/// use iii_backend_local::Options;
/// let options = Options { cache_bytes: 64 << 20, ..Options::default() };
/// assert_eq!(options.queue_max, 16_384);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Memory for pages of the file, in bytes.
    pub cache_bytes: usize,
    /// Writes that may wait for the writer; one more is refused as busy.
    pub queue_max: usize,
    /// Most writes of one flush.
    pub batch_max: usize,
    /// Longest time for which the writer waits for company before it flushes. It waits only when
    /// the flush before had company, and about a tenth of the time that one took.
    pub linger_max: Duration,
    /// What an acknowledgement is worth.
    pub acknowledge: Acknowledge,
    /// Memory for what is not in the data file yet, in bytes. Half of it is being brought there
    /// while the other half fills; when both are full, writers wait.
    pub overlay_bytes: usize,
    /// Bytes that are written to the journal between two checkpoints. Twice as much may have to be
    /// read when the store is opened after a crash.
    pub journal_bytes: u64,
    /// Bytes of one file of the journal.
    pub segment_bytes: u64,
    /// Bytes of the journal that are kept for removals when the disk is full.
    pub reserve_bytes: u64,
    /// After so long without a write, everything is brought into the data file.
    pub idle_after: Duration,
    /// For tests of crashes.
    pub fail_point: FailPoint,
    /// For tests of crashes.
    pub unflushed: Unflushed,
}

/// Who has what was written and not flushed yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unflushed {
    /// The system, as always: it survives the end of the process.
    #[default]
    System,
    /// The process, whose end takes it, as a loss of power does. Only for tests of crashes: it
    /// makes flushes slower, and an acknowledgement without one worth nothing.
    Held,
}

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledge {
    /// When it is on the disk: it survives a loss of power.
    #[default]
    Flushed,
    /// When the system has it: it survives the end of the process, but a loss of power may take
    /// the last writes.
    Written {
        /// Longest time after which it is on the disk all the same.
        flush_every: Duration,
    },
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 16 << 20,
            queue_max: 16_384,
            batch_max: 1024,
            linger_max: Duration::from_micros(200),
            acknowledge: Acknowledge::Flushed,
            overlay_bytes: 32 << 20,
            journal_bytes: 64 << 20,
            segment_bytes: 16 << 20,
            reserve_bytes: 256 << 10,
            idle_after: Duration::from_secs(1),
            fail_point: FailPoint::default(),
            unflushed: Unflushed::default(),
        }
    }
}
