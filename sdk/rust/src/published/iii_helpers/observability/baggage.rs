//! Entries that travel with a trace, as in the W3C `baggage` header line.

use super::trace::{active_trace, within_trace};
use crate::{Text, TraceContext, baggage};
use std::collections::{BTreeMap, HashMap};
use std::future::Future;

/// The baggage as the text of a `baggage` header line.
pub fn inject_baggage() -> Option<String> {
    active_trace()?.baggage.map(|text| text.to_string())
}

/// One entry.
pub fn get_baggage_entry(key: &str) -> Option<String> {
    entries(active_trace()?.baggage.as_ref()).remove(key)
}

/// All entries.
pub fn get_all_baggage() -> HashMap<String, String> {
    let baggage = active_trace().and_then(|trace| trace.baggage);
    entries(baggage.as_ref()).into_iter().collect()
}

/// Runs `future` with further entries, which go along with every call made in it.
///
/// ```
/// use iii_kit::published::iii_helpers::observability::{get_baggage_entry, run_with_baggage};
/// # async fn example() {
/// let tenant = run_with_baggage(&[("tenant", "acme")], async { get_baggage_entry("tenant") });
/// assert_eq!(tenant.await.as_deref(), Some("acme"));
/// # }
/// ```
pub async fn run_with_baggage<F, T>(further: &[(&str, &str)], future: F) -> T
where
    F: Future<Output = T>,
{
    let trace = active_trace().unwrap_or_default();
    let mut all = entries(trace.baggage.as_ref());
    for (key, value) in further {
        all.insert((*key).to_owned(), (*value).to_owned());
    }
    let baggage = (!all.is_empty()).then(|| Text::from(line(&all)));
    within_trace(Some(TraceContext { baggage, ..trace }), future).await
}

/// Reads a header line. Properties of entries, after a `;`, are not kept.
fn entries(line: Option<&Text>) -> BTreeMap<String, String> {
    let entries = baggage::parse(line.map_or("", Text::as_str));
    entries
        .map(|entry| (entry.key.to_owned(), entry.value))
        .collect()
}

fn line(entries: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (key, value) in entries {
        baggage::put(&mut text, key, value, "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn entries_travel_and_the_innermost_wins() {
        assert!(get_all_baggage().is_empty());
        let outer = [("tenant", "acme"), ("plan", "größe, 100%")];
        run_with_baggage(&outer, async {
            assert_eq!(get_baggage_entry("plan").as_deref(), Some("größe, 100%"));
            run_with_baggage(&[("tenant", "other")], async {
                assert_eq!(get_baggage_entry("tenant").as_deref(), Some("other"));
                assert_eq!(get_all_baggage().len(), 2);
            })
            .await;
            assert_eq!(get_baggage_entry("tenant").as_deref(), Some("acme"));
            let line = inject_baggage().unwrap();
            assert_eq!(line, "plan=gr%C3%B6%C3%9Fe%2C%20100%25,tenant=acme");
        })
        .await;
        assert_eq!(inject_baggage(), None);
    }
}
