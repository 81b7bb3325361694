//! A call for this session's worker.

use crate::core::effect::{Deliver, Effect, Outcome};
use crate::core::ids::Moment;
use crate::core::session::{Incoming, Session, complete};
use bytes::{Bytes, BytesMut};
use iii_protocol::{EncodeSink, ErrorCode, InvokeFunction, Message, Payload, encode_text};

/// Hands the call to the worker, or answers that it is too busy.
pub(in crate::core) fn deliver(
    session: &mut Session,
    deliver: Deliver,
    congested: bool,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    let Deliver {
        key,
        deadline,
        function,
        mut call,
    } = deliver;
    let running = session.calls.incoming.len();
    if congested || running >= session.rules.limits.calls_per_executor_max {
        session.load.remove();
        let limit = if congested {
            "outbox_high_bytes"
        } else {
            "calls_per_executor_max"
        };
        let message = format!(
            "the worker running `{}` is at its limit `{limit}`",
            function.id
        );
        complete(
            key,
            Outcome::failed(ErrorCode::Overloaded, message),
            effects,
        );
        return;
    }
    if let Some(deadline) = deadline {
        session.deadlines.add(deadline, key);
    }
    if session.inject_caller {
        inject_caller(&mut call);
    }
    call.invocation_id = Some(key.to_wire());
    call.timeout_ms = deadline
        .filter(|_| session.kit)
        .map(|deadline| deadline.ms_from(now));
    session
        .calls
        .incoming
        .insert(key, Incoming { deadline, function });
    session.send(Message::InvokeFunction(call), effects);
}

/// Puts `_caller_worker_id` first into an object payload, for workers that still read it there.
fn inject_caller(call: &mut InvokeFunction) {
    let Some(worker_id) = call.caller.as_ref().and_then(caller_id) else {
        return;
    };
    let Some(data) = &call.data else { return };
    let Some(members) = data.as_bytes().trim_ascii_start().strip_prefix(b"{") else {
        return;
    };
    let empty = members.trim_ascii_start().starts_with(b"}");
    let mut json = BytesMut::with_capacity(data.len() + 80);
    json.put(b"{\"_caller_worker_id\":");
    encode_text(&worker_id, &mut json);
    json.put(if empty { b"" } else { b"," });
    json.put(members);
    call.data = Some(Payload::from_trusted(Bytes::from(json)));
}

fn caller_id(caller: &Payload) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Caller {
        worker_id: String,
    }
    serde_json::from_slice::<Caller>(caller.as_bytes())
        .ok()
        .map(|caller| caller.worker_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_injected_into_objects_only() {
        let inject = |data: &'static str| {
            let mut call = InvokeFunction {
                data: Some(Payload::from_trusted(Bytes::from_static(data.as_bytes()))),
                caller: Some(Payload::from_trusted(Bytes::from_static(
                    br#"{"worker_id":"w"}"#,
                ))),
                ..InvokeFunction::default()
            };
            inject_caller(&mut call);
            String::from_utf8(call.data.unwrap().as_bytes().to_vec()).unwrap()
        };
        assert_eq!(inject(r#"{"a":1}"#), r#"{"_caller_worker_id":"w","a":1}"#);
        assert_eq!(inject("{ }"), r#"{"_caller_worker_id":"w" }"#);
        assert_eq!(inject("[1]"), "[1]");
    }
}
