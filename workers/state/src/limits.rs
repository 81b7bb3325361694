//! Every bound of this worker that is not the store's. Those that users may set are in `Config`.

use std::time::Duration;

/// Most segments of a path in an update operation.
pub(crate) const PATH_SEGMENTS_MAX: usize = 32;
/// Longest segment of a path, in bytes.
pub(crate) const PATH_SEGMENT_BYTES_MAX: usize = 256;
/// Deepest nesting of a value to merge.
pub(crate) const MERGE_DEPTH_MAX: usize = 16;
/// Most keys of a value to merge.
pub(crate) const MERGE_KEYS_MAX: usize = 1024;
/// Most operations of one update.
pub(crate) const UPDATE_OPS_MAX: usize = 1024;
/// How often an update is computed anew because the entry changed meanwhile.
pub(crate) const UPDATE_ATTEMPTS_MAX: usize = 16;
/// Updates of entries that share one of so many lanes take turns.
pub(crate) const UPDATE_LANES: usize = 1024;

/// Entries of a page of `state::list` when the caller names no limit.
pub(crate) const LIST_LIMIT_DEFAULT: usize = 100;
/// Most entries of a page of `state::list`.
pub(crate) const LIST_LIMIT_MAX: usize = 10_000;
/// Bytes of values after which a page of `state::list` ends.
pub(crate) const LIST_PAGE_BYTES_MAX: usize = 8 << 20;
/// Largest answer of an unpaged list. Below what a message may carry.
pub(crate) const LIST_ANSWER_BYTES_MAX: usize = 48 << 20;
/// Entries or scopes read from the store at a time.
pub(crate) const READ_AHEAD: usize = 1024;

/// Most expired entries removed before other work gets its turn.
pub(crate) const SWEEP_LIMIT: usize = 256;
/// Rest after a sweep that failed.
pub(crate) const SWEEP_RETRY: Duration = Duration::from_secs(1);
/// First pause after the queue did not take changes; doubled each time.
pub(crate) const RELAY_RETRY: Duration = Duration::from_millis(100);
/// Longest such pause.
pub(crate) const RELAY_RETRY_MAX: Duration = Duration::from_secs(5);
/// Most filters that are watched durably. Every write is held against each of them.
pub(crate) const WATCHES_MAX: usize = 256;
/// More than all of them take when they are read.
pub(crate) const WATCHES_PAGE_BYTES: usize = 8 << 20;
/// How long a stopping worker waits for events that are queued.
pub(crate) const STOP_WAIT: Duration = Duration::from_secs(5);
