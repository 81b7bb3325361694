//! Schemas of functions inside the one document.
//!
//! A function's schema becomes one component as a whole, with the references inside it pointed to
//! where it now stands; operations refer to the part they need.

use serde_json::{Map, Value};

/// How deep schemas are walked; what is deeper is left out.
const DEPTH_MAX: usize = 128;

/// Components in the making.
#[derive(Default)]
pub(super) struct Components {
    pub(super) schemas: Map<String, Value>,
}

impl Components {
    /// Puts a schema in, under a name made from the function's; gives where it stands.
    pub(super) fn add(&mut self, namespace: &str, id: &str, kind: &str, schema: &Value) -> String {
        let name = component_name(namespace, id, kind);
        let base = format!("#/components/schemas/{name}");
        if !self.schemas.contains_key(&name) {
            let mut moved = schema.clone();
            if let Some(object) = moved.as_object_mut() {
                // An id of its own would change what references are relative to.
                object.remove("$id");
                object.remove("$schema");
            }
            point(&mut moved, &base, 0);
            self.schemas.insert(name, moved);
        }
        base
    }
}

/// Only letters, digits, `.`, `-` and `_` may stand in the name of a component.
fn component_name(namespace: &str, id: &str, kind: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut name = String::new();
    if namespace != "default" {
        name.push_str(namespace);
        name.push('.');
    }
    name.push_str(&id.replace("::", "."));
    name.push('.');
    name.push_str(kind);
    // What is replaced is written by its number, so that two names stay two.
    name.chars()
        .map(|c| match c {
            c if plain(c) || c == '.' => c.to_string(),
            c => format!("_{:x}", u32::from(c)),
        })
        .collect()
}

/// Points every local reference below `base`.
fn point(schema: &mut Value, base: &str, depth: usize) {
    if depth > DEPTH_MAX {
        *schema = Value::Bool(true);
        return;
    }
    match schema {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                match (name.as_str(), value) {
                    ("$ref", Value::String(target)) => {
                        if let Some(local) = target.strip_prefix('#') {
                            *target = format!("{base}{local}");
                        }
                    }
                    // What stands there is no schema.
                    ("const" | "enum" | "default" | "examples" | "example", _) => {}
                    (_, value) => point(value, base, depth + 1),
                }
            }
        }
        Value::Array(list) => list
            .iter_mut()
            .for_each(|value| point(value, base, depth + 1)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_follow_their_schema() {
        let mut components = Components::default();
        let schema = json!({
            "$schema": "x", "$id": "y", "$ref": "#/$defs/A",
            "$defs": { "A": { "items": { "$ref": "#" }, "default": { "$ref": "#/kept" } } },
        });
        let base = components.add("default", "orders::new/1", "request", &schema);
        assert_eq!(base, "#/components/schemas/orders.new_2f1.request");
        let expected = json!({
            "$ref": format!("{base}/$defs/A"),
            "$defs": { "A": { "items": { "$ref": base }, "default": { "$ref": "#/kept" } } },
        });
        assert_eq!(components.schemas["orders.new_2f1.request"], expected);
        let other = components.add("eu", "orders::new/1", "request", &json!(true));
        assert_eq!(other, "#/components/schemas/eu.orders.new_2f1.request");
    }
}
