//! `iii trigger FUNCTION --describe`: what a function takes and returns.

use crate::connect::{self, Engine};
use crate::failure::Failure;
use crate::{json, output, table};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Serialize)]
struct Question<'a> {
    function_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer {
    function_id: String,
    #[serde(default)]
    worker_name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    request_schema: Option<Value>,
    #[serde(default)]
    response_schema: Option<Value>,
}

pub(super) fn run(
    engine: &Engine,
    function_id: &str,
    namespace: Option<&str>,
) -> Result<(), Failure> {
    let question = Question {
        function_id,
        namespace,
    };
    let unreadable = |error: serde_json::Error| {
        Failure::failed(format!("cannot read the engine's answer: {error}"))
    };
    let question = serde_json::to_string(&question).map_err(unreadable)?;
    let answer = connect::ask(engine, "engine::functions::info", &question)?;
    let answer: Answer = serde_json::from_str(&answer).map_err(unreadable)?;
    output::data(&render(&answer))
}

fn render(answer: &Answer) -> String {
    let mut out = table::printable(&answer.function_id);
    if let Some(worker) = &answer.worker_name {
        out.extend([" (worker ", &table::printable(worker), ")"]);
    }
    out.push('\n');
    if let Some(description) = &answer.description {
        out.push_str(&table::printable(description));
        out.push('\n');
    }
    for (title, schema) in [
        ("takes", &answer.request_schema),
        ("returns", &answer.response_schema),
    ] {
        out.extend(["\n", title, "\n"]);
        out.push_str(&match schema {
            Some(schema) => fields(schema),
            None => "  anything: it declares no schema\n".to_owned(),
        });
    }
    out
}

/// The fields of an object's schema as a table; any other schema as it is.
fn fields(schema: &Value) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return format!("{}\n", table_free(schema));
    };
    let rows: Vec<[String; 4]> = properties
        .iter()
        .map(|(name, field)| {
            [
                format!("  {name}"),
                kind(field),
                if is_required(schema, name) {
                    "required"
                } else {
                    ""
                }
                .to_owned(),
                word(field.as_object(), "description"),
            ]
        })
        .collect();
    table::render(["  FIELD", "TYPE", "", "DESCRIPTION"], &rows)
}

fn table_free(schema: &Value) -> String {
    json::pretty(&schema.to_string())
        .lines()
        .map(|line| format!("  {}", table::printable(line)))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|names| names.iter().any(|known| known == name))
}

/// The type of a field in a word or two.
fn kind(field: &Value) -> String {
    match field.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" or "),
        _ => match field.get("$ref").and_then(Value::as_str) {
            Some(reference) => reference.rsplit('/').next().unwrap_or_default().to_owned(),
            None => "any".to_owned(),
        },
    }
}

fn word(field: Option<&Map<String, Value>>, key: &str) -> String {
    field
        .and_then(|field| field.get(key))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Answer, render};

    #[test]
    fn fields_are_a_table_and_other_schemas_are_shown_whole() {
        let answer: Answer = serde_json::from_str(
            r##"{"function_id":"a::b","worker_name":"a","description":"does b",
                "request_schema":{"type":"object","required":["key"],"properties":{
                  "key":{"type":"string","description":"what"},
                  "ttl":{"type":["integer","null"]},
                  "op":{"$ref":"#/$defs/Op"},
                  "value":true}},
                "response_schema":{"type":"string"}}"##,
        )
        .unwrap();
        assert_eq!(
            render(&answer),
            "a::b (worker a)\n\
             does b\n\
             \n\
             takes\n\
             \x20 FIELD  TYPE                       DESCRIPTION\n\
             \x20 key    string           required  what\n\
             \x20 op     Op\n\
             \x20 ttl    integer or null\n\
             \x20 value  any\n\
             \n\
             returns\n\
             \x20 {\n\
             \x20   \"type\": \"string\"\n\
             \x20 }\n"
        );
    }
}
