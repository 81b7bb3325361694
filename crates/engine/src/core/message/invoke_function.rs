//! `invokefunction`: the worker calls a function.

use crate::core::authorizer::{Request, not_blank};
use crate::core::builtin;
use crate::core::catalog::{Function, Snapshot};
use crate::core::effect::{Deliver, Effect, Peer};
use crate::core::ids::{CallKey, Moment};
use crate::core::session::{Incoming, Outgoing, Session, caller_of};
use crate::core::{DEFAULT_NAMESPACE, RESERVED_PREFIX};
use bytes::{Bytes, BytesMut};
use iii_protocol::{
    EncodeSink, ErrorBody, ErrorCode, InvocationId, InvocationResult, InvokeFunction, Message,
    Payload, Text, encode_text, scan,
};
use std::ops::Range;
use std::sync::Arc;

/// Where a call goes.
enum Route {
    /// To a function of the engine itself.
    Builtin(builtin::Handler),
    /// To a worker's function.
    Worker(Arc<Function>),
}

/// Routes the call, or answers why that cannot be done.
pub(super) fn invoke_function(
    session: &mut Session,
    mut call: InvokeFunction,
    catalog: &Snapshot,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    let action = call.action.take();
    let kind = action.as_ref().map(action_type).transpose();
    // A void call has no outcome, whatever id it carries.
    let void = matches!(&kind, Ok(Some(kind)) if kind == "void");
    let reply_to = call.invocation_id.take().filter(|_| !void);
    let function_id = call.function_id.clone();
    let started = kind
        .and_then(|kind| prepare(session, &mut call, reply_to.as_ref(), kind.zip(action)))
        .and_then(|()| start(session, call, reply_to.clone(), catalog, now, effects));
    if let (Err(error), Some(id)) = (started, reply_to) {
        refuse(session, id, function_id, &error, effects);
    }
}

