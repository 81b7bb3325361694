//! `cargo xtask bench`: the engine against floors on the same machine in the same run.
//!
//! Every round measures floor and engine in turn, so that whatever else the machine does meets
//! both; figures are medians over the rounds. Absolute figures say little, ratios are quoted.

mod cases;
mod curl;
mod durable;
mod figures;
mod h2load;
mod lab;
mod peers;
mod protocol;
mod protocols;
mod queues;
mod sdks;
mod streams;
mod table;
mod tool;

use crate::{paths, process};
use anyhow::{Result, ensure};
use cases::Case;
use figures::Figures;
use lab::Lab;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// One short round, to see that everything runs; its figures mean little
    #[arg(long)]
    quick: bool,
    /// Measure only this; may be repeated. Names: those of the table, `no-loss`, `sdk-typescript`
    /// and `sdk-python`
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Rounds
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Executor threads of the engine; its own default when absent
    #[arg(long)]
    threads: Option<u32>,
    /// Print one JSON document instead of the table
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let cases = chosen(&options.only)?;
    let packages = [
        "build",
        "--release",
        "--package",
        "iii-load",
        "--package",
        "iii-cli",
    ];
    process::run(&mut process::cargo(&packages))?;
    let release = paths::target()?.join("release");
    let lab = Lab::new(&release, options.quick, options.threads)?;
    let rounds = if options.quick {
        1
    } else {
        options.rounds.max(1)
    };
    let mut figures = Figures::default();
    for round in 1..=rounds {
        for case in &cases {
            eprintln!("round {round} of {rounds}: {}", case.name);
            match (case.measure)(&lab) {
                Ok(samples) => figures.add(case.name, samples),
                Err(error) => figures.fail(case.name, &error),
            }
        }
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&figures.lines())?);
    } else {
        print!("{}", table::render(&figures.lines()));
    }
    for (name, error) in figures.failures() {
        eprintln!("{name} failed: {error}");
    }
    ensure!(
        figures.failures().is_empty(),
        "not everything could be measured"
    );
    Ok(())
}

/// The cases asked for; without any, those that belong to every run.
fn chosen(only: &[String]) -> Result<Vec<&'static Case>> {
    for name in only {
        let known = cases::ALL.iter().any(|case| case.name == name);
        let names: Vec<_> = cases::ALL.iter().map(|case| case.name).collect();
        ensure!(
            known,
            "no measurement `{name}`; there are: {}",
            names.join(", ")
        );
    }
    let asked = |case: &&Case| {
        if only.is_empty() {
            case.in_every_run
        } else {
            only.iter().any(|name| name == case.name)
        }
    };
    Ok(cases::ALL.iter().filter(asked).collect())
}
