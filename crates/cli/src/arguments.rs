//! The command line: which commands there are. What a command takes stands in its own file.

use crate::{
    completions, data, functions, reference, sdk, serve, trigger, triggers, worker, workers,
};
use clap::{Parser, Subcommand};

/// One engine for functions, triggers and workers.
///
/// Without a command, `iii` serves: it starts the engine with the workers of `iii-config.yaml`, or,
/// where there is no such file, with all workers of this build on 127.0.0.1.
#[derive(Debug, Parser)]
#[command(
    name = "iii",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) serve: serve::Options,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the engine and its workers (the default)
    Serve(serve::Options),
    /// Call a function and print its result as JSON
    #[command(visible_alias = "t")]
    Trigger(trigger::Options),
    /// The functions of a running engine
    #[command(subcommand)]
    Functions(functions::Command),
    /// The workers of a running engine
    #[command(subcommand)]
    Workers(workers::Command),
    /// The triggers of a running engine
    #[command(subcommand)]
    Triggers(triggers::Command),
    /// Workers of this build
    #[command(subcommand)]
    Worker(worker::Command),
    /// What a stopped engine has kept: check it, copy it, bring a copy back
    #[command(subcommand)]
    Data(data::Command),
    /// The packages of the SDKs, for projects that depend on them by path
    #[command(subcommand)]
    Sdk(sdk::Command),
    /// Print a script that completes `iii` commands in a shell
    Completions(completions::Options),
    /// Print a page of the reference as Markdown
    #[command(hide = true)]
    Reference(reference::Options),
}
