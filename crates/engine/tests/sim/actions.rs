//! What workers do of their own accord.

use crate::answers::{answer, error, forgery, payload, question};
use crate::check::Checks;
use crate::client::{Client, Task};
use crate::names::{
    ACTION, CARRIER, DEFAULT, FUNCTIONS, FUNCTIONS_AVAILABLE, KIT_FEATURE, NAMES, NAMESPACES,
    RESERVED_NAME, TYPES, WORKERS_AVAILABLE,
};
use fastrand::Rng;
use iii_engine::core::Inbound;
use iii_protocol::{
    CancelInvocation, DecodeError, DecodeErrorKind, Drain, InvocationId, InvocationResult,
    InvokeFunction, Message, Payload, Reattach, RegisterFunction, RegisterTrigger,
    RegisterTriggerType, Text, UnregisterFunction, UnregisterTrigger, UnregisterTriggerType,
};
use serde_json::{Value, json};

/// What a worker can see of the world around it.
pub(crate) struct Sight<'a> {
    pub(crate) rng: &'a mut Rng,
    pub(crate) checks: &'a mut Checks,
    /// Numbers of calls and ids.
    pub(crate) count: &'a mut u64,
    /// Ids of calls that others run.
    pub(crate) strange_tasks: &'a [InvocationId],
    /// Ids and tokens of connections, live ones and dead ones.
    pub(crate) identities: &'a [(Text, Text)],
}

impl Sight<'_> {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.usize(0..from.len())]
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.rng.u32(0..n) == 0
    }

    fn next(&mut self) -> u64 {
        *self.count += 1;
        *self.count
    }

    fn namespace(&mut self) -> Option<Text> {
        match self.rng.u32(0..12) {
            0..=6 => None,
            7 => Some(DEFAULT.into()),
            8 => Some(" ".into()),
            _ => Some(self.pick(&NAMESPACES).into()),
        }
    }
}

/// One thing that `client` does now, if it finds something to do.
pub(crate) fn act(client: &mut Client, sight: &mut Sight<'_>) -> Option<Inbound> {
    if !client.named && !client.nameless() && sight.one_in(4) {
        return Some(message(name(client, sight)));
    }
    let said = match sight.rng.u32(0..100) {
        0..=29 => return Some(message(invoke(client, sight))),
        30..=51 => return do_task(client, sight),
        52..=62 => register_function(sight),
        63..=65 => Message::UnregisterFunction(UnregisterFunction {
            id: sight.pick(&FUNCTIONS).into(),
        }),
        66..=68 => register_type(sight),
        69..=70 => unregister_type(sight),
        71..=76 => register_trigger(client, sight),
        77..=80 => unregister_trigger(client, sight)?,
        81..=85 => client.answer_trigger()?,
        86..=87 => bind(sight),
        88 => unbind(client, sight)?,
        89..=92 => cancel(client, sight)?,
        93 => name(client, sight),
        94 if sight.one_in(4) => Message::Drain(Drain::default()),
        95 => reattach(sight)?,
        96..=97 => return Some(malformed(client, sight)),
        98 => {
            return Some(Inbound::Telemetry {
                prefix: *b"OTLP",
                body: question(sight.next()).into_bytes(),
            });
        }
        _ => Message::Ping,
    };
    Some(message(said))
}

impl Client {
    fn nameless(&self) -> bool {
        self.nature.nameless
    }
}

fn message(message: Message) -> Inbound {
    Inbound::Message(message)
}

/// A call of one of the engine's own functions.
fn call_engine(function: &str, data: &Value, id: Option<InvocationId>) -> Message {
    Message::InvokeFunction(InvokeFunction {
        invocation_id: id,
        function_id: function.into(),
        data: Some(payload(data)),
        ..InvokeFunction::default()
    })
}

fn fresh_id(sight: &mut Sight<'_>) -> InvocationId {
    let n = sight.next();
    if n.is_multiple_of(7) {
        // An id needs no particular form.
        return InvocationId::parse(&format!("call {n}"));
    }
    InvocationId::from_u128(u128::from(n) << 64 | 0xabcd)
}

fn name(client: &mut Client, sight: &mut Sight<'_>) -> Message {
    client.named = true;
    let mut data = json!({ "pid": 1, "runtime": "sim" });
    if !sight.one_in(12) {
        let name = match sight.rng.u32(0..20) {
            0 => RESERVED_NAME,
            _ => sight.pick(&NAMES),
        };
        data["name"] = json!(name);
    }
    if let Some(namespace) = sight.namespace() {
        data["namespace"] = json!(&*namespace);
    }
    if client.nature.kit {
        data["features"] = json!([KIT_FEATURE]);
    }
    let id = sight.one_in(2).then(|| fresh_id(sight));
    call_engine("engine::workers::register", &data, id)
}

