//! Where placeholders get their values.

use std::collections::BTreeMap;

/// Looks up variables for `${NAME}`. The process environment implements it in `env.rs`.
pub trait Environment {
    /// The value of a variable; none when it is not set. A variable that is set to nothing is set.
    fn get(&self, name: &str) -> Option<String>;
}

impl Environment for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        BTreeMap::get(self, name).cloned()
    }
}
