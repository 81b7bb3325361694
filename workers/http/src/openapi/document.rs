//! The document.

use super::OpenApi;
use super::operation::{operation, path};
use super::schemas::Components;
use super::security;
use crate::catalog::{Catalog, DescribeError};
use crate::config::ErrorFormat;
use crate::gate::Front;
use crate::router::Route;
use crate::trigger::Target;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most routes of the document; further ones are left out, and it says so.
const ROUTES_MAX: usize = 5_000;

/// Writes the document for these routes.
pub(super) async fn document(
    config: &OpenApi,
    format: ErrorFormat,
    front: &Front,
    routes: &[Arc<Route<Target>>],
) -> Result<String, DescribeError> {
    let catalog: &Catalog = front.catalog();
    let mut components = Components::default();
    components
        .schemas
        .insert("Error".into(), error_schema(format));
    // Sorted, so that equal routes make equal documents.
    let mut paths: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let documented = routes
        .iter()
        .filter(|route| route.binding().target.documented);
    for route in documented.clone().take(ROUTES_MAX) {
        let binding = route.binding();
        let described = catalog.describe(&binding.namespace, &binding.function_id);
        let function = described.await?;
        let mut operation = operation(route, function.as_deref(), format, &mut components);
        make_unique(&mut operation, &mut seen);
        let host = route.pattern.host.as_ref();
        if let Some(host) = host.filter(|host| !host.is_wildcard()) {
            operation["servers"] = json!([{ "url": format!("//{host}") }]);
        }
        let path = paths.entry(path(&route.pattern)).or_default();
        // Routes of several hosts on one path have one place; the first has it.
        let method = route.method.as_str().to_ascii_lowercase();
        path.entry(method).or_insert(operation);
    }
    let schemes = front.schemes().all();
    let schemes: Map<String, Value> = schemes
        .map(|scheme| (scheme.name.clone(), security::scheme(scheme)))
        .collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": info(config),
        "paths": paths,
        "components": { "schemas": components.schemas, "securitySchemes": schemes },
    });
    if !config.servers.is_empty() {
        let servers = config.servers.iter().map(|url| json!({ "url": url }));
        document["servers"] = servers.collect();
    }
    let left_out = documented.count().saturating_sub(ROUTES_MAX);
    if left_out > 0 {
        document["info"]["x-routes-left-out"] = left_out.into();
    }
    Ok(document.to_string())
}

fn info(config: &OpenApi) -> Value {
    let mut info = json!({ "title": config.title, "version": config.version });
    if let Some(description) = &config.description {
        info["description"] = description.as_str().into();
    }
    info
}

/// One function may serve many routes, but an operation's id is its own.
fn make_unique(operation: &mut Value, seen: &mut BTreeMap<String, usize>) {
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let count = seen.entry(id.clone()).or_default();
    *count += 1;
    if *count > 1 {
        operation["operationId"] = format!("{id} {count}").into();
    }
}

fn error_schema(format: ErrorFormat) -> Value {
    let text = json!({ "type": "string" });
    let error = json!({
        "type": "object", "required": ["code", "message"],
        "properties": {
            "code": text, "message": text,
            "error_id": { "type": "string", "description": "The log has the same." },
        },
    });
    match format {
        ErrorFormat::Published => json!({
            "type": "object", "required": ["error"], "properties": { "error": error },
        }),
        ErrorFormat::Problem => json!({
            "type": "object", "required": ["title", "status", "code"],
            "properties": {
                "type": text, "title": text, "status": { "type": "integer" }, "detail": text,
                "code": text, "error_id": text,
            },
        }),
    }
}
