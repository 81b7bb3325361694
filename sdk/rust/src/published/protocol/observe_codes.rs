//! Codes around observing. Our engine offers no observing, so all but the first never come from it;
//! they are here for programs that name them.

/// The engine does not offer observing.
pub const UNSUPPORTED: &str = "UNSUPPORTED";
/// The observer's arguments do not fit.
pub const INVALID_ARGS: &str = "INVALID_ARGS";
/// The function's description of how it is observed contradicts itself.
pub const INVALID_OBSERVE_DESCRIPTOR: &str = "INVALID_OBSERVE_DESCRIPTOR";
/// The filter cannot be read.
pub const INVALID_FILTER: &str = "INVALID_FILTER";
/// The filter looks at a place that cannot be.
pub const INVALID_FILTER_PATH: &str = "INVALID_FILTER_PATH";
/// The function takes no observers.
pub const NOT_OBSERVABLE: &str = "NOT_OBSERVABLE";
/// The worker may not observe the function.
pub const FORBIDDEN: &str = "FORBIDDEN";
/// A function cannot observe itself.
pub const SELF_TARGET: &str = "SELF_TARGET";
/// There are too many observers.
pub const LIMIT_EXCEEDED: &str = "LIMIT_EXCEEDED";
/// Another observer has the id.
pub const OBSERVER_ID_CONFLICT: &str = "OBSERVER_ID_CONFLICT";
/// The function's owner took too long to accept the observer.
pub const OWNER_TIMEOUT: &str = "OWNER_TIMEOUT";
/// The function's owner refused the observer.
pub const OBSERVE_REJECTED: &str = "OBSERVE_REJECTED";
/// There is no such observer.
pub const OBSERVER_NOT_FOUND: &str = "OBSERVER_NOT_FOUND";
/// Only the function's owner may do that.
pub const NOT_FUNCTION_OWNER: &str = "NOT_FUNCTION_OWNER";
/// The function's events do not come from its owner.
pub const NOT_OWNER_DELIVERED: &str = "NOT_OWNER_DELIVERED";
/// The observer is not active.
pub const OBSERVER_NOT_ACTIVE: &str = "OBSERVER_NOT_ACTIVE";
/// The call goes to another function than the observer's target.
pub const TARGET_MISMATCH: &str = "TARGET_MISMATCH";
/// More events came than the observer takes.
pub const OVERFLOW: &str = "OVERFLOW";
/// Observers observe each other in a circle.
pub const LOOP_GUARD: &str = "LOOP_GUARD";
/// The event does not pass the observer's filter.
pub const FILTERS_NOT_MATCHED: &str = "FILTERS_NOT_MATCHED";
/// The function's owner is not there.
pub const OWNER_UNAVAILABLE: &str = "OWNER_UNAVAILABLE";
/// The observer's target is not there.
pub const TARGET_UNAVAILABLE: &str = "TARGET_UNAVAILABLE";
/// The observing worker left.
pub const OBSERVER_DISCONNECTED: &str = "OBSERVER_DISCONNECTED";
/// The observer's time is over.
pub const EXPIRED: &str = "EXPIRED";
/// The observer fired as often as it was to.
pub const MAX_FIRES: &str = "MAX_FIRES";
/// The observer was taken back.
pub const UNOBSERVED: &str = "UNOBSERVED";
/// A report came for what is gone.
pub const INACTIVE: &str = "INACTIVE";
/// Too many reports waited.
pub const BUFFER_FULL: &str = "BUFFER_FULL";
/// A report was larger than a message may be.
pub const TOO_LARGE: &str = "TOO_LARGE";
