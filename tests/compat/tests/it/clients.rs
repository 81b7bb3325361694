//! One test for each published client, and for our package in its place.

use crate::programs;
use crate::run::{all_hold, checks, run};
use anyhow::Result;
use iii_compat::{Part, Program};
use iii_testkit::{Authority, ProcessOptions};
use std::process::Command;

fn program(name: &'static str, command: Command) -> Program {
    Program::new(name, command, Part::Clients)
}

/// Runs a program against an engine of its own.
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

fn telemetry_came(kinds: &[String]) {
    for kind in ["OTLP", "LOGS"] {
        assert!(
            kinds.iter().any(|came| came == kind),
            "no {kind} frame came: {kinds:?}"
        );
    }
    assert!(kinds.iter().all(|kind| kind.len() == 4), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn python() -> Result<()> {
    let Some(command) = programs::python() else {
        return Ok(());
    };
    drive(program("python", command), 45).await
}

#[tokio::test(flavor = "multi_thread")]
async fn python_over_tls() -> Result<()> {
    let Some(mut command) = programs::python() else {
        return Ok(());
    };
    let authority = Authority::new();
    command.env("SSL_CERT_FILE", authority.ca_file());
    drive_over_tls(program("python", command), 45, &authority).await
}

/// The programs run on this project's own package by changing the import, and say the same.
#[tokio::test(flavor = "multi_thread")]
async fn python_on_iii_kit() -> Result<()> {
    let (Some(published), Some(own)) = (programs::python(), programs::python_on_iii_kit()) else {
        return Ok(());
    };
    let options = ProcessOptions::default();
    let (theirs, _) = run(program("python", published), options.clone(), None).await?;
    let (ours, telemetry) = run(program("python", own), options, None).await?;
    all_hold(&ours, 45);
    telemetry_came(&telemetry);
    assert_eq!(checks(&ours), checks(&theirs));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn node() -> Result<()> {
    let Some(command) = programs::node() else {
        return Ok(());
    };
    drive(program("node", command), 40).await
}

/// The same programs on our own package: only what they import is another, and everything that they
/// check comes out the same.
#[tokio::test(flavor = "multi_thread")]
async fn node_on_iii_kit() -> Result<()> {
    let (Some(published), Some(own)) = (programs::node(), programs::node_on_iii_kit()) else {
        return Ok(());
    };
    let options = ProcessOptions::default();
    let (theirs, _) = run(program("node", published), options.clone(), None).await?;
    let (ours, telemetry) = run(program("node", own), options, None).await?;
    all_hold(&ours, 40);
    // Spans are sent when they are asked for; log lines always are.
    assert!(telemetry.contains(&"LOGS".to_owned()), "{telemetry:?}");
    assert_eq!(checks(&ours), checks(&theirs));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn node_over_tls() -> Result<()> {
    let Some(mut command) = programs::node() else {
        return Ok(());
    };
    let authority = Authority::new();
    command.env("NODE_EXTRA_CA_CERTS", authority.ca_file());
    drive_over_tls(program("node", command), 40, &authority).await
}

/// The same sources on the published packages and on what iii-kit offers in their place.
#[tokio::test(flavor = "multi_thread")]
async fn rust() -> Result<()> {
    let [published, ours] = programs::rust().await?;
    let options = ProcessOptions::default();
    let published = run(program("rust", published), options.clone(), None);
    let ours = run(program("rust-kit", ours), options, None);
    let (published, ours) = tokio::join!(published, ours);
    let ((published, telemetry), (ours, _)) = (published?, ours?);
    all_hold(&published, 38);
    telemetry_came(&telemetry);
    // Ours hands its telemetry to `tracing` and exports nothing itself.
    all_hold(&ours, 38);
    assert_eq!(checks(&ours), checks(&published));
    Ok(())
}
