//! `state::delete`: removes an entry.

use super::{Answer, Call};
use crate::error::{self, store_code};
use crate::input;
use crate::store::Store;
use iii_kit::{Payload, RegisterFunction};
use iii_ports::kv::{Address, Write};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// Input of `state::delete`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateDeleteInput")]
struct Input<'a> {
    /// Group of entries.
    #[serde(borrow)]
    scope: Cow<'a, str>,
    /// Name within the scope.
    #[serde(borrow)]
    key: Cow<'a, str>,
    /// Delete only if the entry has this version.
    if_version: Option<u64>,
    /// What the engine adds for old workers, where it is told to.
    #[serde(default, rename = "_caller_worker_id")]
    #[schemars(skip)]
    _caller: IgnoredAny,
}

pub(super) fn describe(function: RegisterFunction) -> RegisterFunction {
    function
        .description("Removes an entry and returns its value; no result if there was none")
        .request_format_of::<Input<'_>>()
        .response_format_of::<serde_json::Value>()
}

pub(super) async fn run(store: &Store, call: Call<'_>) -> Answer {
    let input: Input<'_> = input::read(call.input)?;
    let at = Address::new(input.scope, input.key);
    let conditions = input::condition(&at, input.if_version);
    let outcome = store
        .commit_one(conditions, Write::Delete { at }, call.trace)
        .await;
    let outcome = outcome.map_err(|error| error::write_failed(error, store_code::DELETE))?;
    Ok(outcome.old.map(|entry| Payload::from_trusted(entry.value)))
}
