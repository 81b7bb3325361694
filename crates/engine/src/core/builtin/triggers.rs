//! `engine::triggers::*`: trigger types that can be bound.

use super::render::{TypeView, raw};
use super::{Reply, Request, done, not_found};
use crate::core::DEFAULT_NAMESPACE;
use crate::core::catalog::FunctionKey;
use iii_protocol::{ErrorBody, Text};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Trigger types of the engine itself.
const OWN: [TypeView<'static>; 2] = [
    TypeView {
        id: "engine::functions-available",
        namespace: DEFAULT_NAMESPACE,
        worker_name: "engine",
        description: "the set of functions has changed",
    },
    TypeView {
        id: "engine::workers-available",
        namespace: DEFAULT_NAMESPACE,
        worker_name: "engine",
        description: "a worker has connected, described itself or left",
    },
];

#[derive(Serialize)]
struct ListOutput<'a> {
    triggers: Vec<TypeView<'a>>,
}

pub(super) fn list(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let registered = request
        .catalog
        .trigger_types
        .values()
        .map(|known| TypeView::of(known));
    done(&ListOutput {
        triggers: OWN.into_iter().chain(registered).collect(),
    })
}

#[derive(Deserialize)]
struct InfoInput {
    id: String,
    namespace: Option<String>,
}

#[derive(Serialize)]
struct InfoOutput<'a> {
    #[serde(flatten)]
    view: TypeView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_schema: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_schema: Option<&'a RawValue>,
    instance_count: usize,
}

pub(super) fn info(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: InfoInput = request.input()?;
    let catalog = request.catalog;
    let instance_count = catalog
        .triggers
        .values()
        .filter(|trigger| trigger.trigger_type == *input.id)
        .count();
    if let Some(view) = OWN.into_iter().find(|own| own.id == input.id) {
        let output = InfoOutput {
            view,
            configuration_schema: None,
            request_schema: None,
            instance_count,
        };
        return done(&output);
    }
    let namespace = input.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE);
    let key = FunctionKey {
        id: Text::from(&input.id),
        namespace: Text::from(namespace),
    };
    let Some(known) = catalog.trigger_types.get(&key) else {
        return Err(not_found(format!(
            "Trigger type '{}' is not registered.",
            input.id
        )));
    };
    done(&InfoOutput {
        view: TypeView::of(known),
        configuration_schema: raw(known.details.trigger_request_format.as_ref()),
        request_schema: raw(known.details.call_request_format.as_ref()),
        instance_count,
    })
}
