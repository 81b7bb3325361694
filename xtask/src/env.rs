//! Every environment variable that this crate reads or sets.

use std::ffi::OsString;

/// The cargo that runs us; set by cargo itself.
const CARGO: &str = "CARGO";

/// Where tests append a line for everything they skip; set for tests, read by `iii-testkit`.
pub(crate) const SKIP_LOG: &str = "III_SKIP_LOG";

/// How many deaths tests of crashes see, what their moments are drawn from, and where they tell
/// what they have seen; see crates/testkit/src/env.rs.
pub(crate) const CRASH_DEATHS: &str = "III_CRASH_DEATHS";
pub(crate) const CRASH_SEED: &str = "III_CRASH_SEED";
pub(crate) const CRASH_LOG: &str = "III_CRASH_LOG";

/// What the simulators play: see crates/engine/tests/sim/env.rs and
/// workers/queue/src/core/sim/env.rs, which read them.
pub(crate) const SIM_FIRST: &str = "III_SIM_FIRST";
pub(crate) const SIM_SEEDS: &str = "III_SIM_SEEDS";
pub(crate) const SIM_STEPS: &str = "III_SIM_STEPS";

/// The folder of the packages that a build of `iii` embeds; read by crates/cli/build.rs.
pub(crate) const SDK_PACKAGES: &str = "III_SDK_PACKAGES";

/// The time that every entry of a wheel bears, in seconds since 1970.
pub(crate) const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// The engine that the measurements of the SDKs start.
pub(crate) const BENCH_ENGINE: &str = "III_BIN";
/// The load generator that is their other side.
pub(crate) const BENCH_LOAD: &str = "III_LOAD";

/// Flags for the compiler; set for fuzzing.
pub(crate) const RUSTFLAGS: &str = "RUSTFLAGS";

/// Variables of the product, which must not reach what we start from the caller's shell.
pub(crate) const PRODUCT_VARIABLES: [&str; 4] =
    ["III_URL", "III_TOKEN", "III_NAMESPACE", "III_WORKER_NAME"];

/// The cargo to run, so that a pinned toolchain stays pinned.
pub(crate) fn cargo() -> OsString {
    std::env::var_os(CARGO).unwrap_or_else(|| "cargo".into())
}
