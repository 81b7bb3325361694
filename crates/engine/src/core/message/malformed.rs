//! A frame that is no message.

use super::invoke_function::refuse;
use super::registration::{Kind, reject};
use crate::core::authorizer::Refusal;
use crate::core::effect::{Effect, Outcome};
use crate::core::ids::CallKey;
use crate::core::session::{Session, complete, finish};
use iii_protocol::{
    DecodeError, DecodeErrorKind, ErrorBody, ErrorCode, InvocationId, Message, Text,
    TriggerRegistrationResult,
};

/// Whoever waits is told: the worker itself when its call or registration was unreadable, the
/// caller when an answer was. What carries no id is ignored, by rule.
pub(in crate::core) fn malformed(
    session: &mut Session,
    error: &DecodeError,
    effects: &mut Vec<Effect>,
) {
    let code = match error.kind {
        DecodeErrorKind::TooLarge { .. } => ErrorCode::PayloadTooLarge,
        DecodeErrorKind::Overloaded => ErrorCode::Overloaded,
        _ => ErrorCode::InvalidMessage,
    };
    let ids = (&error.invocation_id, error.registration_id.as_deref());
    match (error.message_type.as_deref(), ids) {
        (Some("invocationresult"), (Some(id), _)) => answer(session, id, code, error, effects),
        (Some("registertrigger"), (_, Some(id))) => trigger(session, id, code, error, effects),
        (Some("registerfunction"), (_, Some(id))) => {
            registration(session, Kind::Function, id, code, error, effects);
        }
        (Some("registertriggertype"), (_, Some(id))) => {
            registration(session, Kind::TriggerType, id, code, error, effects);
        }
        (_, (Some(id), _)) => call(session, id, code, error, effects),
        _ => {}
    }
}

/// The answer to a call that runs here cannot be used: the call ends with that.
fn answer(
    session: &mut Session,
    id: &InvocationId,
    code: ErrorCode,
    error: &DecodeError,
    effects: &mut Vec<Effect>,
) {
    let Some(key) = CallKey::from_wire(id) else {
        return;
    };
    if let Some(call) = finish(session, key) {
        let message = format!("the answer of `{}` was unusable: {error}", call.function.id);
        complete(key, Outcome::failed(code, message), effects);
    }
}

fn call(
    session: &Session,
    id: &InvocationId,
    code: ErrorCode,
    error: &DecodeError,
    effects: &mut Vec<Effect>,
) {
    if session.calls.is_open(id) {
        // The open call of that id will get its own answer; a second one would end it twice.
        return;
    }
    let body = ErrorBody::new(code, error.to_string());
    refuse(session, id.clone(), Text::new(), &body, effects);
}

fn registration(
    session: &Session,
    kind: Kind,
    id: &str,
    code: ErrorCode,
    error: &DecodeError,
    effects: &mut Vec<Effect>,
) {
    let message = error.to_string();
    reject(
        session,
        kind,
        &id.into(),
        &Refusal { code, message },
        effects,
    );
}

fn trigger(
    session: &Session,
    id: &str,
    code: ErrorCode,
    error: &DecodeError,
    effects: &mut Vec<Effect>,
) {
    let result = TriggerRegistrationResult {
        id: id.into(),
        trigger_type: Text::new(),
        function_id: None,
        error: Some(ErrorBody::new(code, error.to_string()).to_payload()),
    };
    session.send(
        Message::TriggerRegistrationResult(Box::new(result)),
        effects,
    );
}