fn register_function(sight: &mut Sight<'_>) -> Message {
    let id = match sight.rng.u32(0..12) {
        0 => CARRIER,
        _ => sight.pick(&FUNCTIONS),
    };
    let behind_url = id != crate::names::URL_FUNCTION && sight.one_in(14);
    Message::RegisterFunction(Box::new(RegisterFunction {
        id: id.into(),
        description: sight.one_in(3).then(|| "words".into()),
        invocation: behind_url.then(|| payload(&json!({ "url": "x" }))),
        timeout_ms: sight.one_in(4).then(|| sight.rng.u64(0..3000)),
        exclusive: sight.one_in(4),
        ..RegisterFunction::default()
    }))
}

fn register_type(sight: &mut Sight<'_>) -> Message {
    let id = match sight.rng.u32(0..20) {
        0 => "engine::mine",
        _ => sight.pick(&TYPES),
    };
    Message::RegisterTriggerType(Box::new(RegisterTriggerType {
        id: id.into(),
        namespace: sight.namespace(),
        ..RegisterTriggerType::default()
    }))
}

fn unregister_type(sight: &mut Sight<'_>) -> Message {
    Message::UnregisterTriggerType(UnregisterTriggerType {
        id: sight.pick(&TYPES).into(),
        namespace: sight.namespace(),
    })
}

