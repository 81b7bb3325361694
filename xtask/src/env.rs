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

/// Where a node of RabbitMQ keeps things, with the name of each in its folder.
pub(crate) const RABBITMQ_FILES: [(&str, &str); 7] = [
    ("HOME", ""),
    ("RABBITMQ_MNESIA_BASE", "mnesia"),
    ("RABBITMQ_LOG_BASE", "log"),
    ("RABBITMQ_ENABLED_PLUGINS_FILE", "plugins"),
    ("RABBITMQ_PID_FILE", "pid"),
    ("RABBITMQ_CONFIG_FILE", "none"),
    ("RABBITMQ_CONF_ENV_FILE", "none"),
];
pub(crate) const RABBITMQ_NODENAME: &str = "RABBITMQ_NODENAME";
pub(crate) const RABBITMQ_NODE_IP_ADDRESS: &str = "RABBITMQ_NODE_IP_ADDRESS";
pub(crate) const RABBITMQ_NODE_PORT: &str = "RABBITMQ_NODE_PORT";
pub(crate) const RABBITMQ_DIST_PORT: &str = "RABBITMQ_DIST_PORT";
pub(crate) const RABBITMQ_ERL_ARGS: &str = "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS";
/// Lets its start script become the node instead of watching over it.
pub(crate) const RUNNING_UNDER_SYSTEMD: &str = "RUNNING_UNDER_SYSTEMD";
pub(crate) const ERL_EPMD_PORT: &str = "ERL_EPMD_PORT";
pub(crate) const ERL_EPMD_ADDRESS: &str = "ERL_EPMD_ADDRESS";

/// Flags for the compiler; set for fuzzing.
pub(crate) const RUSTFLAGS: &str = "RUSTFLAGS";

/// Variables of the product, which must not reach what we start from the caller's shell.
pub(crate) const PRODUCT_VARIABLES: [&str; 4] =
    ["III_URL", "III_TOKEN", "III_NAMESPACE", "III_WORKER_NAME"];

/// What cargo tells us about our own package when it runs us. Build scripts that ask for their own
/// would find it changed, and be run again, each time that a build begins elsewhere.
pub(crate) const OWN_PACKAGE: [&str; 7] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

/// The cargo to run, so that a pinned toolchain stays pinned.
pub(crate) fn cargo() -> OsString {
    std::env::var_os(CARGO).unwrap_or_else(|| "cargo".into())
}
