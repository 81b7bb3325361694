//! `iii workers list`

use crate::failure::Failure;
use crate::listing;
use clap::Subcommand;
use serde::Deserialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List connected workers: name, namespace, functions, calls in flight, runtime, id
    List {
        #[command(flatten)]
        listing: listing::Options,
    },
}

#[derive(Deserialize)]
struct Answer {
    workers: Vec<Worker>,
}

#[derive(Deserialize)]
struct Worker {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    runtime: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    function_count: u64,
    #[serde(default)]
    active_invocations: u64,
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    let Command::List { listing } = command;
    listing::run(
        &listing,
        "engine::workers::list",
        "{}",
        [
            "WORKER",
            "NAMESPACE",
            "FUNCTIONS",
            "CALLS",
            "RUNTIME",
            "VERSION",
            "ID",
        ],
        |mut answer: Answer| {
            answer.workers.sort_by(|a, b| {
                (&a.namespace, &a.name, &a.id).cmp(&(&b.namespace, &b.name, &b.id))
            });
            answer.workers.into_iter().map(row).collect()
        },
    )
}

fn row(worker: Worker) -> [String; 7] {
    [
        worker.name.unwrap_or_default(),
        worker.namespace,
        worker.function_count.to_string(),
        worker.active_invocations.to_string(),
        worker.runtime.unwrap_or_default(),
        worker.version.unwrap_or_default(),
        worker.id,
    ]
}
