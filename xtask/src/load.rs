//! One run of the load generator.

use crate::process;
use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

/// The `key=value` pairs of the line that the load generator prints.
pub(crate) struct Load {
    pairs: BTreeMap<String, String>,
}

impl Load {
    pub(crate) fn run(command: &mut Command) -> Result<Self> {
        let output = command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let shown = process::shown(command);
        ensure!(
            output.status.success(),
            "`{shown}` ended with {}: {said}",
            output.status
        );
        let load = Self::parse(&said);
        if let Ok(failed) = load.number("failed") {
            ensure!(failed == 0.0, "`{shown}`: {failed} calls failed: {said}");
        }
        Ok(load)
    }

    pub(crate) fn parse(line: &str) -> Self {
        let pairs = line
            .split_whitespace()
            .filter_map(|word| word.split_once('='));
        Self {
            pairs: pairs
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// A figure that counts something.
    pub(crate) fn count(&self, key: &str) -> Result<u64> {
        let value = self.pairs.get(key);
        let value = value.with_context(|| format!("the load generator printed no `{key}`"))?;
        value
            .parse()
            .with_context(|| format!("`{key}` is `{value}`"))
    }

    /// A figure without its unit.
    pub(crate) fn number(&self, key: &str) -> Result<f64> {
        let value = self.pairs.get(key);
        let value = value.with_context(|| format!("the load generator printed no `{key}`"))?;
        let digits = value.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
        let digits = &value[..digits.unwrap_or(value.len())];
        digits
            .parse()
            .with_context(|| format!("`{key}` is `{value}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_without_their_units() {
        let load = Load::parse("invoke window=64x1 ok=12 failed=0 rate=304533/s p50=215.6us\n");
        assert_eq!(load.number("rate").ok(), Some(304_533.0));
        assert_eq!(load.number("p50").ok(), Some(215.6));
        assert!(load.number("p90").is_err());
    }
}
