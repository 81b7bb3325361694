//! How a store is run.

use std::time::Duration;

/// How a store is run.
///
/// ```
/// use iii_backend_local::Options;
/// let options = Options { cache_bytes: 16 << 20, ..Options::default() };
/// assert_eq!(options.queue_max, 16_384);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Memory for pages of the file, in bytes.
    pub cache_bytes: usize,
    /// Writes that may wait for the writer; one more is refused as busy.
    pub queue_max: usize,
    /// Most writes of one transaction, and so of one flush.
    pub batch_max: usize,
    /// Longest time for which the writer waits for company before it begins a transaction. It waits
    /// only when the one before had company, and about a tenth of the time that one took.
    pub linger_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            queue_max: 16_384,
            batch_max: 1024,
            linger_max: Duration::from_micros(200),
        }
    }
}
