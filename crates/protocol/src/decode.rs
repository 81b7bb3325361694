//! Frame to message.

use crate::fields::{Field, Fields};
use crate::message::{
    CancelInvocation, Drain, ErrorMessage, FunctionRegistered, InvocationResult, InvokeFunction,
    Message, Reattach, RegisterFunction, RegisterService, RegisterTrigger, RegisterTriggerType,
    RegistrationRejected, TriggerRegistrationResult, TriggerTypeRegistered, UnregisterFunction,
    UnregisterTrigger, UnregisterTriggerType, WorkerRegistered,
};
use crate::{DecodeError, DecodeErrorKind, InvocationId, Payload, Text, scan};
use bytes::Bytes;

type Decoded<T> = Result<T, DecodeErrorKind>;

/// Decodes one message. Payloads and strings share the frame's memory.
///
/// # Errors
/// What is wrong, with the message's type and invocation id as far as they could be read, so that
/// whoever waits for an answer can be given one.
///
/// # Examples
/// ```
/// use iii_protocol::{Message, decode};
/// let frame = r#"{"type":"invokefunction","function_id":"orders::validate","data":{"n":1.0}}"#;
/// let Message::InvokeFunction(call) = decode(frame.into())? else { panic!() };
/// assert_eq!(call.function_id, "orders::validate");
/// assert_eq!(call.data.unwrap().as_bytes(), br#"{"n":1.0}"#);
/// # Ok::<(), iii_protocol::DecodeError>(())
/// ```
pub fn decode(frame: Bytes) -> Result<Message, DecodeError> {
    if simdutf8::basic::from_utf8(&frame).is_err() {
        return Err(salvage(&frame, DecodeErrorKind::NotUtf8));
    }
    let mut fields = Fields::new(&frame);
    if let Err(kind) = fields.scan() {
        return Err(salvage(&frame, kind));
    }
    message(&fields).map_err(|kind| DecodeError {
        kind,
        message_type: fields
            .text(Field::Type)
            .ok()
            .flatten()
            .map(|text| text.to_string()),
        invocation_id: fields.invocation_id(Field::InvocationId).ok().flatten(),
        registration_id: fields
            .text(Field::Id)
            .ok()
            .flatten()
            .filter(|id| !id.is_empty())
            .map(|id| id.to_string()),
    })
}

fn message(fields: &Fields<'_>) -> Decoded<Message> {
    if let Some(message_type) = fields.plain_bytes(Field::Type) {
        return message_of_type(message_type, fields);
    }
    match fields.text(Field::Type)? {
        None => Err(DecodeErrorKind::MissingType),
        Some(message_type) => message_of_type(message_type.as_bytes(), fields),
    }
}

#[inline]
fn message_of_type(message_type: &[u8], fields: &Fields<'_>) -> Decoded<Message> {
    Ok(match message_type {
        b"invokefunction" => Message::InvokeFunction(invoke_function(fields)?),
        b"invocationresult" => Message::InvocationResult(invocation_result(fields)?),
        b"cancelinvocation" => Message::CancelInvocation(cancel_invocation(fields)?),
        b"registerfunction" => Message::RegisterFunction(Box::new(register_function(fields)?)),
        b"functionregistered" => Message::FunctionRegistered(function_registered(fields)?),
        b"unregisterfunction" => Message::UnregisterFunction(UnregisterFunction {
            id: fields.required_text(Field::Id)?,
        }),
        b"registerservice" => Message::RegisterService(RegisterService {
            id: fields.required_text(Field::Id)?,
        }),
        b"registertriggertype" => {
            Message::RegisterTriggerType(Box::new(register_trigger_type(fields)?))
        }
        b"triggertyperegistered" => Message::TriggerTypeRegistered(TriggerTypeRegistered {
            id: fields.required_text(Field::Id)?,
            namespace: fields.required_text(Field::Namespace)?,
        }),
        b"unregistertriggertype" => Message::UnregisterTriggerType(UnregisterTriggerType {
            id: fields.required_text(Field::Id)?,
            namespace: fields.text(Field::Namespace)?,
        }),
        b"registertrigger" => Message::RegisterTrigger(Box::new(register_trigger(fields)?)),
        b"unregistertrigger" => Message::UnregisterTrigger(UnregisterTrigger {
            id: fields.required_text(Field::Id)?,
            trigger_type: fields.text(Field::TriggerType)?,
        }),
        b"triggerregistrationresult" => {
            Message::TriggerRegistrationResult(Box::new(trigger_registration_result(fields)?))
        }
        b"workerregistered" => Message::WorkerRegistered(Box::new(worker_registered(fields)?)),
        b"registrationrejected" => {
            Message::RegistrationRejected(Box::new(registration_rejected(fields)?))
        }
        b"reattach" => Message::Reattach(Reattach {
            previous_worker_id: fields.required_text(Field::PreviousWorkerId)?,
            reattach_token: fields.text(Field::ReattachToken)?,
        }),
        b"drain" => Message::Drain(Drain {
            reason: fields.text(Field::Reason)?,
        }),
        b"ping" => Message::Ping,
        b"pong" => Message::Pong,
        b"error" => Message::Error(ErrorMessage {
            error: required(fields.payload(Field::Error), Field::Error)?,
        }),
        _ => return Err(DecodeErrorKind::UnknownType),
    })
}

fn required<T>(value: Option<T>, field: Field) -> Decoded<T> {
    value.ok_or_else(|| DecodeErrorKind::MissingField(field.name()))
}

