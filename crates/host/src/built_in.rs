//! What the host needs to know about a worker of this build.

use crate::config::{Error, Section};

/// A worker that this build can run.
pub struct BuiltIn {
    /// Its name in `workers`, which is also its worker name.
    pub name: &'static str,
    /// Older names that mean the same.
    pub aliases: &'static [&'static str],
    /// Lets the worker read its settings.
    pub read: fn(&Section) -> Result<Plan, Error>,
}

impl BuiltIn {
    /// Whether `name` is the worker's name or an older one.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// A worker whose settings are read and valid, and that is not started.
pub type Plan = ();
