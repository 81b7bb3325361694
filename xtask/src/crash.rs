//! `cargo xtask crash`: the tests that kill engines and workers, many times over.

use crate::process;
use anyhow::{Context, Result};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many times to run them
    #[arg(long, default_value_t = 20)]
    rounds: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}", options.rounds);
        let arguments = ["test", "--package", "iii-cli", "--test", "crash"];
        process::run(&mut process::cargo(&arguments))
            .with_context(|| format!("round {round} of {} failed", options.rounds))?;
    }
    Ok(())
}
