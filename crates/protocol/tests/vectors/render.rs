//! Messages as plain JSON, field by field, without the codec: what the other languages' codecs
//! decode to. Absent fields are left out and payloads keep their text.

use iii_protocol::{InvocationId, Message, Payload, Text, TraceContext};
use std::fmt::Write as _;

/// Collects the members of one message.
struct Object(String);

impl Object {
    fn new(name: &str) -> Self {
        Self(format!("{{\"type\":\"{name}\""))
    }

    fn raw(mut self, name: &str, value: &str) -> Self {
        write!(self.0, ",\"{name}\":{value}").unwrap();
        self
    }

    fn text(self, name: &str, value: &Text) -> Self {
        self.raw(name, &serde_json::to_string(value.as_str()).unwrap())
    }

    fn maybe_text(self, name: &str, value: Option<&Text>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    fn payload(self, name: &str, value: Option<&Payload>) -> Self {
        match value {
            Some(value) => self.raw(name, std::str::from_utf8(value.as_bytes()).unwrap()),
            None => self,
        }
    }

    fn number(self, name: &str, value: Option<u64>) -> Self {
        match value {
            Some(value) => self.raw(name, &value.to_string()),
            None => self,
        }
    }

    fn id(self, name: &str, value: Option<&InvocationId>) -> Self {
        match value {
            Some(value) => self.text(name, &value.to_string().into()),
            None => self,
        }
    }

    fn trace(self, trace: &TraceContext) -> Self {
        self.maybe_text("traceparent", trace.traceparent.as_ref())
            .maybe_text("tracestate", trace.tracestate.as_ref())
            .maybe_text("baggage", trace.baggage.as_ref())
    }

    fn end(self) -> String {
        self.0 + "}"
    }
}

/// The wire name of a message.
pub(crate) fn type_name(message: &Message) -> &'static str {
    match message {
        Message::InvokeFunction(_) => "invokefunction",
        Message::InvocationResult(_) => "invocationresult",
        Message::CancelInvocation(_) => "cancelinvocation",
        Message::RegisterFunction(_) => "registerfunction",
        Message::FunctionRegistered(_) => "functionregistered",
        Message::UnregisterFunction(_) => "unregisterfunction",
        Message::RegisterService(_) => "registerservice",
        Message::RegisterTriggerType(_) => "registertriggertype",
        Message::TriggerTypeRegistered(_) => "triggertyperegistered",
        Message::UnregisterTriggerType(_) => "unregistertriggertype",
        Message::RegisterTrigger(_) => "registertrigger",
        Message::UnregisterTrigger(_) => "unregistertrigger",
        Message::TriggerRegistrationResult(_) => "triggerregistrationresult",
        Message::WorkerRegistered(_) => "workerregistered",
        Message::RegistrationRejected(_) => "registrationrejected",
        Message::Reattach(_) => "reattach",
        Message::Drain(_) => "drain",
        Message::Ping => "ping",
        Message::Pong => "pong",
        Message::Error(_) => "error",
    }
}

/// The message as JSON text.
pub(crate) fn value(message: &Message) -> String {
    let object = Object::new(type_name(message));
    match message {
        Message::InvokeFunction(_)
        | Message::InvocationResult(_)
        | Message::CancelInvocation(_) => call_value(message, object),
        Message::RegisterFunction(_)
        | Message::FunctionRegistered(_)
        | Message::UnregisterFunction(_)
        | Message::RegisterService(_) => function_value(message, object),
        Message::RegisterTriggerType(_)
        | Message::TriggerTypeRegistered(_)
        | Message::UnregisterTriggerType(_)
        | Message::RegisterTrigger(_)
        | Message::UnregisterTrigger(_)
        | Message::TriggerRegistrationResult(_) => trigger_value(message, object),
        _ => connection_value(message, object),
    }
    .end()
}

fn call_value(message: &Message, object: Object) -> Object {
    match message {
        Message::InvokeFunction(call) => object
            .id("invocation_id", call.invocation_id.as_ref())
            .text("function_id", &call.function_id)
            .payload("data", call.data.as_ref())
            .payload("action", call.action.as_ref())
            .payload("metadata", call.metadata.as_ref())
            .maybe_text("namespace", call.namespace.as_ref())
            .trace(&call.trace)
            .payload("caller", call.caller.as_ref())
            .number("timeout_ms", call.timeout_ms)
            .id("parent", call.parent.as_ref())
            .number("attempt", call.attempt)
            .payload("delivery", call.delivery.as_ref()),
        Message::InvocationResult(result) => {
            let object = object
                .id("invocation_id", Some(&result.invocation_id))
                .maybe_text("function_id", result.function_id.as_ref())
                .payload("result", result.result.as_ref())
                .payload("error", result.error.as_ref())
                .trace(&result.trace);
            if result.quiet {
                object.raw("quiet", "true")
            } else {
                object
            }
        }
        Message::CancelInvocation(cancel) => object
            .id("invocation_id", Some(&cancel.invocation_id))
            .maybe_text("reason", cancel.reason.as_ref()),
        _ => unreachable!(),
    }
}

