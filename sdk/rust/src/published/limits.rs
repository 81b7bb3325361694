//! Bounds of what the published client leaves unbounded: so far out that no program that got along
//! with it meets them, and near enough that a runaway program ends before its machine does.

use crate::Limits;

/// Invocations handled at the same time.
const INVOCATIONS_MAX: usize = 262_144;
/// Calls waiting for an answer.
const CALLS_MAX: usize = 1_048_576;
/// Calls kept while the engine is away.
const OFFLINE_CALLS_MAX: usize = 1_048_576;
/// Functions, triggers and trigger types, each.
const REGISTRATIONS_MAX: usize = 262_144;

/// Most bytes that one `read_all` of a channel collects.
pub(super) const READ_ALL_BYTES_MAX: usize = 1 << 30;

/// The limits of a client.
pub(super) fn client_limits() -> Limits {
    Limits {
        invocations_max: INVOCATIONS_MAX,
        calls_max: CALLS_MAX,
        offline_calls_max: OFFLINE_CALLS_MAX,
        registrations_max: REGISTRATIONS_MAX,
        ..Limits::default()
    }
}
