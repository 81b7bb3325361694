//! Every operation, every fault, and agreement with a naive model.

mod model;

use super::{Op, OpError, RawOp, apply_all};
use serde_json::{Value, json};

/// Applies operations, given as JSON, to a value, given as text.
fn apply(current: Option<&str>, ops: &str) -> (Option<String>, Vec<OpError>) {
    let raw: Vec<RawOp<'_>> = serde_json::from_str(ops).expect("operations parse");
    let ops: Vec<Op<'_>> = raw
        .iter()
        .map(|op| Op::read(op).expect("a good operation"))
        .collect();
    let applied = apply_all(current, &ops);
    let changed = applied
        .changed
        .map(|text| String::from_utf8(text).expect("UTF-8"));
    (changed, applied.errors)
}

/// The new text of a value to which all operations apply.
fn applied(current: Option<&str>, ops: &str) -> String {
    let (changed, errors) = apply(current, ops);
    assert_eq!(errors, [], "{ops}");
    changed.unwrap_or_else(|| panic!("{ops} changed nothing"))
}

fn unchanged(current: Option<&str>, ops: &str) {
    let (changed, errors) = apply(current, ops);
    assert_eq!((changed, errors), (None, Vec::new()), "{ops}");
}

/// The code of a single operation that fails and leaves the value alone.
fn code(current: Option<&str>, op: &Value) -> String {
    let (changed, mut errors) = apply(current, &json!([op]).to_string());
    assert_eq!(changed, None, "a failed operation changes nothing");
    assert_eq!(errors.len(), 1, "{op} fails");
    assert_eq!(errors[0].op_index, 0);
    errors.remove(0).code
}

