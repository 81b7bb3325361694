//! Running programs against an engine of their own, and reading what they found.

use anyhow::Result;
use iii_compat::{Collector, Outcome, Program};
use iii_testkit::{EngineProcess, ProcessOptions};
use std::path::PathBuf;

/// Where the engine keeps the token that makes a session trusted.
const OPERATOR_TOKEN: &str = ".iii/data/operator-token";

/// What a program found, and the kinds of telemetry frames that came meanwhile.
pub(crate) async fn run(
    program: Program,
    options: ProcessOptions,
    ca_file: Option<PathBuf>,
) -> Result<(Vec<Outcome>, Vec<String>)> {
    let mut engine = EngineProcess::with(options);
    let scheme = if ca_file.is_some() { "wss://" } else { "ws://" };
    assert!(engine.url().starts_with(scheme), "{}", engine.url());
    let token = std::fs::read_to_string(engine.folder().join(OPERATOR_TOKEN))?;
    let collector = Collector::start(engine.url(), token.trim().to_owned(), ca_file).await?;
    let outcomes = tokio::task::spawn_blocking(move || program.run(&mut engine)).await??;
    let frames = collector.stop().await;
    Ok((outcomes, frames.into_keys().collect()))
}

/// Everything holds. `checks_min` guards against a program that ends early without a word.
pub(crate) fn all_hold(outcomes: &[Outcome], checks_min: usize) {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.ok).collect();
    let report: Vec<String> = failed.iter().map(ToString::to_string).collect();
    let report = report.join("\n\n");
    let (count, failed) = (outcomes.len(), failed.len());
    assert!(failed == 0, "{failed} of {count} failed\n{report}");
    assert!(count >= checks_min, "only {count} checks ran");
}

/// What was checked, in order, and how it went.
pub(crate) fn checks(outcomes: &[Outcome]) -> Vec<(String, bool)> {
    let each = |outcome: &Outcome| (outcome.check.clone(), outcome.ok);
    outcomes.iter().map(each).collect()
}
