//! What `functions list`, `workers list` and `triggers list` have in common.

use crate::connect::{self, Engine};
use crate::failure::Failure;
use crate::{json, output, table};
use clap::Args;
use serde::de::DeserializeOwned;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Print the engine's answer as JSON instead of a table
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    engine: Engine,
}

/// Asks the engine's own function `function_id` and prints its answer as a table.
pub(crate) fn run<Answer: DeserializeOwned, const COLUMNS: usize>(
    options: &Options,
    function_id: &str,
    input: &str,
    heading: [&str; COLUMNS],
    rows: impl FnOnce(Answer) -> Vec<[String; COLUMNS]>,
) -> Result<(), Failure> {
    let answer = connect::ask(&options.engine, function_id, input)?;
    if options.json {
        return output::data(&format!("{}\n", json::pretty(&answer)));
    }
    let answer = serde_json::from_str(&answer).map_err(|error| {
        Failure::failed(format!("cannot read the engine's answer: {error}"))
            .hint("the engine may be of another version; `--json` shows what it said")
    })?;
    output::data(&table::render(heading, &rows(answer)))
}
