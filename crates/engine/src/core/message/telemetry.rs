//! Telemetry frames: passed on unread.

use crate::core::DEFAULT_NAMESPACE;
use crate::core::catalog::Snapshot;
use crate::core::effect::{Deliver, Effect, Peer};
use crate::core::ids::Moment;
use crate::core::session::Session;
use bytes::Bytes;
use iii_protocol::{InvokeFunction, Payload, Text};
use std::sync::Arc;

/// Hands the frame to the host's telemetry function as a void call: the body is its input, the
/// prefix its metadata. Without such a function, or with a body that is no JSON, it is dropped.
pub(in crate::core) fn telemetry(
    session: &mut Session,
    prefix: [u8; 4],
    body: Bytes,
    catalog: &Snapshot,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    let Some(id) = &session.rules.tables.telemetry_function else {
        return;
    };
    let Some(function) = catalog.function(&Text::from_static(DEFAULT_NAMESPACE), id) else {
        return;
    };
    let (Some(replica), Ok(data)) = (function.choose(), Payload::parse(body)) else {
        return;
    };
    replica.load.add();
    let to = replica.session;
    let kind = std::str::from_utf8(&prefix).unwrap_or_default();
    let call = InvokeFunction {
        function_id: function.id.clone(),
        data: Some(data),
        metadata: Some(Payload::from_trusted(
            format!(r#"{{"kind":"{kind}"}}"#).into(),
        )),
        caller: Some(session.caller.clone()),
        ..InvokeFunction::default()
    };
    let deadline = function.timeout_ms.map(|ms| now.after_ms(ms));
    let key = session.calls.void(session.id);
    let deliver = Box::new(Deliver {
        key,
        deadline,
        function: Arc::clone(function),
        call,
    });
    effects.push(Effect::Peer {
        to,
        peer: Peer::Deliver(deliver),
    });
}
