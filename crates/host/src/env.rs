//! The only place of this crate that reads the process environment.

use crate::config::Environment;

/// `name:count`: the process ends, as by SIGKILL, when the store passes the place of that name for
/// the count-th time. The names are `append.before`, `append.written`, `flush.done`,
/// `checkpoint.middle` and `checkpoint.done`. For tests of crashes.
pub(crate) const FAIL_POINT: &str = "III_FAIL_POINT";

/// `held`: what the store has written and not flushed stays in the process, so that SIGKILL takes
/// it as a loss of power would. For tests of crashes.
pub(crate) const UNFLUSHED: &str = "III_UNFLUSHED";

/// The environment of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    #[expect(clippy::disallowed_methods, reason = "this is the file that may ask")]
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}
