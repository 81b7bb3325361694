//! `iii serve`, and `iii` alone

mod report;

use crate::failure::Failure;
use crate::output::talk;
use crate::{connect, logging};
use clap::Args;
use iii_host::{Config, FileWatch, Host, Signals};
use report::Report;
use std::path::PathBuf;

#[derive(Debug, Default, Args)]
pub(crate) struct Options {
    /// Configuration file. Default: `iii-config.yaml` or `config.yaml` in this folder; without
    /// either, all workers of this build run on 127.0.0.1
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print one line of JSON on stdout when the engine is ready, and at every reload
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: Options) -> Result<(), Failure> {
    logging::start()?;
    iii_host::raise_open_files();
    let config = iii_host::load(options.config.as_deref())?;
    let report = Report::new(options.json);
    // Engine and workers run on the engine's own threads; this one waits and reports.
    connect::block_on(serve(config, &report))
}

async fn serve(config: Config, report: &Report) -> Result<(), Failure> {
    let mut signals = Signals::new()
        .map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")))?;
    for notice in &config.notices {
        talk(&format!("note: {notice}"));
    }
    let watch = watch(&config);
    let mut host = tokio::select! {
        started = Host::start(config) => started.map_err(|error| start_failure(&error))?,
        signal = signals.next() => {
            talk(&format!("{signal}: stopped before the engine was ready"));
            return Ok(());
        }
    };
    report.ready(&host)?;
    let signal = loop {
        tokio::select! {
            signal = signals.next() => break signal,
            () = changed(watch.as_ref()) => {}
        }
        tokio::select! {
            signal = signals.next() => break signal,
            done = reload(&mut host, report) => done?,
        }
    };
    stop(host, &mut signals, signal).await
}

/// Reads the file again and applies it. Whatever is wrong with it is reported, and the engine runs
/// on.
async fn reload(host: &mut Host, report: &Report) -> Result<(), Failure> {
    let Some(path) = host.config().source.clone() else {
        return Ok(());
    };
    match iii_host::load(Some(&path)) {
        Ok(config) => {
            let notices = config.notices.clone();
            let reloaded = host.reload(config).await;
            report.reloaded(&path, &reloaded, &notices)
        }
        Err(error) => report.not_reloaded(&error),
    }
}

async fn stop(host: Host, signals: &mut Signals, signal: &str) -> Result<(), Failure> {
    let limit_ms = host.config().limits.drain_timeout_ms;
    talk(&format!(
        "{signal}: finishing running calls, at most {limit_ms} ms; once more stops at once"
    ));
    tokio::select! {
        all_ended = host.stop() => {
            talk(if all_ended { "stopped" } else { "stopped; some calls had not ended in time" });
            Ok(())
        }
        signal = signals.again() => {
            Err(Failure::failed(format!("{signal}: stopped before all running calls had ended")))
        }
    }
}

/// The engine runs without the watch too: then a change needs a restart.
fn watch(config: &Config) -> Option<FileWatch> {
    let path = config.source.as_deref()?;
    match FileWatch::new(path) {
        Ok(watch) => Some(watch),
        Err(error) => {
            talk(&format!(
                "warning: changes of `{}` will not be noticed: {error}\n\
                 hint: restart the engine after a change",
                path.display()
            ));
            None
        }
    }
}

async fn changed(watch: Option<&FileWatch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}

fn start_failure(error: &iii_host::StartError) -> Failure {
    let failure = Failure::failed(error.to_string());
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
