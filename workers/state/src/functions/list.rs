//! `state::list`: the entries of a scope, in the order of their keys.

use super::{Answer, Call};
use crate::error::{self, store_code};
use crate::input;
use crate::json::{self, Object};
use crate::limits::{
    LIST_ANSWER_BYTES_MAX, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, LIST_PAGE_BYTES_MAX, READ_AHEAD,
};
use crate::store::Store;
use iii_kit::{HandlerError, Payload, RegisterFunction};
use iii_ports::kv::{Page, Scan};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// A cursor is this sign and the last key, so that the empty text is never one.
const CURSOR_SIGN: char = '>';

/// Input of `state::list`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateListInput")]
struct Input<'a> {
    /// Group of entries.
    #[serde(borrow)]
    scope: Cow<'a, str>,
    /// Only keys that begin so.
    #[serde(borrow, default)]
    prefix: Option<Cow<'a, str>>,
    /// Continue where the page with this cursor ended.
    #[serde(borrow, default)]
    cursor: Option<Cow<'a, str>>,
    /// Most entries; with `keys` 100 unless given.
    #[schemars(range(min = 1, max = 10_000))]
    limit: Option<usize>,
    /// Answer `{items: [{key, value, version}], cursor}` instead of an array of values.
    keys: Option<bool>,
    /// What the engine adds for old workers, where it is told to.
    #[serde(default, rename = "_caller_worker_id")]
    #[schemars(skip)]
    _caller: IgnoredAny,
}

/// Output of `state::list`.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "StateListOutput")]
#[expect(dead_code, reason = "only its schema is used")]
enum Output {
    /// The values, in the order of their keys.
    Values(Vec<serde_json::Value>),
    /// With `keys: true`.
    Page {
        /// The entries, in the order of their keys.
        items: Vec<Item>,
        /// Continues the list; `null` at its end.
        cursor: Option<String>,
    },
}

/// One entry of a page.
#[derive(JsonSchema)]
#[schemars(rename = "StateListItem")]
#[expect(dead_code, reason = "only its schema is used")]
struct Item {
    /// Name within the scope.
    key: String,
    /// The stored value.
    value: serde_json::Value,
    /// The entry's version.
    version: u64,
}

pub(super) fn describe(function: RegisterFunction) -> RegisterFunction {
    function
        .description("Lists the values of a scope in key order, or pages of keys and values")
        .request_format_of::<Input<'_>>()
        .response_format_of::<Output>()
}

pub(super) async fn run(store: &Store, call: Call<'_>) -> Answer {
    let input: Input<'_> = input::read(call.input)?;
    if input
        .limit
        .is_some_and(|limit| limit == 0 || limit > LIST_LIMIT_MAX)
    {
        let message = format!("`limit` must be between 1 and {LIST_LIMIT_MAX}");
        return Err(error::invalid(message));
    }
    let scan = Scan {
        scope: &input.scope,
        prefix: input.prefix.as_deref().unwrap_or_default(),
        after: after(input.cursor.as_deref())?,
        limit: input.limit.unwrap_or(LIST_LIMIT_DEFAULT),
        bytes_max: LIST_PAGE_BYTES_MAX,
    };
    if input.keys == Some(true) {
        Ok(Some(page(&read(store, scan).await?)))
    } else {
        values(store, scan, input.limit.unwrap_or(usize::MAX)).await
    }
}

fn page(page: &Page) -> Payload {
    let mut items = vec![b'['];
    for (index, (key, entry)) in page.items.iter().enumerate() {
        if index > 0 {
            items.push(b',');
        }
        let item = Object::with_capacity(64 + key.len() + entry.value.len())
            .string("key", key)
            .raw("value", &entry.value)
            .number("version", entry.version.0);
        items.extend(item.into_text());
    }
    items.push(b']');
    let answer = Object::with_capacity(items.len() + 64).raw("items", &items);
    match &page.next {
        Some(last) => answer.string("cursor", &format!("{CURSOR_SIGN}{last}")),
        None => answer.raw("cursor", b"null"),
    }
    .into_payload()
}

/// The values of at most `limit` entries as one array, read from the store piece by piece.
async fn values(store: &Store, first: Scan<'_>, limit: usize) -> Answer {
    let mut array = vec![b'['];
    let (mut left, mut last) = (limit, None::<String>);
    while left > 0 {
        let after = last.as_deref().or(first.after);
        let scan = Scan {
            after,
            limit: left.min(READ_AHEAD),
            ..first
        };
        let page = read(store, scan).await?;
        for (_, entry) in &page.items {
            if array.len() > 1 {
                array.push(b',');
            }
            array.extend_from_slice(&entry.value);
            if array.len() > LIST_ANSWER_BYTES_MAX {
                return Err(error::answer_too_large(LIST_ANSWER_BYTES_MAX));
            }
        }
        left -= page.items.len();
        last = page.next;
        if last.is_none() {
            break;
        }
    }
    array.push(b']');
    Ok(Some(json::payload(array)))
}

async fn read(store: &Store, scan: Scan<'_>) -> Result<Page, HandlerError> {
    let page = store.scan(scan).await;
    page.map_err(|error| error::read_failed(error, store_code::LIST))
}

fn after(cursor: Option<&str>) -> Result<Option<&str>, HandlerError> {
    match cursor {
        None | Some("") => Ok(None),
        Some(cursor) => match cursor.strip_prefix(CURSOR_SIGN) {
            Some(key) => Ok(Some(key)),
            None => Err(error::invalid(
                "`cursor` is not one that `state::list` gave",
            )),
        },
    }
}
