//! What a request schema describes.

use serde_json::Value;

/// The parts of a request object that a schema can speak of.
pub(crate) const PARTS: [&str; 4] = ["body", "path_params", "query_params", "headers"];

/// How deep references to references are followed.
const REFERENCES_MAX: usize = 8;

/// What a request schema describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The request object; the JSON pointer leads to the schema that has its properties.
    Request(String),
    /// The body.
    Body,
}

/// Tells the two apart by the properties.
pub(crate) fn shape(schema: &Value) -> Shape {
    let (pointer, target) = resolve(schema);
    let of_request = target["properties"].as_object().is_some_and(|properties| {
        // `body`, or any other two: one alone may well be a field of somebody's body.
        let parts = PARTS.iter().filter(|part| properties.contains_key(**part));
        properties.contains_key("body") || parts.count() > 1
    });
    if of_request {
        Shape::Request(pointer)
    } else {
        Shape::Body
    }
}

/// Follows references at the top of a schema.
fn resolve(schema: &Value) -> (String, &Value) {
    let mut pointer = String::new();
    let mut target = schema;
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = target["$ref"].as_str().and_then(|r| r.strip_prefix('#')) else {
            break;
        };
        let Some(next) = schema.pointer(reference) else {
            break;
        };
        reference.clone_into(&mut pointer);
        target = next;
    }
    (pointer, target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn request_objects_are_told_from_bodies() {
        let body = json!({ "type": "object", "properties": { "sku": {}, "headers": {} } });
        assert_eq!(shape(&body), Shape::Body);
        assert_eq!(shape(&json!(true)), Shape::Body);
        let request = json!({ "properties": { "body": {} } });
        assert_eq!(shape(&request), Shape::Request(String::new()));
        let get = json!({ "properties": { "path_params": {}, "query_params": {} } });
        assert_eq!(shape(&get), Shape::Request(String::new()));
        let referred = json!({ "$ref": "#/$defs/In", "$defs": { "In": request } });
        assert_eq!(shape(&referred), Shape::Request("/$defs/In".into()));
        let circle = json!({ "$ref": "#" });
        assert_eq!(shape(&circle), Shape::Body);
    }
}
