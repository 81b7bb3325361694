//! `iii triggers list`

use crate::failure::Failure;
use crate::listing;
use clap::Subcommand;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List triggers: type, function, worker, configuration
    List {
        /// List trigger types instead: what functions can be bound to
        #[arg(long)]
        types: bool,

        #[command(flatten)]
        listing: listing::Options,
    },
}

#[derive(Deserialize)]
struct Triggers {
    registered_triggers: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    trigger_type: String,
    #[serde(default)]
    function_id: String,
    #[serde(default)]
    worker_name: Option<String>,
    #[serde(default)]
    config: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Types {
    triggers: Vec<Type>,
}

#[derive(Deserialize)]
struct Type {
    id: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    worker_name: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List {
            types: true,
            listing,
        } => list_types(&listing),
        Command::List {
            types: false,
            listing,
        } => list_triggers(&listing),
    }
}

fn list_triggers(options: &listing::Options) -> Result<(), Failure> {
    listing::run(
        options,
        "engine::registered-triggers::list",
        "{}",
        ["TYPE", "FUNCTION", "WORKER", "CONFIG", "ID"],
        |mut answer: Triggers| {
            answer.registered_triggers.sort_by(|a, b| {
                (&a.trigger_type, &a.function_id, &a.id).cmp(&(
                    &b.trigger_type,
                    &b.function_id,
                    &b.id,
                ))
            });
            answer
                .registered_triggers
                .into_iter()
                .map(|trigger| {
                    [
                        trigger.trigger_type,
                        trigger.function_id,
                        trigger.worker_name.unwrap_or_default(),
                        trigger
                            .config
                            .map(|config| config.get().to_owned())
                            .unwrap_or_default(),
                        trigger.id,
                    ]
                })
                .collect()
        },
    )
}

fn list_types(options: &listing::Options) -> Result<(), Failure> {
    listing::run(
        options,
        "engine::triggers::list",
        "{}",
        ["TYPE", "NAMESPACE", "WORKER", "DESCRIPTION"],
        |mut answer: Types| {
            answer
                .triggers
                .sort_by(|a, b| (&a.namespace, &a.id).cmp(&(&b.namespace, &b.id)));
            answer
                .triggers
                .into_iter()
                .map(|kind| {
                    [
                        kind.id,
                        kind.namespace,
                        kind.worker_name.unwrap_or_default(),
                        kind.description.unwrap_or_default(),
                    ]
                })
                .collect()
        },
    )
}
