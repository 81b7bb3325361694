//! Message to frame, in canonical form: `type` first, then the fields in the order of the structs,
//! absent fields left out.

use crate::message::{
    CancelInvocation, InvocationResult, InvokeFunction, Message, Reattach, RegisterFunction,
    RegisterTrigger, RegisterTriggerType, RegistrationRejected, TraceContext,
    TriggerRegistrationResult, WorkerRegistered,
};
use crate::{InvocationId, Payload, Text, scan};
use bytes::{Bytes, BytesMut};

/// Where encoded bytes go. A sink may keep large payloads by reference instead of copying them.
pub trait EncodeSink {
    /// Appends bytes of the envelope.
    fn put(&mut self, bytes: &[u8]);

    /// Appends a payload.
    fn put_payload(&mut self, payload: &Bytes) {
        self.put(payload);
    }
}

impl EncodeSink for BytesMut {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl EncodeSink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Encodes one message.
///
/// # Examples
/// ```
/// use iii_protocol::{Message, encode};
/// let mut frame = Vec::new();
/// encode(&Message::Ping, &mut frame);
/// assert_eq!(frame, br#"{"type":"ping"}"#);
/// ```
pub fn encode(message: &Message, sink: &mut impl EncodeSink) {
    match message {
        Message::InvokeFunction(call) => invoke_function(call, sink),
        Message::InvocationResult(result) => invocation_result(result, sink),
        Message::CancelInvocation(cancel) => cancel_invocation(cancel, sink),
        Message::RegisterFunction(function) => register_function(function, sink),
        Message::FunctionRegistered(function) => {
            sink.put(br#"{"type":"functionregistered""#);
            text(b",\"id\":", &function.id, sink);
            text(b",\"namespace\":", &function.namespace, sink);
        }
        Message::UnregisterFunction(function) => {
            sink.put(br#"{"type":"unregisterfunction""#);
            text(b",\"id\":", &function.id, sink);
        }
        Message::RegisterService(service) => {
            sink.put(br#"{"type":"registerservice""#);
            text(b",\"id\":", &service.id, sink);
        }
        Message::RegisterTriggerType(trigger_type) => register_trigger_type(trigger_type, sink),
        Message::TriggerTypeRegistered(trigger_type) => {
            sink.put(br#"{"type":"triggertyperegistered""#);
            text(b",\"id\":", &trigger_type.id, sink);
            text(b",\"namespace\":", &trigger_type.namespace, sink);
        }
        Message::UnregisterTriggerType(trigger_type) => {
            sink.put(br#"{"type":"unregistertriggertype""#);
            text(b",\"id\":", &trigger_type.id, sink);
            optional_text(b",\"namespace\":", trigger_type.namespace.as_ref(), sink);
        }
        Message::RegisterTrigger(trigger) => register_trigger(trigger, sink),
        Message::UnregisterTrigger(trigger) => {
            sink.put(br#"{"type":"unregistertrigger""#);
            text(b",\"id\":", &trigger.id, sink);
            optional_text(b",\"trigger_type\":", trigger.trigger_type.as_ref(), sink);
        }
        Message::TriggerRegistrationResult(result) => trigger_registration_result(result, sink),
        Message::WorkerRegistered(registered) => worker_registered(registered, sink),
        Message::RegistrationRejected(rejected) => registration_rejected(rejected, sink),
        Message::Reattach(reattach) => reattach_message(reattach, sink),
        Message::Drain(drain) => {
            sink.put(br#"{"type":"drain""#);
            optional_text(b",\"reason\":", drain.reason.as_ref(), sink);
        }
        Message::Ping => sink.put(br#"{"type":"ping""#),
        Message::Pong => sink.put(br#"{"type":"pong""#),
        Message::Error(message) => {
            sink.put(br#"{"type":"error""#);
            payload(b",\"error\":", Some(&message.error), sink);
        }
    }
    sink.put(b"}");
}

/// Appends `text` as a JSON string with its quotes.
pub fn encode_text(text: &str, sink: &mut impl EncodeSink) {
    encode_text_bytes(text.as_bytes(), sink);
}

/// As `encode_text`, for bytes that are UTF-8 by their type's promise.
fn encode_text_bytes(text: &[u8], sink: &mut impl EncodeSink) {
    sink.put(b"\"");
    let mut rest = text;
    while let Some(stop) = scan::find_string_stop(rest) {
        sink.put(&rest[..stop]);
        match rest[stop] {
            b'"' => sink.put(b"\\\""),
            b'\\' => sink.put(b"\\\\"),
            b'\n' => sink.put(b"\\n"),
            b'\r' => sink.put(b"\\r"),
            b'\t' => sink.put(b"\\t"),
            control => sink.put(format!("\\u{control:04x}").as_bytes()),
        }
        rest = &rest[stop + 1..];
    }
    sink.put(rest);
    sink.put(b"\"");
}

// Each helper takes the field's name as `,"name":`, because `type` always stands before it.

fn text(prefix: &[u8], value: &Text, sink: &mut impl EncodeSink) {
    sink.put(prefix);
    encode_text_bytes(value.as_bytes(), sink);
}

fn optional_text(prefix: &[u8], value: Option<&Text>, sink: &mut impl EncodeSink) {
    if let Some(value) = value {
        text(prefix, value, sink);
    }
}

fn payload(prefix: &[u8], value: Option<&Payload>, sink: &mut impl EncodeSink) {
    if let Some(value) = value {
        sink.put(prefix);
        sink.put_payload(value.bytes());
    }
}

fn number(prefix: &[u8], value: Option<u64>, sink: &mut impl EncodeSink) {
    if let Some(mut value) = value {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        sink.put(prefix);
        sink.put(&digits[at..]);
    }
}

fn invocation_id(prefix: &[u8], id: &InvocationId, sink: &mut impl EncodeSink) {
    sink.put(prefix);
    if id.as_u128().is_some() {
        id.with_str(|text| {
            sink.put(b"\"");
            sink.put(text.as_bytes());
            sink.put(b"\"");
        });
    } else {
        id.with_str(|text| encode_text(text, sink));
    }
}

fn trace(trace: &TraceContext, sink: &mut impl EncodeSink) {
    optional_text(b",\"traceparent\":", trace.traceparent.as_ref(), sink);
    optional_text(b",\"tracestate\":", trace.tracestate.as_ref(), sink);
    optional_text(b",\"baggage\":", trace.baggage.as_ref(), sink);
}

fn invoke_function(call: &InvokeFunction, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"invokefunction""#);
    if let Some(id) = &call.invocation_id {
        invocation_id(b",\"invocation_id\":", id, sink);
    }
    text(b",\"function_id\":", &call.function_id, sink);
    payload(b",\"data\":", call.data.as_ref(), sink);
    payload(b",\"action\":", call.action.as_ref(), sink);
    payload(b",\"metadata\":", call.metadata.as_ref(), sink);
    optional_text(b",\"namespace\":", call.namespace.as_ref(), sink);
    trace(&call.trace, sink);
    payload(b",\"caller\":", call.caller.as_ref(), sink);
    number(b",\"timeout_ms\":", call.timeout_ms, sink);
    if let Some(id) = &call.parent {
        invocation_id(b",\"parent\":", id, sink);
    }
    number(b",\"attempt\":", call.attempt, sink);
    payload(b",\"delivery\":", call.delivery.as_ref(), sink);
}

fn invocation_result(result: &InvocationResult, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"invocationresult""#);
    invocation_id(b",\"invocation_id\":", &result.invocation_id, sink);
    optional_text(b",\"function_id\":", result.function_id.as_ref(), sink);
    payload(b",\"result\":", result.result.as_ref(), sink);
    payload(b",\"error\":", result.error.as_ref(), sink);
    trace(&result.trace, sink);
    if result.quiet {
        sink.put(b",\"quiet\":true");
    }
}

fn cancel_invocation(cancel: &CancelInvocation, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"cancelinvocation""#);
    invocation_id(b",\"invocation_id\":", &cancel.invocation_id, sink);
    optional_text(b",\"reason\":", cancel.reason.as_ref(), sink);
}

fn register_function(function: &RegisterFunction, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"registerfunction""#);
    text(b",\"id\":", &function.id, sink);
    optional_text(b",\"description\":", function.description.as_ref(), sink);
    payload(
        b",\"request_format\":",
        function.request_format.as_ref(),
        sink,
    );
    payload(
        b",\"response_format\":",
        function.response_format.as_ref(),
        sink,
    );
    payload(b",\"metadata\":", function.metadata.as_ref(), sink);
    payload(b",\"invocation\":", function.invocation.as_ref(), sink);
    number(b",\"timeout_ms\":", function.timeout_ms, sink);
    if function.exclusive {
        sink.put(b",\"exclusive\":true");
    }
}

fn register_trigger_type(trigger_type: &RegisterTriggerType, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"registertriggertype""#);
    text(b",\"id\":", &trigger_type.id, sink);
    optional_text(
        b",\"description\":",
        trigger_type.description.as_ref(),
        sink,
    );
    payload(
        b",\"trigger_request_format\":",
        trigger_type.trigger_request_format.as_ref(),
        sink,
    );
    payload(
        b",\"call_request_format\":",
        trigger_type.call_request_format.as_ref(),
        sink,
    );
    optional_text(b",\"namespace\":", trigger_type.namespace.as_ref(), sink);
}

fn register_trigger(trigger: &RegisterTrigger, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"registertrigger""#);
    text(b",\"id\":", &trigger.id, sink);
    text(b",\"trigger_type\":", &trigger.trigger_type, sink);
    text(b",\"function_id\":", &trigger.function_id, sink);
    payload(b",\"config\":", Some(&trigger.config), sink);
    payload(b",\"metadata\":", trigger.metadata.as_ref(), sink);
    optional_text(b",\"namespace\":", trigger.namespace.as_ref(), sink);
    optional_text(
        b",\"trigger_namespace\":",
        trigger.trigger_namespace.as_ref(),
        sink,
    );
}

fn trigger_registration_result(result: &TriggerRegistrationResult, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"triggerregistrationresult""#);
    text(b",\"id\":", &result.id, sink);
    text(b",\"trigger_type\":", &result.trigger_type, sink);
    optional_text(b",\"function_id\":", result.function_id.as_ref(), sink);
    payload(b",\"error\":", result.error.as_ref(), sink);
}

fn worker_registered(registered: &WorkerRegistered, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"workerregistered""#);
    text(b",\"worker_id\":", &registered.worker_id, sink);
    optional_text(
        b",\"reattach_token\":",
        registered.reattach_token.as_ref(),
        sink,
    );
    if !registered.features.is_empty() {
        for (at, feature) in registered.features.iter().enumerate() {
            text(
                if at == 0 { b",\"features\":[" } else { b"," },
                feature,
                sink,
            );
        }
        sink.put(b"]");
    }
    optional_text(
        b",\"channel_secret\":",
        registered.channel_secret.as_ref(),
        sink,
    );
}

fn registration_rejected(rejected: &RegistrationRejected, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"registrationrejected""#);
    text(b",\"code\":", &rejected.code, sink);
    text(b",\"namespace\":", &rejected.namespace, sink);
    optional_text(b",\"worker_name\":", rejected.worker_name.as_ref(), sink);
    optional_text(b",\"function_id\":", rejected.function_id.as_ref(), sink);
    optional_text(b",\"trigger_type\":", rejected.trigger_type.as_ref(), sink);
    text(b",\"owner_worker_id\":", &rejected.owner_worker_id, sink);
    optional_text(b",\"message\":", rejected.message.as_ref(), sink);
}

fn reattach_message(reattach: &Reattach, sink: &mut impl EncodeSink) {
    sink.put(br#"{"type":"reattach""#);
    text(
        b",\"previous_worker_id\":",
        &reattach.previous_worker_id,
        sink,
    );
    optional_text(
        b",\"reattach_token\":",
        reattach.reattach_token.as_ref(),
        sink,
    );
}
