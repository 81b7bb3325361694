//! `iii functions list`

use crate::failure::Failure;
use crate::listing;
use clap::Subcommand;
use serde::Deserialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List functions: id, namespace, worker, description
    List {
        /// Also show the engine's own functions
        #[arg(long)]
        all: bool,

        #[command(flatten)]
        listing: listing::Options,
    },
}

#[derive(Deserialize)]
struct Answer {
    functions: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    function_id: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    worker_name: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    let Command::List { all, listing } = command;
    let input = if all {
        r#"{"include_internal":true}"#
    } else {
        "{}"
    };
    listing::run(
        &listing,
        "engine::functions::list",
        input,
        ["FUNCTION", "NAMESPACE", "WORKER", "DESCRIPTION"],
        |mut answer: Answer| {
            answer.functions.sort_by(|a, b| {
                (&a.namespace, &a.function_id).cmp(&(&b.namespace, &b.function_id))
            });
            answer.functions.into_iter().map(row).collect()
        },
    )
}

fn row(function: Row) -> [String; 4] {
    [
        function.function_id,
        function.namespace,
        function.worker_name.unwrap_or_default(),
        function.description.unwrap_or_default(),
    ]
}
