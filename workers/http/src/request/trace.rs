//! The trace a request continues.

use super::headers::text;
use http::HeaderMap;
use iii_kit::{Text, TraceContext};

/// The W3C trace context of a request, if it has a usable `traceparent`. Every flag byte and every
/// version but `ff` is continued.
pub(crate) fn context(headers: &HeaderMap) -> Option<TraceContext> {
    let parent = headers.get("traceparent")?.to_str().ok()?.trim();
    if !is_traceparent(parent) {
        return None;
    }
    Some(TraceContext {
        traceparent: Some(parent.into()),
        tracestate: joined(headers, "tracestate"),
        baggage: joined(headers, "baggage"),
    })
}

fn joined(headers: &HeaderMap, name: &str) -> Option<Text> {
    let mut values = headers.get_all(name).iter().map(text);
    let mut all = values.next()?.into_owned();
    for value in values {
        all.push(',');
        all.push_str(&value);
    }
    Some(all.into())
}

fn is_traceparent(value: &str) -> bool {
    let mut parts = value.split('-');
    let mut field = |length: usize| {
        parts
            .next()
            .filter(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let (version, trace, span, flags) = (field(2), field(32), field(16), field(2));
    let not_zero = |part: Option<&str>| part.is_some_and(|part| part.bytes().any(|b| b != b'0'));
    version.is_some_and(|version| !version.eq_ignore_ascii_case("ff"))
        && not_zero(trace)
        && not_zero(span)
        && flags.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

    fn of(fields: &[(&'static str, &str)]) -> Option<TraceContext> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        context(&headers)
    }

    #[test]
    fn any_flags_are_continued_with_state_and_baggage() {
        for flags in ["00", "01", "03", "ff"] {
            let parent = format!("{PARENT}-{flags}");
            let trace = of(&[
                ("traceparent", &parent),
                ("tracestate", "a=1"),
                ("tracestate", "b=2"),
                ("baggage", "user=7"),
            ])
            .unwrap();
            assert_eq!(trace.traceparent.unwrap(), parent.as_str());
            assert_eq!(trace.tracestate.unwrap(), "a=1,b=2");
            assert_eq!(trace.baggage.unwrap(), "user=7");
        }
    }

    #[test]
    fn a_broken_parent_starts_a_new_trace() {
        for parent in [
            "",
            "00",
            "zz",
            &format!("{PARENT}-0"),
            &format!("ff{}-01", &PARENT[2..]),
        ] {
            assert_eq!(of(&[("traceparent", parent)]), None, "{parent}");
        }
        let zero = format!("00-{}-b7ad6b7169203331-01", "0".repeat(32));
        assert_eq!(of(&[("traceparent", &zero)]), None);
    }
}
