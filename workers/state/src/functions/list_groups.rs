//! `state::list_groups`: the scopes that hold an entry.

use super::{Answer, Call};
use crate::error::{self, store_code};
use crate::json::{self, Object};
use crate::limits::{LIST_ANSWER_BYTES_MAX, READ_AHEAD};
use crate::store::Store;
use iii_kit::RegisterFunction;
use schemars::JsonSchema;

/// Input of `state::list_groups`: nothing.
#[derive(JsonSchema)]
#[schemars(rename = "StateListGroupsInput")]
struct Input {}

/// Output of `state::list_groups`.
#[derive(JsonSchema)]
#[schemars(rename = "StateListGroupsOutput")]
#[expect(dead_code, reason = "only its schema is used")]
struct Output {
    /// The scopes in byte order.
    groups: Vec<String>,
}

pub(super) fn describe(function: RegisterFunction) -> RegisterFunction {
    function
        .description("Lists the scopes that hold at least one entry")
        .request_format_of::<Input>()
        .response_format_of::<Output>()
}

pub(super) async fn run(store: &Store, _: Call<'_>) -> Answer {
    let mut groups = vec![b'['];
    let mut last: Option<String> = None;
    loop {
        let page = store.scopes(last.as_deref(), READ_AHEAD).await;
        let page = page.map_err(|error| error::read_failed(error, store_code::LIST_GROUPS))?;
        for scope in &page.scopes {
            if groups.len() > 1 {
                groups.push(b',');
            }
            json::write_string(&mut groups, scope);
        }
        if groups.len() > LIST_ANSWER_BYTES_MAX {
            return Err(error::answer_too_large(LIST_ANSWER_BYTES_MAX));
        }
        last = page.next;
        if last.is_none() {
            break;
        }
    }
    groups.push(b']');
    Ok(Some(
        Object::with_capacity(groups.len() + 16)
            .raw("groups", &groups)
            .into_payload(),
    ))
}
