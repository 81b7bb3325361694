//! The messages of the wire protocol, one struct each. Field names are the wire's names.

use crate::{InvocationId, Payload, Text};

/// One protocol message: an envelope whose payloads are opaque.
///
/// Absent and explicit `null` mean the same for every optional envelope field; only payloads
/// (`data`, `result`, `config`, `metadata`) keep the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is documented on its struct")]
pub enum Message {
    InvokeFunction(InvokeFunction),
    InvocationResult(InvocationResult),
    CancelInvocation(CancelInvocation),
    RegisterFunction(Box<RegisterFunction>),
    FunctionRegistered(FunctionRegistered),
    UnregisterFunction(UnregisterFunction),
    RegisterService(RegisterService),
    RegisterTriggerType(Box<RegisterTriggerType>),
    TriggerTypeRegistered(TriggerTypeRegistered),
    UnregisterTriggerType(UnregisterTriggerType),
    RegisterTrigger(Box<RegisterTrigger>),
    UnregisterTrigger(UnregisterTrigger),
    TriggerRegistrationResult(Box<TriggerRegistrationResult>),
    WorkerRegistered(Box<WorkerRegistered>),
    RegistrationRejected(Box<RegistrationRejected>),
    Reattach(Reattach),
    Drain(Drain),
    Ping,
    Pong,
    Error(ErrorMessage),
}

/// W3C trace context carried by a message, passed on verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// `traceparent` header text; any flag byte is accepted.
    pub traceparent: Option<Text>,
    /// `tracestate` header text. An addition of ours.
    pub tracestate: Option<Text>,
    /// `baggage` header text.
    pub baggage: Option<Text>,
}

/// `invokefunction`: a call. Worker to engine it asks for one; engine to worker it hands one over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvokeFunction {
    /// Chosen by the caller; absent means no reply is wanted. Engine to worker it is always there
    /// and made by the engine.
    pub invocation_id: Option<InvocationId>,
    /// The function to run.
    pub function_id: Text,
    /// The input. Absent is accepted and differs from `null`.
    pub data: Option<Payload>,
    /// An object with a string field `type`: `void`, or a name of the host's action table.
    pub action: Option<Payload>,
    /// Sidecar to `data`, handed to the function beside its input.
    pub metadata: Option<Payload>,
    /// Namespace of the function; absent means `default`.
    pub namespace: Option<Text>,
    /// Trace context of the caller.
    pub trace: TraceContext,
    /// Who calls: `{worker_id, worker_name, ...}`. Stamped by the engine, ignored from workers.
    pub caller: Option<Payload>,
    /// Worker to engine: how long the caller waits. Engine to worker: how much of that is left.
    /// Milliseconds. An addition of ours.
    pub timeout_ms: Option<u64>,
    /// The invocation in whose handler this call is made, by the id its executor was given: the
    /// call then ends no later than its parent. Absent for detached calls. An addition of ours.
    pub parent: Option<InvocationId>,
    /// Which delivery attempt this is, from 1. An addition of ours.
    pub attempt: Option<u64>,
    /// What a queue delivers: `{message_id, queue, enqueued_at}`. An addition of ours.
    pub delivery: Option<Payload>,
}

/// `invocationresult`: how a call ended. `error` wins over `result`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvocationResult {
    /// The id the receiver of this message knows the call by.
    pub invocation_id: InvocationId,
    /// The function that ran.
    pub function_id: Option<Text>,
    /// The output; absent and `null` differ.
    pub result: Option<Payload>,
    /// An error body `{code, message, stacktrace?}`.
    pub error: Option<Payload>,
    /// Trace context of the executor.
    pub trace: TraceContext,
    /// An addition of ours: the function used none of the channels that its input may have named
    /// and handed none on, so whoever waits for their frames need not. `false` means unknown.
    pub quiet: bool,
}

/// `cancelinvocation`, an addition of ours. Worker to engine: the caller gives a call up. Engine to
/// worker: the executor may stop; whatever it still answers is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelInvocation {
    /// The id the receiver of this message knows the call by.
    pub invocation_id: InvocationId,
    /// `cancelled`, `timeout`, `caller_gone`.
    pub reason: Option<Text>,
}

/// `registerfunction`: this worker runs function `id`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterFunction {
    /// The function id, conventionally `service::verb`.
    pub id: Text,
    /// One line for people.
    pub description: Option<Text>,
    /// JSON Schema of the input.
    pub request_format: Option<Payload>,
    /// JSON Schema of the output.
    pub response_format: Option<Payload>,
    /// Free-form object shown in discovery.
    pub metadata: Option<Payload>,
    /// Descriptor of a function behind a URL; handed on unread.
    pub invocation: Option<Payload>,
    /// Deadline of calls that bring none, in milliseconds. An addition of ours.
    pub timeout_ms: Option<u64>,
    /// One live owner, further replicas stand by. An addition of ours.
    pub exclusive: bool,
}

