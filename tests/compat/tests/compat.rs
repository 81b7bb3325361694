//! One test for each published client.

use anyhow::Result;
use iii_compat::{Collector, Outcome, Program, cargo_build, target_folder};
use iii_testkit::{EngineProcess, prepared, skip};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the engine keeps the token that makes a session trusted.
const OPERATOR_TOKEN: &str = ".iii/data/operator-token";

/// Where the programs are.
fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(language)
}

/// Runs a program against an engine of its own. `checks_min` guards against a program that ends
/// early without a word.
async fn drive(program: Program, checks_min: usize) -> Result<()> {
    let mut engine = EngineProcess::start();
    let token = std::fs::read_to_string(engine.folder().join(OPERATOR_TOKEN))?;
    let collector = Collector::start(engine.url(), token.trim().to_owned()).await?;
    let outcomes = tokio::task::spawn_blocking(move || program.run(&mut engine)).await??;
    let frames = collector.stop().await;
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.ok).collect();
    let report: Vec<String> = failed.iter().map(ToString::to_string).collect();
    let report = report.join(
        "

",
    );
    assert!(
        failed.is_empty(),
        "{} of {} failed\n{report}",
        failed.len(),
        outcomes.len()
    );
    assert!(
        outcomes.len() >= checks_min,
        "only {} checks ran",
        outcomes.len()
    );
    for kind in ["OTLP", "LOGS"] {
        assert!(
            frames.contains_key(kind),
            "no {kind} frame came: {frames:?}"
        );
    }
    assert!(frames.keys().all(|kind| kind.len() == 4), "{frames:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn python() -> Result<()> {
    let interpreter = match prepared("python") {
        Ok(interpreter) => interpreter,
        Err(reason) => {
            skip(&reason);
            return Ok(());
        }
    };
    let mut command = Command::new(interpreter);
    command
        .arg(folder("python").join("main.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    drive(Program::new("python", command), 45).await
}

#[tokio::test(flavor = "multi_thread")]
async fn node() -> Result<()> {
    if let Err(reason) = prepared("node") {
        skip(&reason);
        return Ok(());
    }
    let mut command = Command::new("node");
    command.arg(folder("node").join("main.mjs"));
    drive(Program::new("node", command), 40).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rust() -> Result<()> {
    let target = target_folder()?.join("compat-rust");
    let arguments = ["--target-dir", target.to_str().unwrap_or_default()];
    cargo_build(&folder("rust/Cargo.toml"), &arguments)?;
    let command = Command::new(target.join("debug/iii-compat-rust"));
    drive(Program::new("rust", command), 38).await
}
