//! `cargo xtask test`: exactly what CI runs, from setup to the closing table.
//!
//! A step that fails does not end the run: one run shows everything there is to mend.

mod counts;
mod skips;

use crate::{check, demo, env, package, paths, process, setup, tidy};
use anyhow::{Result, bail};
use counts::{Counts, Runner};
use setup::report::Report;
use std::{
    fs,
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};

type Step = fn() -> Result<()>;

const STEPS: &[(&str, Step)] = &[
    ("formatting", check::format),
    ("clippy", check::clippy),
    ("tidy", tidy::run),
    ("build", build),
    ("published Rust client", build_published_client),
    ("demo quickstart", demo::quickstart),
    ("demo polyglot", demo::polyglot),
];

pub(crate) fn run() -> Result<()> {
    let mut failures = Vec::new();
    let report = setup::prepare()?;
    failures.extend(
        report
            .failed()
            .iter()
            .map(|part| format!("setup of {}", part.name)),
    );
    // Everything that follows is built with the packages inside, so that their export is tested.
    if package::is_possible(&report)
        && let Err(error) = package::build(&report)
    {
        eprintln!("{error:#}");
        failures.push("packages of the SDKs".to_owned());
    }
    for (name, step) in STEPS {
        if let Err(error) = step() {
            eprintln!("{error:#}");
            failures.push((*name).to_owned());
        }
    }
    let log = paths::target()?.join("skips.txt");
    fs::write(&log, "")?;
    let mut counts = Counts::default();
    for mut suite in suites() {
        suite.command.env(env::SKIP_LOG, &log);
        package::embed(&mut suite.command)?;
        let (clean, counted) = suite.run()?;
        counts.add(counted);
        // A suite that does not compile fails without a failed test to count.
        if !clean && counted.failed == 0 {
            failures.push(suite.name.to_owned());
        }
    }
    conclude(&report, &log, counts, &failures)
}

/// The closing table, and the one plain line that ends every run.
fn conclude(report: &Report, log: &Path, counts: Counts, failures: &[String]) -> Result<()> {
    let skips = skips::collect(report, &fs::read_to_string(log)?)?;
    let in_tests = skips.iter().filter(|skip| skip.in_test).count();
    let refused = skips.iter().filter(|skip| skip.refused).count();
    for failure in failures {
        println!("failed: {failure}");
    }
    print!("{}", skips::table(&skips));
    // A test that skips ends well as far as its runner knows, so it was counted as passed.
    let passed = counts.passed.saturating_sub(in_tests);
    let setup_failures = skips
        .iter()
        .filter(|skip| skip.refused && !skip.in_test)
        .count();
    let failed = counts.failed + failures.len() + refused - setup_failures;
    let skipped = skips.len() - refused;
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed > 0 {
        bail!("{failed} failed");
    }
    Ok(())
}

/// The binaries that process tests start.
fn build() -> Result<()> {
    let mut command = process::cargo(&["build", "--workspace", "--bins"]);
    package::embed(&mut command)?;
    process::run(&mut command)
}

/// The program on the published Rust client has a hundred crates of its own to build, which must
/// not count as a test that hangs.
fn build_published_client() -> Result<()> {
    let target = paths::target()?.join("compat-rust");
    let manifest = paths::root().join("tests/compat/rust/Cargo.toml");
    let mut command = process::cargo(&["build", "--quiet"]);
    command
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(target);
    process::run(&mut command)
}

/// One run of one test runner.
struct Suite {
    name: &'static str,
    runner: Runner,
    command: Command,
}

fn suites() -> [Suite; 2] {
    let nextest = process::succeeds(&mut process::cargo(&["nextest", "--version"]));
    let (runner, tests): (_, &[&str]) = if nextest {
        (
            Runner::Nextest,
            &[
                "nextest",
                "run",
                "--workspace",
                "--no-fail-fast",
                "--no-tests=pass",
            ],
        )
    } else {
        (
            Runner::Libtest,
            &[
                "test",
                "--workspace",
                "--lib",
                "--bins",
                "--tests",
                "--no-fail-fast",
            ],
        )
    };
    let documents = ["test", "--workspace", "--doc", "--no-fail-fast"];
    [
        Suite {
            name: "tests",
            runner,
            command: process::cargo(tests),
        },
        Suite {
            name: "documentation tests",
            runner: Runner::Libtest,
            command: process::cargo(&documents),
        },
    ]
}

impl Suite {
    /// Runs it; whether it ended well, and what it counted.
    fn run(&mut self) -> Result<(bool, Counts)> {
        let counts = Mutex::new(Counts::default());
        let clean = process::watch(&mut self.command, &|line| {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.add(Counts::of_line(self.runner, line));
        })?;
        let counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((clean, counts))
    }
}
