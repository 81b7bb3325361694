//! A compiled schema.

use super::shape::PARTS;
use super::{Shape, shape};
use crate::limits::VIOLATIONS_MAX;
use jsonschema::{PatternOptions, Validator};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Checks requests against one function's request schema.
pub(crate) struct Checker {
    shape: Shape,
    validator: Validator,
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Violation {
    /// Where in the request object, as JSON pointer: `/body/quantity`.
    pub(crate) path: String,
    pub(crate) message: String,
}

impl Checker {
    /// # Errors
    /// Why the schema cannot be used.
    pub(crate) fn new(schema: &Value) -> Result<Self, String> {
        let shape = shape(schema);
        let wanted = match &shape {
            Shape::Body => schema.clone(),
            Shape::Request(pointer) => parts_of(schema, pointer),
        };
        let validator = jsonschema::options()
            .offline()
            // Patterns come from workers: the engine without backtracking cannot be made to hang.
            .with_pattern_options(PatternOptions::regex())
            .build(&wanted)
            .map_err(|error| error.to_string())?;
        Ok(Self { shape, validator })
    }

    /// Whether the body alone is described.
    pub(crate) fn is_of_body(&self) -> bool {
        self.shape == Shape::Body
    }

    /// What is wrong with a request object; its values are not repeated.
    pub(crate) fn check(&self, request: &Value) -> Vec<Violation> {
        let (instance, prefix) = match self.shape {
            Shape::Body => (&request["body"], "/body"),
            Shape::Request(_) => (request, ""),
        };
        if self.validator.is_valid(instance) {
            return Vec::new();
        }
        let violation = |error: jsonschema::ValidationError<'_>| Violation {
            path: format!("{prefix}{}", error.instance_path()),
            message: error.masked_with("the value").to_string(),
        };
        let errors = self.validator.iter_errors(instance);
        errors.take(VIOLATIONS_MAX).map(violation).collect()
    }
}

/// The schema without what the server adds to every request, so that a closed schema stays one for
/// the parts that clients send.
fn parts_of(schema: &Value, pointer: &str) -> Value {
    let target = schema.pointer(pointer).unwrap_or(schema);
    let pick = |part: &&&str| target["properties"].get(**part).is_some();
    let mut properties = Map::new();
    for part in PARTS.iter().filter(pick) {
        properties.insert((*part).into(), target["properties"][*part].clone());
    }
    let required = target["required"].as_array().map_or(Vec::new(), Vec::clone);
    let required: Vec<Value> = required
        .into_iter()
        .filter(|name| {
            name.as_str()
                .is_some_and(|name| properties.contains_key(name))
        })
        .collect();
    let mut wanted = json!({ "properties": properties, "required": required });
    for name in ["$schema", "$defs", "definitions"] {
        if let Some(value) = schema.get(name) {
            wanted[name] = value.clone();
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(schema: &Value, request: &Value) -> Vec<String> {
        let checker = Checker::new(schema).unwrap();
        let violations = checker.check(request);
        violations.into_iter().map(|found| found.path).collect()
    }

    #[test]
    fn a_request_schema_is_checked_part_by_part() {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["body", "method"],
            "properties": {
                "body": { "$ref": "#/$defs/Order" },
                "query_params": { "properties": { "dry": { "enum": ["yes", "no"] } } },
                "method": { "type": "string" },
            },
            "$defs": { "Order": {
                "type": "object", "required": ["sku"],
                "properties": { "sku": { "type": "string" }, "n": { "minimum": 1 } },
            } },
        });
        let fine = json!({ "body": { "sku": "a" }, "query_params": { "dry": "no" } });
        assert!(paths(&schema, &fine).is_empty());
        let wrong = json!({ "body": { "sku": 7, "n": 0 }, "query_params": { "dry": "" } });
        let mut found = paths(&schema, &wrong);
        found.sort();
        assert_eq!(found, ["/body/n", "/body/sku", "/query_params/dry"]);
        assert_eq!(paths(&schema, &json!({ "body": null })), ["/body"]);
    }

    #[test]
    fn any_other_schema_is_of_the_body() {
        let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } } });
        let wrong = json!({ "body": { "n": "secret" } });
        assert_eq!(paths(&schema, &wrong), ["/body/n"]);
        let told = Checker::new(&schema).unwrap().check(&wrong);
        assert!(!told[0].message.contains("secret"), "{}", told[0].message);
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        for schema in [
            json!({ "type": 7 }),
            json!({ "$ref": "https://example.com/schema.json" }),
            json!({ "$ref": "file:///etc/passwd" }),
        ] {
            assert!(Checker::new(&schema).is_err(), "{schema}");
        }
    }
}
