//! `state::get`: one value, as it was stored.

use super::{Answer, Call};
use crate::error::{self, store_code};
use crate::input;
use crate::store::Store;
use iii_kit::{Payload, RegisterFunction};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

/// Input of `state::get`.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "StateGetInput")]
struct Input<'a> {
    /// Group of entries.
    #[serde(borrow)]
    scope: Cow<'a, str>,
    /// Name within the scope.
    #[serde(borrow)]
    key: Cow<'a, str>,
}

pub(super) fn describe(function: RegisterFunction) -> RegisterFunction {
    function
        .description("Reads a value; there is no result if the entry does not exist")
        .request_format_of::<Input<'_>>()
        .response_format_of::<serde_json::Value>()
}

pub(super) async fn run(store: &Store, call: Call<'_>) -> Answer {
    let input: Input<'_> = input::read(call.input)?;
    let entry = store.get(&input.scope, &input.key).await;
    let entry = entry.map_err(|error| error::read_failed(error, store_code::GET))?;
    Ok(entry.map(|entry| Payload::from_trusted(entry.value)))
}
