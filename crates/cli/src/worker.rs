//! `iii worker run NAME`

use crate::connect::Engine;
use crate::failure::Failure;
use crate::output::talk;
use crate::{connect, logging};
use clap::{Args, Subcommand};
use iii_host::{Backends, BuiltIn, Plan, Signals, StoreConfig};
use iii_kit::{ClientOptions, StartError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long running calls may take to finish once the worker is asked to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one worker of this build as its own process, connected to an engine
    Run(Options),
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The worker, by its name in `workers`
    name: String,

    /// Configuration file in which the worker's `config` is read. Default: its defaults
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Folder for what the worker keeps. Default: `.iii/workers/NAME`
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,

    #[command(flatten)]
    engine: Engine,
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    let Command::Run(options) = command;
    logging::start()?;
    iii_host::raise_open_files();
    let (built_in, plan) = iii_host::plan_of(&options.name, options.config.as_deref())?;
    let folder = || Path::new(".iii/workers").join(built_in.name);
    let backends = Backends::in_folder(
        options.data_dir.clone().unwrap_or_else(folder),
        StoreConfig::default(),
    );
    connect::block_on(run_worker(built_in, &plan, &backends, &options.engine))
}

async fn run_worker(
    built_in: &BuiltIn,
    plan: &Plan,
    backends: &Backends,
    engine: &Engine,
) -> Result<(), Failure> {
    let name = built_in.name;
    let mut signals = Signals::new()
        .map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")))?;
    let failed = |error: StartError| Failure::failed(format!("worker `{name}`: {error}"));
    let made = plan.make(backends).map_err(failed)?;
    let worker = made.worker;
    let options = ClientOptions::new(worker.options());
    talk(&format!("worker `{name}`: connecting to {}", engine.url));
    let attached = tokio::select! {
        attached = iii_kit::attach(engine.dial()?, worker, options) => {
            attached.map_err(failed)?
        }
        signal = signals.next() => {
            talk(&format!("{signal}: stopped before the worker was ready"));
            return Ok(());
        }
    };
    let place = made
        .address
        .await
        .map(|address| format!(" on {address}"))
        .unwrap_or_default();
    talk(&format!("worker `{name}`: serving{place}"));
    let client = attached.client().clone();
    tokio::select! {
        signal = signals.next() => talk(&format!("{signal}: finishing running calls")),
        Some(rejection) = client.wait_ended() => {
            return Err(Failure::failed(format!("worker `{name}`: {rejection}")));
        }
    }
    tokio::select! {
        () = attached.stop(DRAIN_TIMEOUT) => {
            talk("stopped");
            Ok(())
        }
        signal = signals.again() => {
            Err(Failure::failed(format!("{signal}: stopped before all running calls had ended")))
        }
    }
}