#[inline]
fn invoke_function(fields: &Fields<'_>) -> Decoded<InvokeFunction> {
    Ok(InvokeFunction {
        invocation_id: fields.invocation_id(Field::InvocationId)?,
        function_id: fields.required_text(Field::FunctionId)?,
        data: fields.payload_or_null(Field::Data),
        action: fields.object(Field::Action)?,
        metadata: fields.payload(Field::Metadata),
        namespace: fields.text(Field::Namespace)?,
        trace: fields.trace()?,
        caller: fields.payload(Field::Caller),
        timeout_ms: fields.number(Field::TimeoutMs)?,
        parent: fields.invocation_id(Field::Parent)?,
        attempt: fields.number(Field::Attempt)?,
        delivery: fields.object(Field::Delivery)?,
    })
}

#[inline]
fn invocation_result(fields: &Fields<'_>) -> Decoded<InvocationResult> {
    Ok(InvocationResult {
        invocation_id: required(
            fields.invocation_id(Field::InvocationId)?,
            Field::InvocationId,
        )?,
        function_id: fields.text(Field::FunctionId)?,
        result: fields.payload_or_null(Field::Result),
        error: fields.payload(Field::Error),
        trace: fields.trace()?,
        quiet: fields.flag(Field::Quiet)?,
    })
}

fn cancel_invocation(fields: &Fields<'_>) -> Decoded<CancelInvocation> {
    Ok(CancelInvocation {
        invocation_id: required(
            fields.invocation_id(Field::InvocationId)?,
            Field::InvocationId,
        )?,
        reason: fields.text(Field::Reason)?,
    })
}

fn register_function(fields: &Fields<'_>) -> Decoded<RegisterFunction> {
    Ok(RegisterFunction {
        id: fields.required_text(Field::Id)?,
        description: fields.description()?,
        request_format: fields.payload(Field::RequestFormat),
        response_format: fields.payload(Field::ResponseFormat),
        metadata: fields.payload(Field::Metadata),
        invocation: fields.object(Field::Invocation)?,
        timeout_ms: fields.number(Field::TimeoutMs)?,
        exclusive: fields.flag(Field::Exclusive)?,
    })
}

fn function_registered(fields: &Fields<'_>) -> Decoded<FunctionRegistered> {
    Ok(FunctionRegistered {
        id: fields.required_text(Field::Id)?,
        namespace: fields.required_text(Field::Namespace)?,
    })
}

fn register_trigger_type(fields: &Fields<'_>) -> Decoded<RegisterTriggerType> {
    Ok(RegisterTriggerType {
        id: fields.required_text(Field::Id)?,
        description: fields.description()?,
        trigger_request_format: fields.payload(Field::TriggerRequestFormat),
        call_request_format: fields.payload(Field::CallRequestFormat),
        namespace: fields.text(Field::Namespace)?,
    })
}

fn register_trigger(fields: &Fields<'_>) -> Decoded<RegisterTrigger> {
    Ok(RegisterTrigger {
        id: fields.required_text(Field::Id)?,
        trigger_type: fields.required_text(Field::TriggerType)?,
        function_id: fields.required_text(Field::FunctionId)?,
        config: fields
            .payload_or_null(Field::Config)
            .unwrap_or(Payload::NULL),
        metadata: fields.payload(Field::Metadata),
        namespace: fields.text(Field::Namespace)?,
        trigger_namespace: fields.text(Field::TriggerNamespace)?,
    })
}

fn trigger_registration_result(fields: &Fields<'_>) -> Decoded<TriggerRegistrationResult> {
    Ok(TriggerRegistrationResult {
        id: fields.required_text(Field::Id)?,
        trigger_type: fields.required_text(Field::TriggerType)?,
        function_id: fields.text(Field::FunctionId)?,
        error: fields.payload(Field::Error),
    })
}

fn worker_registered(fields: &Fields<'_>) -> Decoded<WorkerRegistered> {
    Ok(WorkerRegistered {
        worker_id: fields.required_text(Field::WorkerId)?,
        reattach_token: fields.text(Field::ReattachToken)?,
        features: fields.texts(Field::Features)?,
        channel_secret: fields.text(Field::ChannelSecret)?,
    })
}

fn registration_rejected(fields: &Fields<'_>) -> Decoded<RegistrationRejected> {
    Ok(RegistrationRejected {
        code: fields.required_text(Field::Code)?,
        namespace: fields.text(Field::Namespace)?.unwrap_or_default(),
        worker_name: fields.text(Field::WorkerName)?,
        function_id: fields.text(Field::FunctionId)?,
        trigger_type: fields.text(Field::TriggerType)?,
        owner_worker_id: fields.text(Field::OwnerWorkerId)?.unwrap_or_default(),
        message: fields.text_up_to(Field::Message, crate::fields::DESCRIPTION_BYTES_MAX)?,
    })
}

/// Reads type and invocation id out of a frame that is no JSON, as well as that can be done.
fn salvage(frame: &[u8], kind: DecodeErrorKind) -> DecodeError {
    let text_after = |key: &[u8]| -> Option<Text> {
        let after = memchr::memmem::find(frame, key)? + key.len();
        let rest = frame[after..].trim_ascii_start().strip_prefix(b":")?;
        let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
        let end = scan::find_string_stop(rest)?;
        let whole = rest[end] == b'"' && end <= crate::fields::INVOCATION_ID_BYTES_MAX;
        Text::from_utf8(Bytes::copy_from_slice(&rest[..end]))
            .ok()
            .filter(|_| whole)
    };
    DecodeError {
        kind,
        message_type: text_after(b"\"type\"").map(|text| text.to_string()),
        invocation_id: text_after(b"\"invocation_id\"").map(|text| InvocationId::parse(&text)),
        registration_id: text_after(b"\"id\"").map(|text| text.to_string()),
    }
}
