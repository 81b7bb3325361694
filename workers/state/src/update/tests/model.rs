//! The operations on parsed values, written as plainly as can be.

use super::apply;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_updates_agree_with_the_model(start in option(value()), ops in vec(op(), 0..6)) {
        let stored = start.as_ref().map(Value::to_string);
        let (changed, errors) = apply(stored.as_deref(), &Value::from(ops.clone()).to_string());
        let (expected, codes) = model(start.clone(), &ops);
        let seen = match &changed {
            Some(text) => Some(serde_json::from_str(text).expect("the result is JSON")),
            None => start.clone(),
        };
        prop_assert_eq!(&seen, &expected);
        let errors: Vec<_> = errors.into_iter().map(|e| (e.op_index, e.code)).collect();
        prop_assert_eq!(errors, codes);
        // The order of keys is no part of the model's values, so equal means unchanged only there.
        prop_assert!(changed.is_some() || start == expected);
    }
}

fn option<T: std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.8, strategy)
}

const KEYS: [&str; 4] = ["a", "b", "a.b", "constructor"];

fn key() -> impl Strategy<Value = String> {
    prop_oneof![8 => 0..3usize, 1 => Just(3)].prop_map(|at| KEYS[at].to_owned())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5..5i64).prop_map(Value::from),
        "[a-c\"\\\\é]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((key(), inner), 0..4).prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

fn op() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![1 => Just(String::new()), 4 => key()];
    let walk = prop_oneof![
        2 => plain.clone().prop_map(Value::from),
        3 => vec(key(), 0..3).prop_map(Value::from),
    ];
    prop_oneof![
        (plain.clone(), value()).prop_map(|(p, v)| json!({"type": "set", "path": p, "value": v})),
        (plain.clone(), -3..3i64)
            .prop_map(|(p, by)| json!({"type": "increment", "path": p, "by": by})),
        (plain.clone(), -3..3i64)
            .prop_map(|(p, by)| json!({"type": "decrement", "path": p, "by": by})),
        plain.prop_map(|p| json!({"type": "remove", "path": p})),
        (walk.clone(), value()).prop_map(|(p, v)| json!({"type": "merge", "path": p, "value": v})),
        (walk, value()).prop_map(|(p, v)| json!({"type": "append", "path": p, "value": v})),
    ]
}

fn model(start: Option<Value>, ops: &[Value]) -> (Option<Value>, Vec<(usize, String)>) {
    let (mut current, mut codes) = (start, Vec::new());
    for (index, op) in ops.iter().enumerate() {
        let mut next = current.clone();
        match step(&mut next, op) {
            Ok(()) => current = next,
            Err(code) => {
                let kind = op["type"].as_str().expect("a type");
                codes.push((index, format!("{kind}.{code}")));
            }
        }
    }
    (current, codes)
}

fn step(current: &mut Option<Value>, op: &Value) -> Result<(), &'static str> {
    let path: Vec<String> = match &op["path"] {
        Value::String(key) if key.is_empty() => Vec::new(),
        Value::String(key) => vec![key.clone()],
        list => serde_json::from_value(list.clone()).expect("a path"),
    };
    if path.iter().any(|segment| segment == "constructor") {
        return Err("path.proto_polluted");
    }
    match op["type"].as_str() {
        Some("set") => {
            match path.first() {
                None => *current = Some(op["value"].clone()),
                Some(key) => drop(fields(current)?.insert(key.clone(), op["value"].clone())),
            }
            Ok(())
        }
        Some("remove") => {
            match (path.first(), &current) {
                (_, None) => {}
                (None, _) => *current = Some(Value::Null),
                (Some(key), _) => drop(fields(current)?.remove(key)),
            }
            Ok(())
        }
        Some("increment") => count(current, path.first(), op["by"].as_i64().expect("by")),
        Some("decrement") => count(current, path.first(), -op["by"].as_i64().expect("by")),
        Some("merge") => merge(current, &path, &op["value"]),
        _ => append(current, &path, op),
    }
}

fn fields(current: &mut Option<Value>) -> Result<&mut Map<String, Value>, &'static str> {
    let root = current.get_or_insert_with(|| json!({}));
    root.as_object_mut().ok_or("target_not_object")
}

fn count(current: &mut Option<Value>, key: Option<&String>, by: i64) -> Result<(), &'static str> {
    let slot = match key {
        None => current.get_or_insert_with(|| json!(0)),
        Some(key) => fields(current)?
            .entry(key.clone())
            .or_insert_with(|| json!(0)),
    };
    *slot = json!(slot.as_i64().ok_or("not_number")? + by);
    Ok(())
}

fn walk<'v>(current: &'v mut Option<Value>, path: &[String]) -> &'v mut Value {
    let mut value = current.get_or_insert_with(|| json!({}));
    for segment in path {
        if !value.is_object() {
            *value = json!({});
        }
        value = value
            .as_object_mut()
            .expect("made")
            .entry(segment.clone())
            .or_insert(Value::Null);
    }
    value
}

fn merge(current: &mut Option<Value>, path: &[String], value: &Value) -> Result<(), &'static str> {
    let members = value.as_object().ok_or("value.not_an_object")?;
    if members.contains_key("constructor") {
        return Err("value.proto_polluted");
    }
    let target = walk(current, path);
    if !target.is_object() {
        *target = json!({});
    }
    target
        .as_object_mut()
        .expect("made")
        .extend(members.clone());
    Ok(())
}

fn append(current: &mut Option<Value>, path: &[String], op: &Value) -> Result<(), &'static str> {
    let value = &op["value"];
    let plain = op["path"].is_string() || path.is_empty();
    if op["path"].is_string() && !path.is_empty() {
        fields(current)?;
    }
    let target = match (&current, path.is_empty()) {
        (None, true) => current.insert(Value::Null),
        _ => walk(current, path),
    };
    match (&mut *target, value) {
        (Value::Null, Value::String(_)) if plain => *target = value.clone(),
        (Value::Null, _) => *target = json!([value]),
        (Value::Array(items), _) => items.push(value.clone()),
        (Value::String(text), Value::String(more)) => text.push_str(more),
        _ => return Err("type_mismatch"),
    }
    Ok(())
}
