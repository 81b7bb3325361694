//! The `iii` command.
//!
//! **Invariant:** stdout is data, stderr is talk; only `output.rs` writes to either.
//! **Invariant:** a command is parse, call, render. What the engine or a worker does is elsewhere.
//!
//! Start reading at [`arguments`]: one command, one file.

mod arguments;
mod completions;
mod connect;
mod data;
mod env;
mod failure;
mod functions;
mod json;
mod listing;
mod logging;
mod output;
mod reference;
mod sdk;
mod serve;
mod table;
mod trigger;
mod triggers;
mod worker;
mod workers;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::talk(&format!("error: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command.unwrap_or(Command::Serve(arguments.serve)) {
        Command::Serve(options) => serve::run(options),
        Command::Trigger(options) => trigger::run(options),
        Command::Functions(command) => functions::run(command),
        Command::Workers(command) => workers::run(command),
        Command::Triggers(command) => triggers::run(command),
        Command::Worker(command) => worker::run(command),
        Command::Data(command) => data::run(command),
        Command::Sdk(command) => sdk::run(command),
        Command::Completions(options) => completions::run(&options),
        Command::Reference(options) => reference::run(&options),
    }
}
