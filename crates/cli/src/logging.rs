//! What the engine and its workers log, on stderr.

use crate::env;
use crate::failure::Failure;
use std::io;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What is logged unless `III_LOG` says otherwise.
const DEFAULT: &str = "warn";

/// Begins to log. Called once, by commands that run an engine or a worker.
pub(crate) fn start() -> Result<(), Failure> {
    let wanted = env::get(env::LOG);
    let targets: Targets = wanted
        .as_deref()
        .unwrap_or(DEFAULT)
        .parse()
        .map_err(|error| {
            Failure::usage(format!("`{}` is not usable: {error}", env::LOG)).hint(
                "write a level such as `info`, or levels of parts as in `warn,iii_engine=debug`",
            )
        })?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .try_init()
        .map_err(|error| Failure::failed(format!("cannot log: {error}")))
}
