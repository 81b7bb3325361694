//! Who calls, as executors are told: the worker as the engine knows it, and the function in whose
//! handler it makes the call.

use super::Session;
use crate::core::authorizer::Identity;
use crate::core::ids::CallKey;
use bytes::BytesMut;
use iii_protocol::{EncodeSink, InvocationId, InvokeFunction, Payload, encode_text};

/// `{"worker_id", "worker_name"}`, made once for each session.
pub(super) fn worker_object(identity: &Identity) -> Payload {
    let mut json = BytesMut::new();
    json.put(b"{\"worker_id\":");
    encode_text(&identity.worker_id, &mut json);
    json.put(b",\"worker_name\":");
    encode_text(&identity.name, &mut json);
    json.put(b"}");
    Payload::from_trusted(bytes::Bytes::copy_from_slice(&json))
}

/// The caller of one call. What a worker says of itself does not count: what it is the engine
/// knows, and where it calls follows from the parent, which must be running there.
pub(in crate::core) fn caller_of(session: &Session, call: &InvokeFunction) -> Payload {
    let parent = call.parent.as_ref();
    let within = parent.and_then(|parent| within(session, parent));
    within.unwrap_or_else(|| session.caller.clone())
}

fn within(session: &Session, parent: &InvocationId) -> Option<Payload> {
    let running = session.calls.incoming.get(&CallKey::from_wire(parent)?)?;
    let mut json = BytesMut::from(session.caller.as_bytes().strip_suffix(b"}")?);
    json.put(b",\"function_id\":");
    encode_text(&running.function.id, &mut json);
    json.put(b",\"invocation_id\":");
    encode_text(&parent.to_string(), &mut json);
    json.put(b"}");
    Some(Payload::from_trusted(json.freeze()))
}
