//! What functions do.

use crate::channels::{Item, summary};
use crate::driver::{Answer, Shared};
use crate::failure::Failure;
use crate::line::{self, Json, filled};
use iii_kit::{
    ChannelRef, Context, HandlerError, Payload, RawTriggerRequest, RegisterFunction, to_payload,
};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// The asynchronous pause of `gap`.
const GAP: Duration = Duration::from_millis(5);

/// The fields of all kinds.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Behaviour {
    kind: String,
    #[serde(default)]
    report: bool,
    #[serde(default)]
    value: Json,
    fill: Option<usize>,
    code: Option<String>,
    message: Option<String>,
    function: Option<String>,
    #[serde(default)]
    data: Json,
    timeout_ms: Option<u64>,
    #[serde(default)]
    gap: bool,
    #[serde(default)]
    items: Vec<Item>,
    end: Option<String>,
    level: Option<String>,
}

type Output = Result<Option<Payload>, HandlerError>;

/// Handlers that wait to be let go, by the name of their invocation.
#[derive(Default)]
pub(crate) struct Holds {
    waiting: Mutex<HashMap<String, oneshot::Sender<Release>>>,
    named: AtomicU64,
}

#[derive(Deserialize)]
struct Release {
    invocation: String,
    #[serde(default)]
    value: Json,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
}

impl Holds {
    pub(crate) fn release(&self, request: &str) -> Answer {
        let release: Release = serde_json::from_str(request)?;
        let waiting = self.waiting.lock().remove(&release.invocation);
        let waiting = waiting.ok_or_else(|| Failure::unknown("hold", &release.invocation))?;
        // A handler that was cancelled meanwhile needs no release.
        let _ = waiting.send(release);
        Ok(None)
    }

    fn name(&self) -> String {
        format!("i{}", self.named.fetch_add(1, Ordering::Relaxed))
    }
}

/// A function that behaves like that.
pub(crate) fn function(shared: &Arc<Shared>, behaviour: Behaviour) -> RegisterFunction {
    let shared = Arc::clone(shared);
    RegisterFunction::raw(move |input: Option<Payload>, context: Context| {
        let (shared, behaviour) = (Arc::clone(&shared), behaviour.clone());
        async move { behave(&shared, behaviour, input, context).await }
    })
}

async fn behave(
    shared: &Shared,
    behaviour: Behaviour,
    input: Option<Payload>,
    context: Context,
) -> Output {
    let hold = (behaviour.kind == "hold").then(|| Hold::new(&shared.holds));
    if behaviour.report || hold.is_some() {
        let name = hold
            .as_ref()
            .map_or_else(|| shared.holds.name(), |hold| hold.name.clone());
        line::write(&json!({
            "event": "called",
            "function": context.function_id(),
            "invocation": name,
            "trace_id": context.trace_id(),
        }));
    }
    match (behaviour.kind.as_str(), hold) {
        (_, Some(hold)) => hold.wait(&context).await,
        ("echo", _) => Ok(input),
        ("return", _) => Ok(behaviour
            .fill
            .map(filled)
            .or_else(|| behaviour.value.payload())),
        ("fail", _) => Err(fail(behaviour)),
        ("context", _) => Ok(Some(to_payload(&shown(&context))?)),
        ("call", _) => call(behaviour, &context).await,
        ("write_channel", _) => write_channel(behaviour, input, &context).await,
        ("read_channel", _) => read_channel(input, &context).await,
        ("log", _) => log(&behaviour, &context),
        (kind, _) => Err(HandlerError::new(
            "driver",
            format!("no behaviour `{kind}`"),
        )),
    }
}

fn fail(behaviour: Behaviour) -> HandlerError {
    let message = behaviour.message.unwrap_or_default();
    match behaviour.code {
        Some(code) => HandlerError::new(code, message),
        None => HandlerError::failed(message),
    }
}

/// A handler that waits to be let go.
struct Hold {
    name: String,
    released: oneshot::Receiver<Release>,
}

