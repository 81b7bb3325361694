//! `cargo xtask sim`: the simulator of the core, longer than the tests run it and with new seeds.

use crate::{clock, env, process};
use anyhow::Result;

/// The simulation that plays random lives.
const TEST: &str = "random_lives_keep_every_promise";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many seeds to play
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// Steps of each seed
    #[arg(long, default_value_t = 5000)]
    steps: u64,
    /// The first seed; another one every time when absent
    #[arg(long)]
    first: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let first = options.first.unwrap_or_else(clock::unix_seconds);
    eprintln!("seeds {first} to {}", first.saturating_add(options.seeds));
    let mut command = process::cargo(&["test", "--release", "--package", "iii-engine"]);
    command.args(["--test", "sim", TEST, "--", "--nocapture"]);
    command.env(env::SIM_FIRST, first.to_string());
    command.env(env::SIM_SEEDS, options.seeds.to_string());
    command.env(env::SIM_STEPS, options.steps.to_string());
    process::run(&mut command)
}
