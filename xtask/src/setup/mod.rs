//! `cargo xtask setup`: installs what the tests need, as far as this machine lets it.
//!
//! Idempotent: a part that is there already costs a glance. A part that cannot be prepared is
//! written down with its reason instead of ending the run; tests that need it skip visibly.

mod debian;
mod node;
mod package;
mod python;
pub(crate) mod report;

use crate::required::{self, Kind, Part};
use anyhow::{Result, bail};
use report::{Outcome, Report};
use std::path::PathBuf;

/// Why a part could not be prepared.
struct Failure {
    reason: String,
    /// Whether the registry it comes from answered.
    reachable: bool,
}

impl Failure {
    /// Nothing to do with a registry.
    fn local(reason: impl ToString) -> Self {
        Self {
            reason: reason.to_string(),
            reachable: true,
        }
    }
}

pub(crate) fn run() -> Result<()> {
    let report = prepare()?;
    let failed = report.failed();
    if failed.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = failed.iter().map(|part| part.name.as_str()).collect();
    bail!(
        "required and in reach, yet not prepared: {}",
        names.join(", ")
    );
}

/// Prepares every part and writes the report down.
pub(crate) fn prepare() -> Result<Report> {
    let required = required::read()?;
    let mut report = Report::default();
    for part in &required.setup {
        let outcome = match part_ready(part) {
            Ok(path) => Outcome::Ready { path },
            Err(Failure { reason, reachable }) => Outcome::Skipped { reason, reachable },
        };
        match &outcome {
            Outcome::Ready { .. } => eprintln!("setup: {} ready ({})", part.name, part.why),
            Outcome::Skipped { reason, .. } => {
                eprintln!("setup: {} NOT ready ({}): {reason}", part.name, part.why);
            }
        }
        report.add(part, outcome);
    }
    report.write()?;
    Ok(report)
}

fn part_ready(part: &Part) -> Result<PathBuf, Failure> {
    match &part.kind {
        Kind::Debian { package, probe } => debian::prepare(package, probe),
        Kind::Python { requirements } => python::prepare(&part.name, requirements),
        Kind::Node { folder, build } => node::prepare(folder, *build),
        Kind::Cargo { manifest, target } => package::prepare(manifest, target),
    }
}