impl Hold {
    fn new(holds: &Holds) -> Self {
        let name = holds.name();
        let (release, released) = oneshot::channel();
        holds.waiting.lock().insert(name.clone(), release);
        Self { name, released }
    }

    async fn wait(self, context: &Context) -> Output {
        let cancelled = context.cancelled();
        tokio::select! {
            release = self.released => match release {
                Ok(Release { error: Some(error), .. }) => {
                    Err(HandlerError::new(error.code, error.message))
                }
                Ok(Release { value, .. }) => Ok(value.payload()),
                Err(_) => Ok(None),
            },
            () = cancelled.cancelled() => {
                line::write(&json!({ "event": "cancelled", "invocation": self.name }));
                Err(HandlerError::new("cancelled", "nobody waits any more"))
            }
        }
    }
}

fn shown(context: &Context) -> Value {
    let mut shown = json!({
        "function_id": context.function_id(),
        "invocation_id": context.invocation_id().to_string(),
        "attempt": context.attempt(),
    });
    if let Some(delivery) = context.delivery() {
        shown["message_id"] = json!(context.message_id());
        shown["queue"] = json!(delivery.queue);
        shown["enqueued_at"] = json!(delivery.enqueued_at);
    }
    if let Some(left) = context.remaining() {
        shown["deadline_in_ms"] = json!(left.as_millis());
    }
    if let Some(metadata) = context.metadata() {
        shown["metadata"] = json!(line::raw(metadata));
    }
    if let Some(trace) = context.trace_id() {
        shown["trace_id"] = json!(trace);
    }
    if let Some(caller) = context.caller() {
        let fields = [
            ("worker_id", caller.worker_id),
            ("worker_name", caller.worker_name),
            ("function_id", caller.function_id),
            ("invocation_id", caller.invocation_id),
        ];
        let there = fields
            .into_iter()
            .filter_map(|(name, field)| Some((name, field?)));
        shown["caller"] = there
            .map(|(name, field)| (name.to_owned(), json!(field)))
            .collect();
    }
    shown
}

async fn call(behaviour: Behaviour, context: &Context) -> Output {
    if behaviour.gap {
        tokio::time::sleep(GAP).await;
    }
    let function = behaviour.function.unwrap_or_default();
    let mut call = RawTriggerRequest::new(function, behaviour.data.payload());
    call.timeout = behaviour.timeout_ms.map(Duration::from_millis);
    Ok(context.trigger_raw(call).await?)
}

/// A reference in the input.
fn reference(input: Option<&Payload>, name: &str) -> Result<ChannelRef, HandlerError> {
    let mut input: Value = iii_kit::from_payload(input)?;
    Ok(serde_json::from_value(input[name].take())?)
}

async fn write_channel(behaviour: Behaviour, input: Option<Payload>, context: &Context) -> Output {
    let reference = reference(input.as_ref(), "writer")?;
    let mut writer = context.client().open_writer(&reference);
    for item in behaviour.items {
        item.write(&mut writer).await.map_err(broken)?;
    }
    if behaviour.end.as_deref() == Some("abort") {
        writer.abort().await;
    } else {
        writer
            .finish()
            .await
            .map_err(|error| broken(error.into()))?;
    }
    Ok(None)
}

async fn read_channel(input: Option<Payload>, context: &Context) -> Output {
    let reference = reference(input.as_ref(), "reader")?;
    let mut reader = context.client().open_reader(&reference);
    let summary = summary(&mut reader).await.map_err(broken)?;
    Ok(Some(to_payload(&summary)?))
}

fn broken(failure: Failure) -> HandlerError {
    HandlerError::new(failure.code, failure.message)
}

fn log(behaviour: &Behaviour, context: &Context) -> Output {
    let (logger, nothing) = (context.logger(), Value::Null);
    let message = behaviour.message.as_deref().unwrap_or_default();
    match behaviour.level.as_deref() {
        Some("debug") => logger.debug(message, &nothing),
        Some("warn") => logger.warn(message, &nothing),
        Some("error") => logger.error(message, &nothing),
        _ => logger.info(message, &nothing),
    }
    Ok(Some(to_payload(&context.trace_id())?))
}
