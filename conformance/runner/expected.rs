//! `expected_failures.toml`.

use crate::program::Program;
use anyhow::{Context, Result};
use serde::Deserialize;

const TEXT: &str = include_str!("../expected_failures.toml");

/// What is known not to hold yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    #[serde(default)]
    failure: Vec<Failure>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    driver: String,
    scenario: String,
    reason: String,
}

impl Expected {
    pub(crate) fn read() -> Result<Self> {
        toml::from_str(TEXT).context("`expected_failures.toml`")
    }

    pub(crate) fn reason(&self, driver: &str, scenario: &str) -> Option<String> {
        let mut failures = self.failure.iter();
        let found = failures.find(|it| it.driver == driver && it.scenario == scenario);
        found.map(|failure| failure.reason.clone())
    }

    /// Entries that name nothing, or give no reason.
    pub(crate) fn unknown(&self, scenarios: &[&str]) -> Vec<String> {
        let drivers = Program::ALL.map(Program::name);
        let wrong = self.failure.iter().filter(|it| {
            !drivers.contains(&it.driver.as_str())
                || !scenarios.contains(&it.scenario.as_str())
                || it.reason.trim().is_empty()
        });
        wrong.map(|it| format!("{it:?}")).collect()
    }
}
