//! Places at which a test may end the process.

use std::fmt;
use std::sync::Arc;

/// Is told of every passage of certain places of the writer, so that a test of crashes can end the
/// process there: `append.before`, `append.written`, `flush.done`, `checkpoint.middle` and
/// `checkpoint.done`. By default nobody is told, which costs one comparison.
///
/// ```
/// use iii_backend_local::{FailPoint, Options};
/// let fail_point = FailPoint::new(|name| assert_ne!(name, "checkpoint.done"));
/// let options = Options { fail_point, ..Options::default() };
/// ```
#[derive(Clone, Default)]
pub struct FailPoint(Option<Arc<dyn Fn(&'static str) + Send + Sync>>);

impl FailPoint {
    /// Tells `passed` the name of the place, on the thread that passes it.
    pub fn new(passed: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(passed)))
    }

    pub(super) fn pass(&self, name: &'static str) {
        if let Some(passed) = &self.0 {
            passed(name);
        }
    }
}

impl fmt::Debug for FailPoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.0.is_some() { "set" } else { "none" };
        write!(out, "FailPoint({state})")
    }
}
