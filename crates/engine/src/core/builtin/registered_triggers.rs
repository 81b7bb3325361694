//! `engine::registered-triggers::*`, `engine::register_trigger`, `engine::unregister_trigger`.

use super::render::{FunctionView, TriggerView, TypeView, raw};
use super::{Reply, Request, done, not_found};
use crate::core::DEFAULT_NAMESPACE;
use crate::core::authorizer::Request as Authorization;
use crate::core::authorizer::not_blank;
use crate::core::catalog::FunctionKey;
use crate::core::effect::Effect;
use crate::core::ids::{CallKey, SessionId};
use crate::core::registrar::Event;
use crate::core::session::Outgoing;
use iii_protocol::{ErrorBody, ErrorCode, Payload, RegisterTrigger, Text};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct ListInput {
    trigger_type: Option<String>,
    function_id: Option<String>,
    worker: Option<String>,
}

#[derive(Serialize)]
struct ListOutput<'a> {
    registered_triggers: Vec<TriggerView<'a>>,
}

pub(super) fn list(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: ListInput = request.input()?;
    let wanted = |wish: &Option<String>, is: &str| wish.as_deref().is_none_or(|wish| wish == is);
    let registered_triggers = request
        .catalog
        .triggers
        .values()
        .map(|trigger| TriggerView::of(trigger))
        .filter(|view| {
            wanted(&input.trigger_type, view.trigger_type)
                && wanted(&input.function_id, view.function_id)
                && wanted(&input.worker, &view.worker_name)
        })
        .collect();
    done(&ListOutput {
        registered_triggers,
    })
}

#[derive(Deserialize)]
struct IdInput {
    id: String,
}

#[derive(Serialize)]
struct InfoOutput<'a> {
    #[serde(flatten)]
    view: TriggerView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawValue>,
    trigger: Option<TypeView<'a>>,
    function: Option<FunctionView<'a>>,
}

pub(super) fn info(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: IdInput = request.input()?;
    let catalog = request.catalog;
    let Some(found) = catalog
        .triggers
        .values()
        .find(|trigger| trigger.id == *input.id)
    else {
        return Err(not_found(format!(
            "Trigger '{}' is not registered.",
            input.id
        )));
    };
    let namespace = found
        .trigger_namespace
        .clone()
        .unwrap_or(Text::from_static(DEFAULT_NAMESPACE));
    let key = FunctionKey {
        id: found.trigger_type.clone(),
        namespace,
    };
    done(&InfoOutput {
        view: TriggerView::of(found),
        metadata: raw(found.metadata.as_ref()),
        trigger: catalog
            .trigger_types
            .get(&key)
            .map(|known| TypeView::of(known)),
        function: catalog
            .function(&found.namespace, &found.function_id)
            .map(|function| FunctionView::of(function)),
    })
}

#[derive(Deserialize)]
struct RegisterInput {
    trigger_type: String,
    function_id: String,
    #[serde(default)]
    config: Option<Box<RawValue>>,
    metadata: Option<Box<RawValue>>,
    namespace: Option<String>,
    trigger_namespace: Option<String>,
    id: Option<String>,
}

pub(super) fn register(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: RegisterInput = request.input()?;
    not_blank(input.namespace.as_deref())?;
    not_blank(input.trigger_namespace.as_deref())?;
    let wish = Authorization::RegisterTrigger {
        trigger_type: &input.trigger_type,
        function_id: &input.function_id,
    };
    request.session.authorize(wish)?;
    let payload =
        |raw: Box<RawValue>| Payload::from_trusted(String::from(Box::<str>::from(raw)).into());
    let (waiting, key) = open(request);
    let trigger = RegisterTrigger {
        id: input
            .id
            .map_or_else(|| key.to_wire().to_string().into(), Text::from),
        trigger_type: input.trigger_type.into(),
        function_id: input.function_id.into(),
        config: input.config.map_or(Payload::NULL, payload),
        metadata: input.metadata.map(payload),
        namespace: input.namespace.map(Text::from),
        trigger_namespace: input.trigger_namespace.map(Text::from),
    };
    let event = Event::BindForEngine {
        waiting,
        namespace: request.session.identity.namespace.clone(),
        trigger: Box::new(trigger),
    };
    request.effects.push(Effect::Registry(Box::new(event)));
    Ok(Reply::Later)
}

pub(super) fn unregister(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: IdInput = request.input()?;
    if input.id.is_empty() {
        return Err(ErrorBody::new(ErrorCode::InvalidArguments, "`id` is empty"));
    }
    let (waiting, _) = open(request);
    let event = Event::UnbindForEngine {
        waiting,
        id: input.id.into(),
    };
    request.effects.push(Effect::Registry(Box::new(event)));
    Ok(Reply::Later)
}

/// Opens a call that the registrar will answer, if somebody waits for it.
fn open(request: &mut Request<'_>) -> (Option<CallKey>, CallKey) {
    let session = &mut *request.session;
    match request.reply_to.clone() {
        Some(id) => {
            let function_id = request.call.function_id.clone();
            let call = Outgoing {
                id,
                executor: SessionId::ENGINE,
                function_id,
            };
            let key = session.calls.open(session.id, call);
            (Some(key), key)
        }
        None => (None, session.calls.void(session.id)),
    }
}
