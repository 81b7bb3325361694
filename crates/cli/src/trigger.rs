//! `iii trigger FUNCTION [KEY=VALUE ...]`

mod describe;
mod payload;

use crate::connect::{self, Engine};
use crate::env;
use crate::failure::Failure;
use crate::{json, output};
use clap::Args;
use iii_kit::{Payload, RawTriggerRequest, TriggerAction};
use std::io::Read;
use std::num::NonZeroU32;
use std::time::Duration;

/// Largest payload read from stdin, in bytes: what an engine accepts at most by default.
const STDIN_BYTES_MAX: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Function to call
    function: String,

    /// Fields of the payload. A value is JSON if it parses, and text otherwise; it overrides the
    /// same key of `--json`
    #[arg(value_name = "KEY=VALUE")]
    pairs: Vec<String>,

    /// The payload as JSON; `-` reads it from stdin
    #[arg(long, value_name = "JSON")]
    json: Option<String>,

    /// How long the call may take, in milliseconds
    #[arg(long, value_name = "MS", default_value = "30000")]
    timeout: NonZeroU32,

    /// Do not wait for the result
    #[arg(long, conflicts_with = "queue")]
    void: bool,

    /// Put the call on this queue, and print its receipt
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,

    /// Namespace of the function
    #[arg(long, short, value_name = "NAME", env = env::NAMESPACE)]
    namespace: Option<String>,

    /// Show what the function takes and returns, and do not call it
    #[arg(long, conflicts_with_all = ["pairs", "json", "void", "queue"])]
    describe: bool,

    #[command(flatten)]
    engine: Engine,
}

pub(crate) fn run(options: Options) -> Result<(), Failure> {
    if options.describe {
        let namespace = options.namespace.as_deref();
        return describe::run(&options.engine, &options.function, namespace);
    }
    let stdin = read_stdin(options.json.as_deref())?;
    let json = stdin.as_deref().or(options.json.as_deref());
    let payload = payload::build(json, &options.pairs)?
        .map(|text| Payload::from_trusted(text.into_bytes().into()));
    let mut request = RawTriggerRequest::new(options.function, payload)
        .timeout(Duration::from_millis(options.timeout.get().into()));
    if options.void {
        request = request.void();
    }
    if let Some(queue) = options.queue {
        request = request.action(TriggerAction::Enqueue { queue });
    }
    if let Some(namespace) = options.namespace {
        request = request.namespace(namespace);
    }
    match connect::block_on(connect::call(&options.engine, request))? {
        Some(result) => output::data(&format!("{}\n", json::pretty(&connect::text(&result)))),
        None => Ok(()),
    }
}

/// Reads stdin when `--json -` asks for it.
fn read_stdin(json: Option<&str>) -> Result<Option<String>, Failure> {
    if json != Some("-") {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(STDIN_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::failed(format!("cannot read stdin: {error}")))?;
    if text.len() as u64 > STDIN_BYTES_MAX {
        let message = format!("the payload on stdin is larger than {STDIN_BYTES_MAX} bytes");
        return Err(Failure::failed(message).hint("send large data through a channel"));
    }
    Ok(Some(text))
}