fn trigger_type(sight: &mut Sight<'_>) -> &'static str {
    match sight.rng.u32(0..8) {
        0 => WORKERS_AVAILABLE,
        1 => FUNCTIONS_AVAILABLE,
        _ => sight.pick(&TYPES),
    }
}

/// A few configurations; the first two are one, written differently.
fn config(sight: &mut Sight<'_>) -> Payload {
    let text = sight.pick(&[
        r#"{"a":1,"b":2}"#,
        r#"{ "b": 2, "a": 1 }"#,
        r#"{"a":2}"#,
        "null",
    ]);
    Payload::from_trusted(text.as_bytes().into())
}

fn register_trigger(client: &mut Client, sight: &mut Sight<'_>) -> Message {
    // A few ids only, so that workers choose the same, and one worker the same again.
    let id: Text = match sight.rng.u32(0..3) {
        0 => format!("t{}", sight.rng.u32(0..4)).into(),
        _ => format!("t{}", sight.next()).into(),
    };
    if client.triggers.len() < 6 {
        client.triggers.push(id.clone());
    }
    if sight.one_in(3) {
        // What replicas do: they all want the same.
        return Message::RegisterTrigger(Box::new(RegisterTrigger {
            id,
            trigger_type: TYPES[0].into(),
            function_id: FUNCTIONS[0].into(),
            config: config(sight),
            metadata: None,
            namespace: None,
            trigger_namespace: None,
        }));
    }
    Message::RegisterTrigger(Box::new(RegisterTrigger {
        id,
        trigger_type: trigger_type(sight).into(),
        function_id: sight.pick(&FUNCTIONS).into(),
        config: config(sight),
        metadata: sight.one_in(4).then(|| config(sight)),
        namespace: sight.namespace(),
        trigger_namespace: sight.namespace().filter(|_| sight.one_in(2)),
    }))
}

fn unregister_trigger(client: &mut Client, sight: &mut Sight<'_>) -> Option<Message> {
    if client.triggers.is_empty() {
        return None;
    }
    let at = sight.rng.usize(0..client.triggers.len());
    let id = client.triggers.swap_remove(at);
    Some(Message::UnregisterTrigger(UnregisterTrigger {
        id,
        trigger_type: None,
    }))
}

fn bind(sight: &mut Sight<'_>) -> Message {
    let mut data = json!({
        "trigger_type": trigger_type(sight),
        "function_id": sight.pick(&FUNCTIONS),
        "config": { "a": 1 },
    });
    if let Some(namespace) = sight.namespace() {
        data["namespace"] = json!(&*namespace);
    }
    if sight.one_in(4) {
        data["id"] = json!(format!("t{}", sight.rng.u32(0..4)));
    }
    let id = (!sight.one_in(5)).then(|| fresh_id(sight));
    call_engine("engine::register_trigger", &data, id)
}

fn unbind(client: &mut Client, sight: &mut Sight<'_>) -> Option<Message> {
    let id = client.bound.pop()?;
    let call = (!sight.one_in(5)).then(|| fresh_id(sight));
    let data = json!({ "id": &*id });
    Some(call_engine("engine::unregister_trigger", &data, call))
}

fn invoke(client: &mut Client, sight: &mut Sight<'_>) -> Message {
    let function_id = match sight.rng.u32(0..30) {
        0 => "engine::functions::list",
        1 => "engine::functions::info",
        2 => "nobody::has::this",
        3 => CARRIER,
        _ => sight.pick(&FUNCTIONS),
    };
    let builtin = function_id.starts_with("engine::f");
    let id = match sight.rng.u32(0..20) {
        0..=2 => None,
        3 => client.made.first().cloned(),
        _ => Some(fresh_id(sight)),
    };
    let action = match sight.rng.u32(0..20) {
        _ if builtin => None,
        0..=1 => Some(json!({ "type": "void" })),
        2..=4 => Some(json!({ "type": ACTION, "lane": 3 })),
        5 => Some(json!({ "type": "unheard of" })),
        6 => Some(json!({ "kind": "no type" })),
        _ => None,
    };
    let parent = match sight.rng.u32(0..8) {
        0..=1 => client.tasks.first().map(|task| task.id.clone()),
        2 => client.done.first().map(|task| task.id.clone()),
        _ => None,
    };
    if let Some(id) = &id {
        client.remember_call(id.clone(), sight.rng);
    }
    let data = match function_id {
        "engine::functions::info" => payload(&json!({ "function_id": sight.pick(&FUNCTIONS) })),
        "engine::functions::list" => payload(&json!({})),
        _ => question(sight.next()),
    };
    Message::InvokeFunction(InvokeFunction {
        invocation_id: id,
        function_id: function_id.into(),
        data: Some(data),
        action: action.as_ref().map(payload),
        namespace: sight.namespace(),
        timeout_ms: sight.one_in(3).then(|| sight.rng.u64(0..3000)),
        parent,
        ..InvokeFunction::default()
    })
}

fn cancel(client: &mut Client, sight: &mut Sight<'_>) -> Option<Message> {
    let id = client.made.get(sight.rng.usize(0..4))?.clone();
    let reason = sight.one_in(2).then(|| "timeout".into());
    Some(Message::CancelInvocation(CancelInvocation {
        invocation_id: id,
        reason,
    }))
}

fn reattach(sight: &mut Sight<'_>) -> Option<Message> {
    if sight.identities.is_empty() {
        return None;
    }
    let at = sight.rng.usize(0..sight.identities.len());
    let (id, token) = sight.identities[at].clone();
    let token = match sight.rng.u32(0..3) {
        0 => Some(token),
        1 => Some("guessed".into()),
        _ => None,
    };
    Some(Message::Reattach(Reattach {
        previous_worker_id: id,
        reattach_token: token,
    }))
}

/// Registrations of functions and types, which are refused in the same way.
const BROKEN: [&str; 2] = ["registerfunction", "registertriggertype"];

/// A frame that could not be decoded, with as much of an id as could be read.
fn malformed(client: &mut Client, sight: &mut Sight<'_>) -> Inbound {
    let task = client.tasks.first().map(|task| task.id.clone());
    let (kind, message_type, id) = match sight.rng.u32(0..7) {
        0 => (DecodeErrorKind::MissingType, None, None),
        1 => (
            DecodeErrorKind::WrongFieldType("data"),
            Some("invokefunction"),
            Some(fresh_id(sight)),
        ),
        2 => (
            DecodeErrorKind::UnknownType,
            Some("of the future"),
            Some(fresh_id(sight)),
        ),
        3 => (
            DecodeErrorKind::TooLarge { size: 9, limit: 8 },
            Some("invokefunction"),
            client.made.first().cloned(),
        ),
        4 => (
            DecodeErrorKind::TooLarge { size: 9, limit: 8 },
            Some("invocationresult"),
            task,
        ),
        5 => (
            DecodeErrorKind::WrongFieldType("timeout_ms"),
            Some(BROKEN[sight.rng.usize(0..BROKEN.len())]),
            None,
        ),
        _ => (
            DecodeErrorKind::MissingField("function_id"),
            Some("registertrigger"),
            None,
        ),
    };
    let registers = message_type.is_some_and(|name| name.starts_with("register"));
    Inbound::Malformed(DecodeError {
        kind,
        message_type: message_type.map(str::to_owned),
        invocation_id: id,
        registration_id: registers.then(|| "broken".to_owned()),
    })
}

/// Answers a call: rightly, twice, or somebody else's.
fn do_task(client: &mut Client, sight: &mut Sight<'_>) -> Option<Inbound> {
    if client.nature.mute {
        return None;
    }
    match sight.rng.u32(0..24) {
        0 => {
            let task = client.done.first()?.clone();
            return Some(message(result(task.id, Some(forgery()), None)));
        }
        1 if !sight.strange_tasks.is_empty() => {
            let at = sight.rng.usize(0..sight.strange_tasks.len());
            let id = sight.strange_tasks[at].clone();
            return Some(message(result(id, Some(forgery()), None)));
        }
        2 => {
            let id = InvocationId::from_u128(sight.rng.u128(..));
            return Some(message(result(id, Some(forgery()), None)));
        }
        _ => {}
    }
    let task = client.finish_task(sight.rng)?;
    Some(message(answer_task(task, sight.rng, sight.checks)))
}

/// The right answer to a call.
pub(crate) fn answer_task(task: Task, rng: &mut Rng, checks: &mut Checks) -> Message {
    let nonce = task.nonce.unwrap_or_default();
    let (value, error) = match rng.u32(0..8) {
        0 => (None, None),
        1 => (Some(Payload::NULL), None),
        2 => (None, Some(error("boom", &nonce.to_string()))),
        _ => (Some(answer(nonce)), None),
    };
    checks.calls.answering(&task, &value);
    result(task.id, value, error)
}

fn result(id: InvocationId, value: Option<Payload>, error: Option<Payload>) -> Message {
    Message::InvocationResult(InvocationResult {
        invocation_id: id,
        function_id: None,
        result: value,
        error,
        ..InvocationResult::default()
    })
}