/// `functionregistered`, an addition of ours sent to sessions with the feature `iii-kit.v1`: the
/// function is in the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionRegistered {
    /// The function id.
    pub id: Text,
    /// The namespace it was put in.
    pub namespace: Text,
}

/// `unregisterfunction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnregisterFunction {
    /// The function id.
    pub id: Text,
}

/// `registerservice`: legacy bookkeeping, accepted and ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterService {
    /// The service id.
    pub id: Text,
}

/// `registertriggertype`: this worker provides trigger type `id`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterTriggerType {
    /// The trigger type id.
    pub id: Text,
    /// One line for people.
    pub description: Option<Text>,
    /// JSON Schema of a trigger's `config`.
    pub trigger_request_format: Option<Payload>,
    /// JSON Schema of what the trigger hands to functions.
    pub call_request_format: Option<Payload>,
    /// Absent means the worker's own namespace.
    pub namespace: Option<Text>,
}

/// `triggertyperegistered`, an addition of ours sent to sessions with the feature `iii-kit.v1`: the
/// trigger type is in the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerTypeRegistered {
    /// The trigger type id.
    pub id: Text,
    /// The namespace it was put in.
    pub namespace: Text,
}

/// `unregistertriggertype`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnregisterTriggerType {
    /// The trigger type id.
    pub id: Text,
    /// Absent means the worker's own namespace.
    pub namespace: Option<Text>,
}

/// `registertrigger`: worker to engine a binding wanted, engine to provider a binding to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterTrigger {
    /// Chosen by the registrant.
    pub id: Text,
    /// The trigger type.
    pub trigger_type: Text,
    /// The function to run.
    pub function_id: Text,
    /// The binding's configuration, read by the provider only.
    pub config: Payload,
    /// Handed over as invocation metadata at every firing.
    pub metadata: Option<Payload>,
    /// Namespace of `function_id`; absent means `default`.
    pub namespace: Option<Text>,
    /// Namespace of the provider; absent means the function's own, then `default`.
    pub trigger_namespace: Option<Text>,
}

/// `unregistertrigger`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnregisterTrigger {
    /// The trigger id.
    pub id: Text,
    /// The trigger type; always there from engine to provider.
    pub trigger_type: Option<Text>,
}

/// `triggerregistrationresult`: provider to engine and engine to registrant. No error is success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerRegistrationResult {
    /// The trigger id as the receiver knows it.
    pub id: Text,
    /// The trigger type.
    pub trigger_type: Text,
    /// The bound function.
    pub function_id: Option<Text>,
    /// An error body `{code, message}`.
    pub error: Option<Payload>,
}

/// `workerregistered`: the engine's first word on every worker connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerRegistered {
    /// This connection's id, a UUID.
    pub worker_id: Text,
    /// Proves, on a later connection, that the older one may be dropped.
    pub reattach_token: Option<Text>,
    /// What the engine can do beyond the base protocol; never `observe.v1`.
    pub features: Vec<Text>,
    /// Secret for minting channel references without a call, base64. An addition of ours.
    pub channel_secret: Option<Text>,
}

/// `registrationrejected`: a worker name or a function id is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationRejected {
    /// `FUNCTION_NAMESPACE_CONFLICT` refuses one id; every other code ends the connection.
    pub code: Text,
    /// The namespace of the conflict.
    pub namespace: Text,
    /// The worker name that was refused.
    pub worker_name: Option<Text>,
    /// The id that was refused: of a function, or of a trigger type.
    pub function_id: Option<Text>,
    /// The same id when it is that of a trigger type. An addition of ours.
    pub trigger_type: Option<Text>,
    /// The owner's connection id, or the empty string when the id is reserved.
    pub owner_worker_id: Text,
    /// For people: what happened and what to do. An addition of ours.
    pub message: Option<Text>,
}

/// `reattach`: first frame after a reconnect; the older connection may be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reattach {
    /// Connection id of the older connection.
    pub previous_worker_id: Text,
    /// The token given with that id.
    pub reattach_token: Option<Text>,
}

/// `drain`, an addition of ours: this worker takes no new calls and finishes its running ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drain {
    /// Engine to worker: why the worker should leave, for example `shutdown`.
    pub reason: Option<Text>,
}

/// `error`: the connection is refused; a Close follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorMessage {
    /// An error body `{code, message}`.
    pub error: Payload,
}
