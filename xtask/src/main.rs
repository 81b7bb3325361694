//! `cargo xtask`: everything a developer or CI runs, in Rust instead of shell.
//!
//! **Invariant:** a command listed here does real work; nothing is registered ahead of its time.
//! **Invariant:** no part of the product depends on this crate.
//!
//! Start reading at [`Command`]: one variant per command, one file or folder per variant.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: stdout is its data, stderr its talk"
)]

mod bench;
mod check;
mod clock;
mod crash;
mod demo;
mod engine;
mod env;
mod fuzz;
mod generate;
mod http;
mod load;
mod package;
mod paths;
mod process;
mod required;
mod server;
mod setup;
mod sim;
mod soak;
mod table;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure the engine against floors and the targets of the design
    Bench(bench::Options),
    /// Run the quick checks: formatting, clippy, tidy
    Check,
    /// Kill engines and workers under load, many times over
    Crash(crash::Options),
    /// Tell a story of `examples/` with a real engine and real workers, and check its answers
    Demo(demo::Options),
    /// Run a fuzz target from the golden vectors on, or list the targets
    Fuzz(fuzz::Options),
    /// Write what is generated from `protocol/*.toml` (`--check`: only compare)
    Gen(generate::Options),
    /// Build the packages of the SDKs, and a release `iii` that carries them
    Package,
    /// Install what the tests need, as far as this machine lets us
    Setup,
    /// Play the simulator of the core with many new seeds
    Sim(sim::Options),
    /// Load an engine for a long time and see that its memory stays and no call is lost
    Soak(soak::Options),
    /// Run exactly what CI runs: setup, checks, build, every test, and a table of what was skipped
    Test,
    /// Check the rules of the house that the compiler cannot
    Tidy,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Bench(options) => bench::run(&options),
        Command::Check => check::run(),
        Command::Crash(options) => crash::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Gen(options) => generate::run(&options),
        Command::Package => package::run(),
        Command::Setup => setup::run(),
        Command::Sim(options) => sim::run(&options),
        Command::Soak(options) => soak::run(&options),
        Command::Test => test::run(),
        Command::Tidy => tidy::run(),
    }
}
