use super::*;
use proptest::prelude::*;

#[test]
fn well_formed_values_pass() {
    for text in [
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "10",
        "1.5e-7",
        "1E+9",
        "\"\"",
        "\"a\\u00e9\\n\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[1,[2,{\"a\":[]}],3]",
        "{\"a\":{\"b\":[null]},\"c\":\"}\"}",
        "\"0123456789abcdef0123456789abcdef\\\"\"",
    ] {
        assert_eq!(check_value(text.as_bytes()), Ok(()), "{text}");
    }
}

#[test]
fn faults_are_found_where_they_are() {
    for (text, position) in [
        ("", 0),
        ("nul", 0),
        ("01", 1),
        ("-", 1),
        ("1.", 2),
        ("1e", 2),
        ("\"a", 2),
        ("\"\\x\"", 1),
        ("\"\\u12g4\"", 1),
        ("[1,]", 3),
        ("[1 2]", 3),
        ("{\"a\"}", 4),
        ("{\"a\":1,}", 7),
        ("{a:1}", 1),
        ("[1}", 2),
        ("{\"a\":1]", 6),
        ("1 1", 2),
        ("\"\n\"", 1),
        ("[", 1),
        ("+1", 0),
        ("NaN", 0),
        ("'a'", 0),
    ] {
        assert_eq!(
            check_value(text.as_bytes()).map_err(|e| e.position),
            Err(position),
            "{text}"
        );
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth| format!("{}0{}", "[".repeat(depth), "]".repeat(depth));
    assert!(check_value(nested(NESTING_MAX).as_bytes()).is_ok());
    assert!(check_value(nested(NESTING_MAX + 1).as_bytes()).is_err());
}

#[test]
fn escapes_are_resolved() {
    assert_eq!(
        unescape(r#"a\"b\\\/\n\u00e9\ud83d\ude00"#).as_deref(),
        Some("a\"b\\/\né😀")
    );
    assert_eq!(unescape(r"\ud83d"), None);
    assert_eq!(unescape(r"\udc00"), None);
}

proptest! {
    /// The scanner accepts exactly what a full parser accepts, on text made mostly of JSON's own
    /// characters so that near misses are common.
    #[test]
    fn agrees_with_a_full_parser(text in r#"[\[\]{}",:0-9eE.+\-a-f\\u tn\n]{0,24}"#) {
        let parsed = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(check_value(text.as_bytes()).is_ok(), parsed, "{}", text);
    }

    #[test]
    fn accepts_every_serialized_value(value in json_value()) {
        let text = value.to_string();
        prop_assert_eq!(check_value(text.as_bytes()), Ok(()));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(check_value(pretty.as_bytes()), Ok(()));
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
