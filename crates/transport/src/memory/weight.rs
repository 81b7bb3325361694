//! How many bytes a message would roughly have on a wire.

use iii_protocol::{InvocationResult, InvokeFunction, Message, Payload, RegisterFunction, Text};

/// Keys, quotes and ids of a typical envelope.
const ENVELOPE_BYTES: usize = 128;

/// The approximate size of a message. Payloads count exactly, the envelope as a constant.
pub(super) fn message_bytes(message: &Message) -> usize {
    let payloads = match message {
        Message::InvokeFunction(invoke) => invoke_bytes(invoke),
        Message::InvocationResult(result) => result_bytes(result),
        Message::RegisterFunction(register) => register_bytes(register),
        Message::RegisterTriggerType(register) => {
            text(register.description.as_ref())
                + payload(register.trigger_request_format.as_ref())
                + payload(register.call_request_format.as_ref())
        }
        Message::RegisterTrigger(register) => {
            register.config.len() + payload(register.metadata.as_ref())
        }
        Message::TriggerRegistrationResult(result) => payload(result.error.as_ref()),
        Message::Error(error) => error.error.len(),
        Message::CancelInvocation(_)
        | Message::FunctionRegistered(_)
        | Message::UnregisterFunction(_)
        | Message::RegisterService(_)
        | Message::TriggerTypeRegistered(_)
        | Message::UnregisterTriggerType(_)
        | Message::UnregisterTrigger(_)
        | Message::WorkerRegistered(_)
        | Message::RegistrationRejected(_)
        | Message::Reattach(_)
        | Message::Drain(_)
        | Message::Ping
        | Message::Pong => 0,
    };
    ENVELOPE_BYTES + payloads
}

fn invoke_bytes(invoke: &InvokeFunction) -> usize {
    payload(invoke.data.as_ref())
        + payload(invoke.action.as_ref())
        + payload(invoke.metadata.as_ref())
        + payload(invoke.caller.as_ref())
        + text(invoke.trace.baggage.as_ref())
}

fn result_bytes(result: &InvocationResult) -> usize {
    payload(result.result.as_ref())
        + payload(result.error.as_ref())
        + text(result.trace.baggage.as_ref())
}

fn register_bytes(register: &RegisterFunction) -> usize {
    text(register.description.as_ref())
        + payload(register.request_format.as_ref())
        + payload(register.response_format.as_ref())
        + payload(register.metadata.as_ref())
        + payload(register.invocation.as_ref())
}

fn payload(payload: Option<&Payload>) -> usize {
    payload.map_or(0, Payload::len)
}

fn text(text: Option<&Text>) -> usize {
    text.map_or(0, |text| text.as_bytes().len())
}