fn function_value(message: &Message, object: Object) -> Object {
    match message {
        Message::RegisterFunction(function) => {
            let object = object
                .text("id", &function.id)
                .maybe_text("description", function.description.as_ref())
                .payload("request_format", function.request_format.as_ref())
                .payload("response_format", function.response_format.as_ref())
                .payload("metadata", function.metadata.as_ref())
                .payload("invocation", function.invocation.as_ref())
                .number("timeout_ms", function.timeout_ms);
            if function.exclusive {
                object.raw("exclusive", "true")
            } else {
                object
            }
        }
        Message::FunctionRegistered(function) => object
            .text("id", &function.id)
            .text("namespace", &function.namespace),
        Message::UnregisterFunction(function) => object.text("id", &function.id),
        Message::RegisterService(service) => object.text("id", &service.id),
        _ => unreachable!(),
    }
}

fn trigger_value(message: &Message, object: Object) -> Object {
    match message {
        Message::RegisterTriggerType(trigger_type) => object
            .text("id", &trigger_type.id)
            .maybe_text("description", trigger_type.description.as_ref())
            .payload(
                "trigger_request_format",
                trigger_type.trigger_request_format.as_ref(),
            )
            .payload(
                "call_request_format",
                trigger_type.call_request_format.as_ref(),
            )
            .maybe_text("namespace", trigger_type.namespace.as_ref()),
        Message::TriggerTypeRegistered(trigger_type) => object
            .text("id", &trigger_type.id)
            .text("namespace", &trigger_type.namespace),
        Message::UnregisterTriggerType(trigger_type) => object
            .text("id", &trigger_type.id)
            .maybe_text("namespace", trigger_type.namespace.as_ref()),
        Message::RegisterTrigger(trigger) => object
            .text("id", &trigger.id)
            .text("trigger_type", &trigger.trigger_type)
            .text("function_id", &trigger.function_id)
            .payload("config", Some(&trigger.config))
            .payload("metadata", trigger.metadata.as_ref())
            .maybe_text("namespace", trigger.namespace.as_ref())
            .maybe_text("trigger_namespace", trigger.trigger_namespace.as_ref()),
        Message::UnregisterTrigger(trigger) => object
            .text("id", &trigger.id)
            .maybe_text("trigger_type", trigger.trigger_type.as_ref()),
        Message::TriggerRegistrationResult(result) => object
            .text("id", &result.id)
            .text("trigger_type", &result.trigger_type)
            .maybe_text("function_id", result.function_id.as_ref())
            .payload("error", result.error.as_ref()),
        _ => unreachable!(),
    }
}

fn connection_value(message: &Message, object: Object) -> Object {
    match message {
        Message::WorkerRegistered(registered) => {
            let object = object
                .text("worker_id", &registered.worker_id)
                .maybe_text("reattach_token", registered.reattach_token.as_ref());
            let features: Vec<&str> = registered.features.iter().map(Text::as_str).collect();
            let object = if features.is_empty() {
                object
            } else {
                object.raw("features", &serde_json::to_string(&features).unwrap())
            };
            object.maybe_text("channel_secret", registered.channel_secret.as_ref())
        }
        Message::RegistrationRejected(rejected) => object
            .text("code", &rejected.code)
            .text("namespace", &rejected.namespace)
            .maybe_text("worker_name", rejected.worker_name.as_ref())
            .maybe_text("function_id", rejected.function_id.as_ref())
            .maybe_text("trigger_type", rejected.trigger_type.as_ref())
            .text("owner_worker_id", &rejected.owner_worker_id)
            .maybe_text("message", rejected.message.as_ref()),
        Message::Reattach(reattach) => object
            .text("previous_worker_id", &reattach.previous_worker_id)
            .maybe_text("reattach_token", reattach.reattach_token.as_ref()),
        Message::Drain(drain) => object.maybe_text("reason", drain.reason.as_ref()),
        Message::Error(message) => object.payload("error", Some(&message.error)),
        _ => object,
    }
}
