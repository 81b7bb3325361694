//! Every environment variable of tests, and the only file that reads them.

/// File to which skipped tests are added.
pub(crate) const SKIP_LOG: &str = "III_SKIP_LOG";
/// The `iii` binary to test; else the one beside the test's own.
pub(crate) const BINARY: &str = "III_BINARY";
/// How many deaths a test of crashes sees; else what is usual.
pub(crate) const CRASH_DEATHS: &str = "III_CRASH_DEATHS";
/// What the moments of deaths are drawn from; else always the same.
pub(crate) const CRASH_SEED: &str = "III_CRASH_SEED";
/// File to which tests of crashes add a line: test, deaths, longest start in milliseconds.
pub(crate) const CRASH_LOG: &str = "III_CRASH_LOG";

/// A variable's value, unless it is unset or empty.
#[expect(clippy::disallowed_methods, reason = "this is the file that may ask")]
pub(crate) fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
