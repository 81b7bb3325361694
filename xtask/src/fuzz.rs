//! `cargo xtask fuzz`: the fuzz targets, with the pinned toolchain and no further tools.
//!
//! libFuzzer's instrumentation is switched on by compiler flags that stable Rust has; what
//! `cargo fuzz` on nightly adds is the address sanitizer.

use crate::{env, paths, process};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const INSTRUMENTATION: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Clink-dead-code";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The target to run; lists them when absent
    target: Option<String>,
    /// How long to run
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = paths::root().join("fuzz");
    let targets = targets(&folder)?;
    let Some(target) = &options.target else {
        for target in targets {
            println!("{target}");
        }
        return Ok(());
    };
    let known = targets.join(", ");
    ensure!(
        targets.contains(target),
        "no fuzz target `{target}`; there are: {known}"
    );
    let corpus = folder.join("corpus").join(target);
    seed(&corpus)?;
    let mut command = process::cargo(&["run", "--release", "--manifest-path", "fuzz/Cargo.toml"]);
    // With a target named, the flags reach the fuzzed code and spare build scripts.
    command.args(["--target", &host()?, "--bin", target, "--"]);
    command.arg(format!("-max_total_time={}", options.seconds));
    command.arg(format!(
        "-artifact_prefix={}/",
        artifacts(&folder)?.display()
    ));
    command.arg(&corpus).env(env::RUSTFLAGS, INSTRUMENTATION);
    process::run(&mut command)
}

fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("fuzz_targets"))? {
        let path = entry?.path();
        let stem = path
            .file_stem()
            .filter(|_| path.extension().is_some_and(|end| end == "rs"));
        names.extend(stem.map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// The golden vectors are the first corpus: one input for each `wire`.
fn seed(corpus: &Path) -> Result<()> {
    fs::create_dir_all(corpus)?;
    for entry in fs::read_dir(paths::root().join("protocol/vectors"))? {
        let path = entry?.path();
        let vectors: Value = serde_json::from_str(&fs::read_to_string(&path)?)
            .with_context(|| format!("{}", path.display()))?;
        let kind = path.file_stem().unwrap_or_default().to_string_lossy();
        for (index, vector) in vectors.as_array().into_iter().flatten().enumerate() {
            if let Some(wire) = vector["wire"].as_str() {
                fs::write(corpus.join(format!("vector-{kind}-{index}")), wire)?;
            }
        }
    }
    Ok(())
}

fn artifacts(folder: &Path) -> Result<PathBuf> {
    let artifacts = folder.join("artifacts");
    fs::create_dir_all(&artifacts)?;
    Ok(artifacts)
}

/// The triple of this machine.
fn host() -> Result<String> {
    let said = process::capture(Command::new("rustc").arg("-vV"))?;
    let line = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc names no host")?.to_owned())
}