#[test]
fn set_puts_a_field_or_the_whole_value() {
    let set = applied;
    assert_eq!(
        set(None, r#"[{"type":"set","path":"a","value":1}]"#),
        r#"{"a":1}"#
    );
    assert_eq!(
        set(
            Some(r#"{"b":1.50,"a":{"x": 1}}"#),
            r#"[{"type":"set","path":"a","value":[1 ]}]"#
        ),
        r#"{"b":1.50,"a":[1 ]}"#
    );
    assert_eq!(
        set(Some("[1]"), r#"[{"type":"set","path":"","value":"x"}]"#),
        r#""x""#
    );
    assert_eq!(
        set(Some("{}"), r#"[{"type":"set","path":"a.b"}]"#),
        r#"{"a.b":null}"#
    );
    unchanged(
        Some(r#"{"a":1}"#),
        r#"[{"type":"set","path":"a","value":1}]"#,
    );
    unchanged(Some("7"), r#"[{"type":"set","path":"","value":7}]"#);
}

#[test]
fn what_is_not_touched_stays_byte_for_byte() {
    let stored = r#"{"z":1e2,"a":{"y": [1 , 2],"x":12345678901234567890123},"é":"\u00e9"}"#;
    let updated = applied(Some(stored), r#"[{"type":"increment","path":"n","by":1}]"#);
    assert_eq!(
        updated,
        format!("{},\"n\":1}}", &stored[..stored.len() - 1])
    );
}

#[test]
fn numbers_count_exactly_where_they_can() {
    let count = |number: &str, kind: &str, by: &str| {
        let op = format!(r#"[{{"type":"{kind}","path":"n","by":{by}}}]"#);
        applied(Some(&format!(r#"{{"n":{number}}}"#)), &op)
    };
    assert_eq!(count("1", "increment", "2"), r#"{"n":3}"#);
    assert_eq!(count("1", "decrement", "2"), r#"{"n":-1}"#);
    assert_eq!(
        count("9007199254740993", "increment", "1"),
        r#"{"n":9007199254740994}"#
    );
    assert_eq!(
        count("9223372036854775807", "increment", "1"),
        r#"{"n":9223372036854775808}"#
    );
    assert_eq!(count("1.5", "increment", "1"), r#"{"n":2.5}"#);
    assert_eq!(count("1", "increment", "0.25"), r#"{"n":1.25}"#);
    assert_eq!(count("1e3", "decrement", "1"), r#"{"n":999.0}"#);
    assert_eq!(
        applied(None, r#"[{"type":"decrement","path":"n","by":2}]"#),
        r#"{"n":-2}"#
    );
    assert_eq!(
        applied(None, r#"[{"type":"increment","path":"","by":2}]"#),
        "2"
    );
    assert_eq!(
        applied(Some("5"), r#"[{"type":"increment","path":"","by":2}]"#),
        "7"
    );
    unchanged(
        Some(r#"{"n":5}"#),
        r#"[{"type":"increment","path":"n","by":0}]"#,
    );
}

#[test]
fn merge_is_shallow_and_makes_its_way() {
    let merge = applied;
    assert_eq!(
        merge(
            Some(r#"{"a":{"x":1},"b":2}"#),
            r#"[{"type":"merge","value":{"a":{"y":1},"c":3}}]"#
        ),
        r#"{"a":{"y":1},"b":2,"c":3}"#
    );
    let deep = r#"[{"type":"merge","path":["s","a.b"],"value":{"t":1}}]"#;
    assert_eq!(merge(None, deep), r#"{"s":{"a.b":{"t":1}}}"#);
    assert_eq!(
        merge(Some(r#"{"s":null}"#), deep),
        r#"{"s":{"a.b":{"t":1}}}"#
    );
    assert_eq!(merge(Some("5"), deep), r#"{"s":{"a.b":{"t":1}}}"#);
    assert_eq!(
        merge(Some(r#"{"s":{"a.b":{"u":2}}}"#), deep),
        r#"{"s":{"a.b":{"u":2,"t":1}}}"#
    );
    let field = r#"[{"type":"merge","path":"s","value":{}}]"#;
    assert_eq!(merge(Some(r#"{"s":[1]}"#), field), r#"{"s":{}}"#);
    for root in ["null", "\"\"", "[]"] {
        let op = format!(r#"[{{"type":"merge","path":{root},"value":{{"a":1}}}}]"#);
        assert_eq!(merge(None, &op), r#"{"a":1}"#);
    }
    unchanged(
        Some(r#"{"a":1,"b":2}"#),
        r#"[{"type":"merge","value":{"b":2}}]"#,
    );
}

#[test]
fn append_pushes_joins_or_begins() {
    let append = applied;
    let one = r#"[{"type":"append","path":"a","value":1}]"#;
    assert_eq!(append(None, one), r#"{"a":[1]}"#);
    assert_eq!(append(Some(r#"{"a":null}"#), one), r#"{"a":[1]}"#);
    assert_eq!(
        append(Some(r#"{"a":[ 0 ,{"x": 1}]}"#), one),
        r#"{"a":[0,{"x": 1},1]}"#
    );
    let text = r#"[{"type":"append","path":"a","value":"\u00e9b"}]"#;
    assert_eq!(append(Some("{}"), text), r#"{"a":"\u00e9b"}"#);
    assert_eq!(
        append(Some(r#"{"a":"x\""}"#), text),
        r#"{"a":"x\"\u00e9b"}"#
    );
    let nested = r#"[{"type":"append","path":["l","m"],"value":"x"}]"#;
    assert_eq!(append(None, nested), r#"{"l":{"m":["x"]}}"#);
    assert_eq!(append(Some(r#"{"l":7}"#), nested), r#"{"l":{"m":["x"]}}"#);
    assert_eq!(
        append(Some(r#"{"l":{"m":"w"}}"#), nested),
        r#"{"l":{"m":"wx"}}"#
    );
    let root = r#"[{"type":"append","value":2}]"#;
    assert_eq!(append(Some("[1]"), root), "[1,2]");
    assert_eq!(append(None, root), "[2]");
    assert_eq!(append(None, r#"[{"type":"append","value":"x"}]"#), r#""x""#);
    unchanged(
        Some(r#"{"a":"x"}"#),
        r#"[{"type":"append","path":"a","value":""}]"#,
    );
}

#[test]
fn remove_takes_a_field_and_is_silent_about_a_missing_one() {
    let a = r#"[{"type":"remove","path":"a"}]"#;
    assert_eq!(applied(Some(r#"{"a":1,"b":2}"#), a), r#"{"b":2}"#);
    assert_eq!(applied(Some(r#"{"a":1,"a":2}"#), a), "{}");
    unchanged(Some(r#"{"b":2}"#), a);
    unchanged(None, a);
    assert_eq!(
        applied(Some("[1]"), r#"[{"type":"remove","path":""}]"#),
        "null"
    );
}

#[test]
fn paths_have_limits() {
    let long = "k".repeat(257);
    let fits = "k".repeat(256);
    for kind in ["set", "merge", "increment", "decrement", "append", "remove"] {
        let op = |path: Value| json!({"type": kind, "path": path, "value": {}, "by": 1});
        assert_eq!(
            code(None, &op(json!(long))),
            format!("{kind}.path.segment_too_long")
        );
        for key in ["__proto__", "constructor", "prototype"] {
            assert_eq!(
                code(None, &op(json!(key))),
                format!("{kind}.path.proto_polluted")
            );
        }
        let (_, errors) = apply(None, &json!([op(json!(fits))]).to_string());
        assert_eq!(errors, []);
    }
    for kind in ["merge", "append"] {
        let op = |path: Value| json!({"type": kind, "path": path, "value": {}});
        let deep = |segments| json!(vec!["a"; segments]);
        assert_eq!(code(None, &op(deep(33))), format!("{kind}.path.too_deep"));
        assert_eq!(
            code(None, &op(json!(["a", ""]))),
            format!("{kind}.path.empty_segment")
        );
        let inside = op(json!(["a", "__proto__"]));
        assert_eq!(code(None, &inside), format!("{kind}.path.proto_polluted"));
        assert_eq!(apply(None, &json!([op(deep(32))]).to_string()).1, []);
    }
}

#[test]
fn values_to_merge_have_limits() {
    let merge = |value: Value| json!({"type": "merge", "value": value});
    let nested =
        |depth: usize| (1..depth).fold(json!({"x": "[{[{"}), |inner, _| json!({ "a": inner }));
    assert_eq!(code(None, &merge(nested(17))), "merge.value.too_deep");
    assert_eq!(apply(None, &json!([merge(nested(16))]).to_string()).1, []);
    let keys = |count: usize| {
        Value::Object(
            (0..count)
                .map(|index| (format!("k{index}"), json!(index)))
                .collect(),
        )
    };
    assert_eq!(code(None, &merge(keys(1025))), "merge.value.too_many_keys");
    assert_eq!(apply(None, &json!([merge(keys(1024))]).to_string()).1, []);
    assert_eq!(
        code(None, &merge(json!({"constructor": 1}))),
        "merge.value.proto_polluted"
    );
    for value in [json!(1), json!([]), json!("{}"), Value::Null] {
        assert_eq!(code(None, &merge(value)), "merge.value.not_an_object");
    }
}

#[test]
fn targets_must_fit() {
    for kind in ["set", "append", "increment", "decrement", "remove"] {
        let op = json!({"type": kind, "path": "a", "value": 1, "by": 1});
        for target in ["[1]", "5", "\"x\"", "null", "true"] {
            assert_eq!(code(Some(target), &op), format!("{kind}.target_not_object"));
        }
    }
    for kind in ["increment", "decrement"] {
        let op = json!({"type": kind, "path": "a", "by": 1});
        for field in ["null", "\"1\"", "[]", "{}", "true"] {
            let stored = format!(r#"{{"a":{field}}}"#);
            assert_eq!(code(Some(&stored), &op), format!("{kind}.not_number"));
        }
    }
    let huge = json!({"type": "increment", "path": "a", "by": 1});
    assert_eq!(code(Some(r#"{"a":1e999}"#), &huge), "increment.not_number");
    let append = |value: Value| json!({"type": "append", "path": "a", "value": value});
    for field in ["1", "{}", "false"] {
        let stored = format!(r#"{{"a":{field}}}"#);
        assert_eq!(
            code(Some(&stored), &append(json!(1))),
            "append.type_mismatch"
        );
    }
    assert_eq!(
        code(Some(r#"{"a":"x"}"#), &append(json!(1))),
        "append.type_mismatch"
    );
    assert_eq!(
        code(Some("{}"), &json!({"type": "append", "value": 1})),
        "append.type_mismatch"
    );
}

#[test]
fn failed_operations_are_skipped_and_the_rest_applied() {
    let ops = json!([
        {"type": "set", "path": "a", "value": 1},
        {"type": "append", "path": "a", "value": 2},
        {"type": "increment", "path": "a", "by": 3},
        {"type": "merge", "value": 4},
    ]);
    let (changed, errors) = apply(None, &ops.to_string());
    assert_eq!(changed.as_deref(), Some(r#"{"a":4}"#));
    let reported: Vec<_> = errors
        .iter()
        .map(|e| (e.op_index, e.code.as_str()))
        .collect();
    assert_eq!(
        reported,
        [
            (1, "append.type_mismatch"),
            (3, "merge.value.not_an_object")
        ]
    );
}

#[test]
fn malformed_operations_are_refused() {
    for (op, why) in [
        (json!({"type": "drop", "path": "a"}), "unknown type `drop`"),
        (json!({"type": "set", "value": 1}), "`path` is missing"),
        (
            json!({"type": "set", "path": ["a"], "value": 1}),
            "`path` must be a string",
        ),
        (
            json!({"type": "merge", "path": 1, "value": {}}),
            "`path` must be a string or a list",
        ),
        (
            json!({"type": "merge", "path": [1], "value": {}}),
            "`path` must be a string or a list",
        ),
        (json!({"type": "merge"}), "`value` is missing"),
        (json!({"type": "append", "path": "a"}), "`value` is missing"),
        (json!({"type": "increment", "path": "a"}), "`by` is missing"),
        (
            json!({"type": "increment", "path": "a", "by": "1"}),
            "`by` must be a number",
        ),
    ] {
        let text = op.to_string();
        let raw: RawOp<'_> = serde_json::from_str(&text).expect("parses");
        let error = Op::read(&raw).expect_err("is refused");
        assert!(error.starts_with(why), "{text}: {error}");
    }
}

#[test]
fn objects_with_many_members_behave_like_small_ones() {
    let members: Vec<_> = (0..200)
        .map(|index| format!(r#""k{index}":{index}"#))
        .collect();
    let stored = format!("{{{},\"k5\":\"again\"}}", members.join(","));
    let ops = r#"[{"type":"remove","path":"k5"},{"type":"remove","path":"k5"},
        {"type":"increment","path":"k199","by":1},{"type":"set","path":"new","value":[]},
        {"type":"remove","path":"k7"},{"type":"set","path":"k7","value":"last"}]"#;
    let updated: Value = serde_json::from_str(&applied(Some(&stored), ops)).expect("JSON");
    assert_eq!(updated.as_object().map(serde_json::Map::len), Some(200));
    assert_eq!(
        (&updated["k5"], &updated["k199"]),
        (&Value::Null, &json!(200))
    );
    assert_eq!(
        (&updated["k7"], &updated["new"]),
        (&json!("last"), &json!([]))
    );
}
