//! `cargo xtask`: everything a developer or CI runs, in Rust instead of shell.
//!
//! **Invariant:** a command listed here does real work; nothing is registered ahead of its time.
//! **Invariant:** no part of the product depends on this crate.
//!
//! Start reading at [`Command`]: one variant per command, one file or folder per variant.
#![expect(
    clippy::print_stderr,
    reason = "a command line tool: stdout is its data, stderr its talk"
)]

mod generate;
mod paths;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write what is generated from `protocol/*.toml` (`--check`: only compare)
    Gen(generate::Options),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Gen(options) => generate::run(&options),
    }
}
