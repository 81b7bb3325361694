//! One route as an operation.

use super::schemas::Components;
use super::security;
use crate::catalog::Described;
use crate::config::ErrorFormat;
use crate::router::{Pattern, Route, RouteMethod, Segment};
use crate::trigger::Target;
use crate::validate::{Shape, shape};
use serde_json::{Map, Value, json};

/// The path of a route in the syntax of OpenAPI.
pub(super) fn path(pattern: &Pattern) -> String {
    let mut names = pattern.names.iter();
    let mut path = String::new();
    for segment in &pattern.segments {
        path.push('/');
        match segment {
            Segment::Fixed(text) => path.push_str(text),
            Segment::Parameter | Segment::Rest => {
                let name = names.next().map_or("", AsRef::as_ref);
                path.extend(["{", name, "}"]);
            }
        }
    }
    path
}

/// Describes a route; `function` is absent when nobody has registered it.
pub(super) fn operation(
    route: &Route<Target>,
    function: Option<&Described>,
    format: ErrorFormat,
    components: &mut Components,
) -> Value {
    let binding = route.binding();
    let (namespace, id) = (binding.namespace.as_str(), binding.function_id.as_str());
    let request = function.and_then(|function| function.request_schema.as_ref());
    let base = request.map(|schema| components.add(namespace, id, "request", schema));
    let request = request
        .zip(base.as_deref())
        .map(|(schema, base)| Part::of(schema, base));
    let gate = binding.target.gate().ok().flatten();
    let guard = gate.and_then(|gate| gate.guard.as_ref());
    let mut operation = json!({
        "operationId": format!("{} {id}", route.method.as_str().to_ascii_lowercase()),
        "parameters": parameters(route, request.as_ref()),
        "responses": responses(route, function, format, components),
    });
    if let Some(function) = function {
        operation["tags"] = json!([function.worker_name]);
        if let Some(description) = &function.description {
            operation["summary"] = description.as_str().into();
        }
    }
    if takes_body(route.method) {
        let schema = request.as_ref().and_then(Part::body);
        let required = request.as_ref().is_some_and(Part::requires_body);
        operation["requestBody"] = json!({
            "required": required && gate.is_some_and(|gate| gate.validate),
            "content": { "application/json": { "schema": schema.unwrap_or(json!(true)) } },
        });
    }
    if let Some(guard) = guard {
        operation["security"] = security::requirement(guard);
    }
    operation
}

/// A schema and where it stands in the document.
struct Part<'a> {
    schema: &'a Value,
    base: &'a str,
    shape: Shape,
}

impl<'a> Part<'a> {
    fn of(schema: &'a Value, base: &'a str) -> Self {
        let shape = shape(schema);
        Self {
            schema,
            base,
            shape,
        }
    }

    /// Where the properties of the request object stand, and they themselves.
    fn properties(&self) -> Option<(String, &'a Value)> {
        let Shape::Request(pointer) = &self.shape else {
            return None;
        };
        let target = self.schema.pointer(pointer)?;
        Some((format!("{}{pointer}", self.base), target))
    }

    fn body(&self) -> Option<Value> {
        match self.properties() {
            None => Some(json!({ "$ref": self.base })),
            Some((base, target)) => {
                target["properties"].get("body")?;
                Some(json!({ "$ref": format!("{base}/properties/body") }))
            }
        }
    }

    fn requires_body(&self) -> bool {
        match self.properties() {
            None => true,
            Some((_, target)) => requires(target, "body"),
        }
    }

    /// The schema of a parameter, and whether it has to be there.
    fn parameter(&self, part: &str, name: &str) -> Option<(Value, bool)> {
        let (base, target) = self.properties()?;
        let of_part = &target["properties"][part];
        of_part["properties"].get(name)?;
        let name_in_pointer = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{base}/properties/{part}/properties/{name_in_pointer}");
        Some((json!({ "$ref": pointer }), requires(of_part, name)))
    }

    fn names(&self, part: &str) -> Vec<&'a str> {
        let properties = self
            .properties()
            .map(|(_, target)| &target["properties"][part]);
        let names = properties.and_then(|of_part| of_part["properties"].as_object());
        names.map_or(Vec::new(), |names| {
            names.keys().map(String::as_str).collect()
        })
    }
}

fn requires(schema: &Value, name: &str) -> bool {
    let required = schema["required"].as_array();
    required.is_some_and(|list| list.iter().any(|one| one == name))
}

fn takes_body(method: RouteMethod) -> bool {
    matches!(
        method,
        RouteMethod::Post | RouteMethod::Put | RouteMethod::Patch
    )
}

fn parameters(route: &Route<Target>, request: Option<&Part<'_>>) -> Vec<Value> {
    let pattern = &route.pattern;
    let has_rest = pattern.segments.last() == Some(&Segment::Rest);
    let last = pattern.names.len().checked_sub(1).filter(|_| has_rest);
    let mut parameters = Vec::new();
    for (place, name) in pattern.names.iter().enumerate() {
        let described = request.and_then(|part| part.parameter("path_params", name));
        let schema = described.map(|found| found.0);
        let text = || json!({ "type": "string", "minLength": 1 });
        let schema = schema.unwrap_or_else(text);
        let mut parameter = json!({
            "name": &**name, "in": "path", "required": true, "schema": schema,
        });
        if last == Some(place) {
            parameter["description"] = "The rest of the path, slashes included.".into();
        }
        parameters.push(parameter);
    }
    for name in request.map_or(Vec::new(), |part| part.names("query_params")) {
        let described = request.and_then(|part| part.parameter("query_params", name));
        let (schema, required) = described.unwrap_or((json!(true), false));
        parameters.push(json!({
            "name": name, "in": "query", "required": required, "schema": schema,
        }));
    }
    parameters
}

fn responses(
    route: &Route<Target>,
    function: Option<&Described>,
    format: ErrorFormat,
    components: &mut Components,
) -> Value {
    let binding = route.binding();
    let mut responses = Map::new();
    let response = function.and_then(|function| function.response_schema.as_ref());
    let mut success = json!({ "description": "What the function answers." });
    if let Some(schema) = response {
        let base = components.add(&binding.namespace, &binding.function_id, "response", schema);
        // The published shape of a response has its body in a field.
        let is_shaped = schema["properties"]["body"] != Value::Null;
        let pointer = if is_shaped { "/properties/body" } else { "" };
        let content = json!({ "schema": { "$ref": format!("{base}{pointer}") } });
        success["content"] = json!({ "application/json": content });
    }
    responses.insert("2XX".into(), success);
    let kind = match format {
        ErrorFormat::Published => "application/json",
        ErrorFormat::Problem => "application/problem+json",
    };
    let problem = |text: &str| {
        json!({ "description": text, "content": {
            kind: { "schema": { "$ref": "#/components/schemas/Error" } },
        } })
    };
    let gate = binding.target.gate().ok().flatten();
    if gate.is_some_and(|gate| gate.guard.is_some()) {
        responses.insert("401".into(), problem("Nobody known asks."));
        responses.insert("403".into(), problem("This is not for whoever asks."));
    }
    if gate.is_some_and(|gate| gate.validate) {
        responses.insert(
            "422".into(),
            problem("The request does not fit the schema."),
        );
    }
    if gate.is_some_and(|gate| gate.is_limited()) {
        responses.insert("429".into(), problem("Too many requests."));
    }
    responses.insert("default".into(), problem("What went wrong."));
    Value::Object(responses)
}
