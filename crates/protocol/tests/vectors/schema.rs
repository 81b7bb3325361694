//! `protocol/schema.json` says the same as the vectors: generators of other languages read it.

use crate::TYPES;
use crate::file::VectorFile;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn definitions() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol/schema.json");
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["$defs"].take()
}

/// Follows the one level of references that the schema uses.
fn resolved<'a>(definitions: &'a Value, property: &'a Value) -> &'a Value {
    match property["$ref"].as_str() {
        Some(reference) => &definitions[reference.strip_prefix("#/$defs/").unwrap()],
        None => property,
    }
}

/// Whether `value` has the type and length that `property` asks for.
fn fits(definitions: &Value, property: &Value, value: &Value) -> bool {
    let property = resolved(definitions, property);
    if let Some(constant) = property.get("const") {
        return constant == value;
    }
    let is = |name: &Value| match name.as_str().unwrap() {
        "string" => value.as_str().is_some_and(|text| {
            let bound = |key: &str, default| property[key].as_u64().unwrap_or(default) as usize;
            (bound("minLength", 0)..=bound("maxLength", u64::MAX)).contains(&text.len())
        }),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_u64().is_some(),
        other => panic!("the test knows no type `{other}`"),
    };
    match &property["type"] {
        Value::Null => true,
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

#[test]
fn valid_messages_fit_the_schema() {
    let definitions = definitions();
    for file in VectorFile::all() {
        for vector in file.vectors.iter().filter(|vector| vector.valid) {
            let place = format!("{}: {}", file.name, vector.name);
            let value: Value = serde_json::from_str(vector.value.as_ref().unwrap()).unwrap();
            let message = &definitions[&file.name];
            for required in message["required"].as_array().unwrap() {
                assert!(
                    value.get(required.as_str().unwrap()).is_some(),
                    "{place}: {required}"
                );
            }
            for (name, member) in value.as_object().unwrap() {
                let property = message["properties"].get(name);
                let property = property.unwrap_or_else(|| panic!("{place}: no `{name}`"));
                assert!(
                    fits(&definitions, property, member),
                    "{place}: `{name}` is {member}"
                );
            }
        }
    }
}

#[test]
fn every_field_of_the_schema_is_in_a_vector() {
    let definitions = definitions();
    let files = VectorFile::all();
    for name in TYPES {
        let file = files.iter().find(|file| file.name == name).unwrap();
        let values = file
            .vectors
            .iter()
            .filter_map(|vector| vector.value.as_ref());
        let seen: BTreeSet<String> = values
            .flat_map(|value| {
                let value: Value = serde_json::from_str(value).unwrap();
                value
                    .as_object()
                    .unwrap()
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
            })
            .collect();
        let properties = definitions[name]["properties"].as_object().unwrap();
        let declared: BTreeSet<String> = properties.keys().cloned().collect();
        assert_eq!(seen, declared, "{name}");
    }
}
