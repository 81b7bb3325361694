//! One test for each published client.

use anyhow::Result;
use iii_compat::{Collector, Outcome, Program, cargo_build, target_folder};
use iii_testkit::{Authority, EngineProcess, ProcessOptions, prepared, skip};
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
    let (outcomes, kinds) = run(program, ProcessOptions::default(), None).await?;
    all_hold(&outcomes, checks_min);
    telemetry_came(&kinds);
    Ok(())
}

/// [`drive`] over TLS, with a certificate of an authority that the program has been told of.
async fn drive_over_tls(program: Program, checks_min: usize, authority: &Authority) -> Result<()> {
    let files = authority.issue(&["127.0.0.1"]);
    let tls = format!(
        "    tls: {{ cert: {}, key: {} }}\nworkers:",
        files.cert.display(),
        files.key.display()
    );
    let mut options = ProcessOptions::default();
    let plain = options.config.unwrap_or_default();
    options.config = Some(plain.replace("workers:", &tls));
    let (outcomes, kinds) = run(program, options, Some(authority.ca_file())).await?;
    all_hold(&outcomes, checks_min);
    telemetry_came(&kinds);
    Ok(())
}

/// What a program found, and the kinds of telemetry frames that came meanwhile.
async fn run(
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

fn all_hold(outcomes: &[Outcome], checks_min: usize) {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.ok).collect();
    let report: Vec<String> = failed.iter().map(ToString::to_string).collect();
    let report = report.join("\n\n");
    let (count, failed) = (outcomes.len(), failed.len());
    assert!(failed == 0, "{failed} of {count} failed\n{report}");
    assert!(count >= checks_min, "only {count} checks ran");
}

/// What was checked, in order, and how it went.
fn checks(outcomes: &[Outcome]) -> Vec<(String, bool)> {
    let each = |outcome: &Outcome| (outcome.check.clone(), outcome.ok);
    outcomes.iter().map(each).collect()
}

fn telemetry_came(kinds: &[String]) {
    for kind in ["OTLP", "LOGS"] {
        assert!(
            kinds.iter().any(|came| came == kind),
            "no {kind} frame came: {kinds:?}"
        );
    }
    assert!(kinds.iter().all(|kind| kind.len() == 4), "{kinds:?}");
}

/// The program of the Python client, or nothing after a word about why.
fn python_program() -> Option<Command> {
    let interpreter = prepared("python").map_err(|reason| skip(&reason)).ok()?;
    let mut command = Command::new(interpreter);
    command
        .arg(folder("python").join("main.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn python() -> Result<()> {
    let Some(command) = python_program() else {
        return Ok(());
    };
    drive(Program::new("python", command), 45).await
}

#[tokio::test(flavor = "multi_thread")]
async fn python_over_tls() -> Result<()> {
    let Some(mut command) = python_program() else {
        return Ok(());
    };
    let authority = Authority::new();
    command.env("SSL_CERT_FILE", authority.ca_file());
    drive_over_tls(Program::new("python", command), 45, &authority).await
}

/// The programs run on this project's own package by changing the import, and say the same.
#[tokio::test(flavor = "multi_thread")]
async fn python_on_iii_kit() -> Result<()> {
    let (Some(published), Some(mut own)) = (python_program(), python_program()) else {
        return Ok(());
    };
    let sources = folder("../../sdk/python/src").canonicalize()?;
    own.env("III_PACKAGE", "iii_kit")
        .env("PYTHONPATH", sources)
        .env("III_ENV", "development");
    let program = |command| Program::new("python", command);
    let (theirs, _) = run(program(published), ProcessOptions::default(), None).await?;
    let (ours, telemetry) = run(program(own), ProcessOptions::default(), None).await?;
    all_hold(&ours, 45);
    telemetry_came(&telemetry);
    assert_eq!(checks(&ours), checks(&theirs));
    Ok(())
}

/// The program of the Node client, or nothing after a word about why.
fn node_program() -> Option<Command> {
    prepared("node").map_err(|reason| skip(&reason)).ok()?;
    let mut command = Command::new("node");
    command.arg(folder("node").join("main.mjs"));
    Some(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn node() -> Result<()> {
    let Some(command) = node_program() else {
        return Ok(());
    };
    drive(Program::new("node", command), 40).await
}

/// The same programs on our own package: only what they import is another, and everything that they
/// check comes out the same.
#[tokio::test(flavor = "multi_thread")]
async fn node_on_iii_kit() -> Result<()> {
    let Some(published) = node_program() else {
        return Ok(());
    };
    if let Err(reason) = prepared("typescript") {
        skip(&reason);
        return Ok(());
    }
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/typescript");
    let mut ours = Command::new("node");
    ours.arg("--import")
        .arg(folder("node").join("resolve.mjs"))
        .arg(folder("node").join("main.mjs"))
        .env("III_COMPAT_PACKAGE", package.canonicalize()?)
        // The published package always sends stacks; ours does in development.
        .env("NODE_ENV", "development");
    let program = |command| Program::new("node", command);
    let (theirs, _) = run(program(published), ProcessOptions::default(), None).await?;
    let (ours, telemetry) = run(program(ours), ProcessOptions::default(), None).await?;
    all_hold(&ours, 40);
    // Spans are sent when they are asked for; log lines always are.
    assert!(telemetry.contains(&"LOGS".to_owned()), "{telemetry:?}");
    assert_eq!(checks(&ours), checks(&theirs));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn node_over_tls() -> Result<()> {
    let Some(mut command) = node_program() else {
        return Ok(());
    };
    let authority = Authority::new();
    command.env("NODE_EXTRA_CA_CERTS", authority.ca_file());
    drive_over_tls(Program::new("node", command), 40, &authority).await
}

/// The same sources on the published packages and on what iii-kit offers in their place.
#[tokio::test(flavor = "multi_thread")]
async fn rust() -> Result<()> {
    let target = target_folder()?.join("compat-rust");
    let arguments = ["--target-dir", target.to_str().unwrap_or_default()];
    cargo_build(&folder("rust/Cargo.toml"), &arguments)?;
    let program = |name: &'static str| {
        let command = Command::new(target.join("debug").join(name));
        run(Program::new(name, command), ProcessOptions::default(), None)
    };
    let published = program("iii-compat-rust");
    let ours = program("iii-compat-rust-kit");
    let (published, ours) = tokio::join!(published, ours);
    let ((published, telemetry), (ours, _)) = (published?, ours?);
    all_hold(&published, 38);
    telemetry_came(&telemetry);
    // Ours hands its telemetry to `tracing` and exports nothing itself.
    all_hold(&ours, 38);
    assert_eq!(checks(&ours), checks(&published));
    Ok(())
}
