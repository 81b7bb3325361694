//! Every bound of this worker that is not a setting of a queue or of the worker.

use std::time::Duration;

/// Commits that may be on their way to the store.
pub(crate) const COMMITS_MAX: usize = 16_384;
/// First pause after a commit that has to succeed and did not; doubled each time.
pub(crate) const COMMIT_RETRY: Duration = Duration::from_millis(20);
/// Longest such pause.
pub(crate) const COMMIT_RETRY_MAX: Duration = Duration::from_secs(2);
/// Heads read from the store at a time.
pub(crate) const HEADS_PAGE: usize = 1024;
/// How long the queues of a store belong to a worker that says nothing.
pub(crate) const LEASE_TTL: Duration = Duration::from_secs(15);
/// How long the engine waits for a function. Shorter times are kept by the queue itself, because
/// a handler may ask for more.
pub(crate) const CALL_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// Shortest time between looks for subscriptions that are to end.
pub(crate) const RETIRE_MIN: Duration = Duration::from_secs(1);
/// Longest such time.
pub(crate) const RETIRE_MAX: Duration = Duration::from_secs(3600);
/// How long a stopping worker waits for what is on its way.
pub(crate) const STOP_WAIT: Duration = Duration::from_secs(5);
/// Longest name of a queue, topic, group, key or tenant, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 256;
/// Largest report of progress, in bytes.
pub(crate) const PROGRESS_BYTES_MAX: usize = 16 << 10;
/// Dead messages of a page, unless the caller says otherwise.
pub(crate) const PAGE_DEFAULT: usize = 50;
/// Most dead messages of a page, and of one step of a redrive.
pub(crate) const PAGE_MAX: usize = 500;
/// How often an enqueue asks for the fate of one with the same key.
pub(crate) const UNDECIDED_MAX: usize = 64;
/// Most queues, subscriptions and backlogs together.
pub(crate) const QUEUES_MAX: usize = 10_000;
