//! The only place of this crate that reads the process environment.

use crate::config::Environment;

/// The environment of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    #[expect(clippy::disallowed_methods, reason = "this is the file that may ask")]
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}
