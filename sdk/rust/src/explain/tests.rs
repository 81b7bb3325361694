use super::{explain_json, place};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Order {
    id: String,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    paid: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Line {
    article: String,
    count: u8,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Standard,
    Fifo,
}

fn explained(text: &str) -> String {
    let error = serde_json::from_str::<Order>(text).unwrap_err();
    explain_json(&error, text.as_bytes())
}

#[test]
fn the_field_is_named_wherever_it_is() {
    let cases = [
        (
            r#"{"id": "a", "delay_ms": -5}"#,
            "`delay_ms` is integer `-5`, expected a whole number from 0",
        ),
        (
            r#"{"delay_ms":"soon"}"#,
            "`delay_ms` is string \"soon\", expected a whole number from 0",
        ),
        (
            r#"{"id":7, "delay_ms":1}"#,
            "`id` is integer `7`, expected a string",
        ),
        (
            "{\n \"id\": \"a\",\n \"paid\":\n  \"yes\"}",
            "`paid` is string \"yes\", expected `true` or `false`",
        ),
        (r#"{"delay_ms":1}"#, "`id` is missing"),
        (r#"{"id":"a","id":"b"}"#, "`id` is given twice"),
        (
            r#"{"id":"a","lines":{}}"#,
            "`lines` is map, expected an array",
        ),
        (
            r#"{"id":"a","lines":[{"article":"x","count":1},{"article":"y"}]}"#,
            "`count` is missing in `lines[1]`",
        ),
        (
            r#"{"id":"a","lines":[{"article":"x","count":300}]}"#,
            "`lines[0].count` is integer `300`, expected a whole number from 0 to 255",
        ),
        (
            r#"{"id":"a","lines":[5]}"#,
            "`lines[0]` is integer `5`, expected an object",
        ),
        ("null", "it is null, expected an object"),
    ];
    for (text, wanted) in cases {
        assert_eq!(explained(text), wanted, "{text}");
    }
}

#[test]
fn a_slip_is_answered_with_the_word_that_was_meant() {
    let known = "known: `id`, `delay_ms`, `kind`, `lines`, `paid`";
    let cases = [
        (r#"{"dealy_ms":5}"#, format!("unknown field `dealy_ms`, did you mean `delay_ms`? {known}")),
        (r#"{"delay":5}"#, format!("unknown field `delay`, did you mean `delay_ms`? {known}")),
        (r#"{"colour":5}"#, format!("unknown field `colour`; {known}")),
        (
            r#"{"kind":"fiffo"}"#,
            "unknown value `fiffo` in `kind`, did you mean `fifo`? known: `standard`, `fifo`".to_owned(),
        ),
        (
            r#"{"id":"a","lines":[{"artikle":1}]}"#,
            "unknown field `artikle` in `lines[0]`, did you mean `article`? known: `article`, `count`"
                .to_owned(),
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(explained(text), wanted, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Texts come from outside, and so may be anything.
    #[test]
    fn no_text_is_too_odd(text in "[\\[\\]{}:,\"\\\\ a1\n-]{0,40}", offset in 0..50_usize) {
        let _ = place::path(text.as_bytes(), offset);
        if let Err(error) = serde_json::from_str::<Order>(&text) {
            let _ = explain_json(&error, text.as_bytes());
        }
    }
}
