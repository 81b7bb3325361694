//! Every environment variable that this crate reads or sets.

use std::ffi::OsString;

/// The cargo that runs us; set by cargo itself.
const CARGO: &str = "CARGO";

/// Where tests append a line for everything they skip; set for tests, read by `iii-testkit`.
pub(crate) const SKIP_LOG: &str = "III_SKIP_LOG";

/// Flags for the compiler; set for fuzzing.
pub(crate) const RUSTFLAGS: &str = "RUSTFLAGS";

/// The cargo to run, so that a pinned toolchain stays pinned.
pub(crate) fn cargo() -> OsString {
    std::env::var_os(CARGO).unwrap_or_else(|| "cargo".into())
}
