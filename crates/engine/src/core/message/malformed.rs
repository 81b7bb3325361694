//! A frame that is no message.

use super::invoke_function::refuse;
use crate::core::effect::Effect;
use crate::core::effect::Outcome;
use crate::core::ids::CallKey;
use crate::core::session::{Session, complete, finish};
use iii_protocol::{DecodeError, DecodeErrorKind, ErrorBody, ErrorCode, Text};

/// Whoever waits is told: the worker itself when its call was unreadable, the caller when an
/// answer was. Unknown message types without an id are ignored, by rule.
pub(in crate::core) fn malformed(
    session: &mut Session,
    error: &DecodeError,
    effects: &mut Vec<Effect>,
) {
    let Some(id) = error.invocation_id.clone() else {
        return;
    };
    let code = match error.kind {
        DecodeErrorKind::TooLarge { .. } => ErrorCode::PayloadTooLarge,
        DecodeErrorKind::Overloaded => ErrorCode::Overloaded,
        _ => ErrorCode::InvalidMessage,
    };
    if error.message_type.as_deref() == Some("invocationresult") {
        let Some(key) = CallKey::from_wire(&id) else {
            return;
        };
        if let Some(call) = finish(session, key) {
            let message = format!("the answer of `{}` was unusable: {error}", call.function.id);
            complete(key, Outcome::failed(code, message), effects);
        }
        return;
    }
    if session.calls.is_open(&id) {
        // The open call of that id will get its own answer; a second one would end it twice.
        return;
    }
    refuse(
        session,
        id,
        Text::new(),
        &ErrorBody::new(code, error.to_string()),
        effects,
    );
}
