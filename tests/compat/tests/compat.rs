//! One test for each published client.

use anyhow::Result;
use iii_compat::{Collector, Outcome, Program, cargo_build, target_folder};
use iii_testkit::{Authority, EngineProcess, ProcessOptions, prepared, skip};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the engine keeps the token that makes a session trusted.
const OPERATOR_TOKEN: &str = ".iii/data/operator-token";

/// Telemetry that the published clients export.
const EXPORTED: &[&str] = &["OTLP", "LOGS"];

/// Where the programs are.
fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(language)
}

/// Runs a program against an engine of its own. `checks_min` guards against a program that ends
/// early without a word.
async fn drive(program: Program, checks_min: usize) -> Result<()> {
    let outcomes = drive_with(program, ProcessOptions::default(), None, EXPORTED).await?;
    assert!(outcomes.len() >= checks_min, "{} ran", outcomes.len());
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
    let outcomes = drive_with(program, options, Some(authority.ca_file()), EXPORTED).await?;
    assert!(outcomes.len() >= checks_min, "{} ran", outcomes.len());
    Ok(())
}

/// Runs a program, of which every check must hold and every kind of telemetry must come.
async fn drive_with(
    program: Program,
    options: ProcessOptions,
    ca_file: Option<PathBuf>,
    telemetry: &[&str],
) -> Result<Vec<Outcome>> {
    let mut engine = EngineProcess::with(options);
    let scheme = if ca_file.is_some() { "wss://" } else { "ws://" };
    assert!(engine.url().starts_with(scheme), "{}", engine.url());
    let token = std::fs::read_to_string(engine.folder().join(OPERATOR_TOKEN))?;
    let collector = Collector::start(engine.url(), token.trim().to_owned(), ca_file).await?;
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
    for kind in telemetry {
        assert!(
            frames.contains_key(*kind),
            "no {kind} frame came: {frames:?}"
        );
    }
    assert!(frames.keys().all(|kind| kind.len() == 4), "{frames:?}");
    Ok(outcomes)
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
    let run = |name: &'static str, telemetry: &'static [&'static str]| {
        let command = Command::new(target.join("debug").join(name));
        let program = Program::new(name, command);
        drive_with(program, ProcessOptions::default(), None, telemetry)
    };
    let published = run("iii-compat-rust", EXPORTED);
    // It hands its telemetry to `tracing` and exports nothing itself.
    let ours = run("iii-compat-rust-kit", &[]);
    let (published, ours) = tokio::join!(published, ours);
    let checks = |outcomes: Vec<Outcome>| {
        let checks = outcomes.into_iter().map(|outcome| outcome.check);
        checks.collect::<Vec<_>>()
    };
    let (published, ours) = (checks(published?), checks(ours?));
    assert!(published.len() >= 38, "{published:?}");
    assert_eq!(ours, published);
    Ok(())
}