/// Checks the envelope and resolves the action.
fn prepare(
    session: &Session,
    call: &mut InvokeFunction,
    reply_to: Option<&InvocationId>,
    action: Option<(String, Payload)>,
) -> Result<(), ErrorBody> {
    not_blank(call.namespace.as_deref())?;
    if let Some(id) = reply_to {
        if session.calls.is_open(id) {
            let message = format!("invocation id `{id}` is already in use by an open call");
            return Err(ErrorBody::new(ErrorCode::InvalidMessage, message));
        }
        let limit = session.rules.limits.calls_per_session_max;
        if session.calls.waiting() >= limit {
            let message = format!("{limit} calls in flight reach `calls_per_session_max`");
            return Err(ErrorBody::new(ErrorCode::Overloaded, message));
        }
    }
    match action {
        Some((kind, fields)) if kind != "void" => {
            let Some(target) = session.rules.tables.actions.get(&*kind) else {
                let message = format!("no function carries out the action `{kind}`");
                return Err(ErrorBody::new(ErrorCode::UnknownAction, message));
            };
            *call = action_call(target.function_id.clone(), &fields, call);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Sends the call on its way.
fn start(
    session: &mut Session,
    mut call: InvokeFunction,
    reply_to: Option<InvocationId>,
    catalog: &Snapshot,
    now: Moment,
    effects: &mut Vec<Effect>,
) -> Result<(), ErrorBody> {
    let namespace = call
        .namespace
        .take()
        .unwrap_or(Text::from_static(DEFAULT_NAMESPACE));
    session.authorize(Request::Call {
        namespace: &namespace,
        function_id: &call.function_id,
    })?;
    let mut function = match route(session, &namespace, &call.function_id, catalog)? {
        Route::Builtin(handler) => {
            return builtin::call(session, handler, call, reply_to, catalog, now, effects);
        }
        Route::Worker(function) => function,
    };
    if let Some(descriptor) = function.details.as_ref().and_then(|d| d.invocation.clone()) {
        function = redirect(session, &function, &descriptor, &mut call, catalog)?;
    }
    let Some(replica) = function.choose() else {
        return Err(not_found(&namespace, &call.function_id, catalog));
    };
    replica.load.add();
    let executor = replica.session;
    let parent = call.parent.take();
    let parent = parent.and_then(|id| {
        session
            .calls
            .incoming
            .get_key_value(&CallKey::from_wire(&id)?)
    });
    let deadline = deadline(session, &call, &function, parent, reply_to.is_some(), now);
    call.caller = Some(caller_of(session, parent));
    let key = match reply_to {
        Some(id) => {
            let open = Outgoing {
                id,
                executor,
                function_id: function.id.clone(),
            };
            session.calls.open(session.id, open)
        }
        None => session.calls.void(session.id),
    };
    call.function_id = function.id.clone();
    let deliver = Box::new(Deliver {
        key,
        deadline,
        function,
        call,
    });
    effects.push(Effect::Peer {
        to: executor,
        peer: Peer::Deliver(deliver),
    });
    Ok(())
}

/// Finds the function, or says where it might be.
fn route(
    session: &Session,
    namespace: &Text,
    function_id: &Text,
    catalog: &Snapshot,
) -> Result<Route, ErrorBody> {
    if let Some(verb) = function_id.strip_prefix(RESERVED_PREFIX)
        && *namespace == *DEFAULT_NAMESPACE
        && let Some(handler) = builtin::find(verb)
    {
        return Ok(Route::Builtin(handler));
    }
    match catalog.function(namespace, function_id) {
        Some(function) => Ok(Route::Worker(Arc::clone(function))),
        None => Err(missing(session, namespace, function_id, catalog)),
    }
}

fn missing(
    session: &Session,
    namespace: &Text,
    function_id: &Text,
    catalog: &Snapshot,
) -> ErrorBody {
    let actions = &session.rules.tables.actions;
    match actions
        .values()
        .find(|action| action.function_id == *function_id)
    {
        Some(action) => ErrorBody {
            code: action.missing_code.clone(),
            message: action.missing_message.clone(),
            stacktrace: None,
            details: None,
        },
        None => not_found(namespace, function_id, catalog),
    }
}

fn not_found(namespace: &Text, function_id: &Text, catalog: &Snapshot) -> ErrorBody {
    let mut message = format!("Function {function_id} not found in namespace {namespace}.");
    let elsewhere: Vec<&str> = catalog
        .namespaces_of(function_id)
        .map(|found| &**found)
        .collect();
    if !elsewhere.is_empty() {
        message.push_str(" It exists in: ");
        message.push_str(&elsewhere.join(", "));
        message.push('.');
    }
    ErrorBody::new(ErrorCode::FunctionNotFound, message)
}

/// A function behind a URL is called by the worker that can do so, with the descriptor unread.
fn redirect(
    session: &Session,
    function: &Function,
    descriptor: &Payload,
    call: &mut InvokeFunction,
    catalog: &Snapshot,
) -> Result<Arc<Function>, ErrorBody> {
    let target = session
        .rules
        .tables
        .invocation_function
        .as_ref()
        .and_then(|id| {
            catalog
                .function(&Text::from_static(DEFAULT_NAMESPACE), id)
                .map(Arc::clone)
        });
    let Some(target) = target else {
        let message = format!(
            "`{}` lives behind a URL and nothing here calls URLs",
            function.id
        );
        return Err(ErrorBody::new(ErrorCode::FunctionNotInvokable, message));
    };
    let mut json = BytesMut::with_capacity(descriptor.len() + 128);
    json.put(b"{\"function_id\":");
    encode_text(&function.id, &mut json);
    json.put(b",\"invocation\":");
    json.put(descriptor.as_bytes());
    if let Some(data) = &call.data {
        json.put(b",\"data\":");
        json.put(data.as_bytes());
    }
    json.put(b"}");
    call.data = Some(Payload::from_trusted(json.freeze()));
    Ok(target)
}

/// The call's own wish, else the function's, else the default; a call without a waiting caller has
/// none unless its function says so. Never later than the deadline of the call it is made in.
fn deadline(
    session: &Session,
    call: &InvokeFunction,
    function: &Function,
    parent: Option<(&CallKey, &Incoming)>,
    awaited: bool,
    now: Moment,
) -> Option<Moment> {
    let own = match (call.timeout_ms, function.timeout_ms) {
        (Some(ms), _) if awaited => Some(ms),
        (_, Some(ms)) => Some(ms),
        _ if awaited => Some(session.rules.limits.deadline_default_ms),
        _ => None,
    };
    let own = own.map(|ms| now.after_ms(ms));
    let parent = parent.and_then(|(_, parent)| parent.deadline);
    match (own, parent) {
        (Some(own), Some(parent)) => Some(own.min(parent)),
        (own, parent) => own.or_else(|| parent.filter(|_| awaited)),
    }
}

fn action_type(action: &Payload) -> Result<String, ErrorBody> {
    let json = action.as_bytes();
    let mut kind = None;
    let read = scan::members::<iii_protocol::SyntaxError>(json, |key, value| {
        if &json[key] == b"type" {
            kind = serde_json::from_slice::<String>(&json[value]).ok();
        }
        Ok(())
    });
    read.ok().and(kind).ok_or_else(|| {
        let message = "`action` needs a string field `type`";
        ErrorBody::new(ErrorCode::InvalidMessage, message)
    })
}

/// The call that carries out an action: the action's own fields beside the original call, spliced
/// as bytes.
fn action_call(target: Text, action: &Payload, call: &InvokeFunction) -> InvokeFunction {
    let mut json = BytesMut::with_capacity(action.len() + 256);
    json.put(b"{\"function_id\":");
    encode_text(&call.function_id, &mut json);
    let fields = action.as_bytes();
    let splice =
        |key: Range<usize>, value: Range<usize>| -> Result<(), iii_protocol::SyntaxError> {
            if !matches!(&fields[key.clone()], b"type" | b"function_id" | b"data") {
                json.put(b",\"");
                json.put(&fields[key]);
                json.put(b"\":");
                json.put(&fields[value]);
            }
            Ok(())
        };
    // The decoder has checked the text, and `action_type` that it is an object.
    let _ = scan::members(fields, splice);
    let mut optional = |name: &[u8], value: Option<&[u8]>| {
        if let Some(value) = value {
            json.put(name);
            json.put(value);
        }
    };
    optional(
        b",\"data\":",
        Some(
            call.data
                .as_ref()
                .map_or(b"null".as_slice(), Payload::as_bytes),
        ),
    );
    optional(
        b",\"metadata\":",
        call.metadata.as_ref().map(Payload::as_bytes),
    );
    let quoted = |text: &Text| {
        let mut quoted = Vec::new();
        encode_text(text, &mut quoted);
        quoted
    };
    optional(
        b",\"namespace\":",
        call.namespace.as_ref().map(quoted).as_deref(),
    );
    optional(
        b",\"traceparent\":",
        call.trace.traceparent.as_ref().map(quoted).as_deref(),
    );
    optional(
        b",\"baggage\":",
        call.trace.baggage.as_ref().map(quoted).as_deref(),
    );
    json.put(b"}");
    InvokeFunction {
        function_id: target,
        data: Some(Payload::from_trusted(Bytes::from(json))),
        trace: call.trace.clone(),
        timeout_ms: call.timeout_ms,
        parent: call.parent.clone(),
        ..InvokeFunction::default()
    }
}

/// Answers a call that could not be started.
pub(super) fn refuse(
    session: &Session,
    invocation_id: InvocationId,
    function_id: Text,
    error: &ErrorBody,
    effects: &mut Vec<Effect>,
) {
    let result = InvocationResult {
        invocation_id,
        function_id: Some(function_id),
        error: Some(error.to_payload()),
        ..InvocationResult::default()
    };
    session.send(Message::InvocationResult(result), effects);
}
