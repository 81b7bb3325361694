//! Every limit of this worker that is not a configuration key.

/// Longest `api_path`, in bytes.
pub(crate) const PATTERN_BYTES_MAX: usize = 1024;
/// Most segments of an `api_path`; it bounds the recursion of a lookup.
pub(crate) const PATTERN_SEGMENTS_MAX: usize = 64;
/// Most routes of one worker.
pub(crate) const ROUTES_MAX: usize = 100_000;
/// Most trigger registrations that share one route (replicas of one function).
pub(crate) const BINDINGS_PER_ROUTE_MAX: usize = 1024;
/// Most name-value pairs of a query string.
pub(crate) const QUERY_PAIRS_MAX: usize = 1024;
