//! The worker under test and short words to call it.

use iii_backend_memory::{MemoryKv, MemoryLog};
use iii_kit::{
    Bytes, Context, Error, HandlerError, Payload, RawTriggerRequest, RegisterFunction,
    RegisterTriggerInput, TriggerRef, Worker,
};
use iii_ports::lease::{KvLeases, Leases};
use iii_ports::log::Log;
use iii_ports::{ManualClock, UnixMs, kv, log};
use iii_testkit::{Bench, in_both_modes, within};
use iii_worker_queue::{Config, Queue};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Most calls that a test lets wait.
const CALLS_MAX: usize = 4096;

/// What a test awaits, in a box: it is large.
type LocalFuture<'a> = Pin<Box<dyn Future<Output = Value> + 'a>>;

/// Where the queues of a test are kept.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) leases: Arc<dyn Leases>,
    pub(crate) clock: ManualClock,
}

impl Stores {
    pub(crate) fn new() -> Self {
        let kv = Arc::new(MemoryKv::new(kv::Bounds::default()));
        Self {
            log: Arc::new(MemoryLog::new(log::Bounds::default())),
            leases: Arc::new(KvLeases::new(kv, "leases")),
            clock: ManualClock::at(UnixMs(1_000_000)),
        }
    }

    pub(crate) fn worker(&self, config: Value) -> Box<dyn Worker> {
        let config: Config = serde_json::from_value(config).unwrap();
        config.check().unwrap();
        let (log, leases) = (Arc::clone(&self.log), Arc::clone(&self.leases));
        let clock = Arc::new(self.clock.clone());
        Box::new(Queue::new(config, log, leases, "test", clock))
    }
}

/// Runs a test in both modes, with queues of its own and a clock that the test moves.
pub(crate) async fn with_queues(queues: Value, test: impl AsyncFn(&Bench, &ManualClock)) {
    let clock = std::cell::RefCell::new(ManualClock::default());
    let make = || {
        let stores = Stores::new();
        clock.replace(stores.clock.clone());
        stores.worker(json!({ "queue_configs": queues }))
    };
    Box::pin(in_both_modes(make, async |bench| {
        let clock = clock.borrow().clone();
        test(bench, &clock).await;
    }))
    .await;
}

/// Calls a function.
pub(crate) async fn try_call(
    bench: &Bench,
    id: &str,
    input: Value,
) -> Result<Option<Value>, Error> {
    let input = Payload::from_trusted(Bytes::from(input.to_string()));
    let request = RawTriggerRequest::new(id, Some(input));
    let answer = within(id, bench.client.trigger_raw(request)).await?;
    Ok(answer.map(|answer| serde_json::from_slice(answer.as_bytes()).unwrap()))
}

/// Calls a function that must succeed.
pub(crate) fn call<'a>(bench: &'a Bench, id: &'a str, input: Value) -> LocalFuture<'a> {
    Box::pin(async move {
        let answer = try_call(bench, id, input).await;
        answer.unwrap().unwrap_or_default()
    })
}

/// The code with which a call fails.
pub(crate) async fn code(bench: &Bench, id: &str, input: Value) -> String {
    let answer = try_call(bench, id, input).await;
    answer.unwrap_err().code().to_owned()
}

/// Puts a message for `tests::work` on a queue; its id.
pub(crate) async fn enqueue(bench: &Bench, queue: &str, data: Value, options: Value) -> String {
    let answer = send(bench, queue, data, options).await;
    answer["messageReceiptId"].as_str().unwrap().to_owned()
}

/// Puts a message for `tests::work` on a queue; the answer.
pub(crate) async fn send(bench: &Bench, queue: &str, data: Value, options: Value) -> Value {
    let mut input = json!({ "queue": queue, "function_id": "tests::work", "data": data });
    for (name, value) in options.as_object().unwrap() {
        input[name] = value.clone();
    }
    call(bench, "engine::queue::enqueue", input).await
}

/// A call of a function that the test answers itself.
pub(crate) struct Call {
    pub(crate) data: Value,
    pub(crate) attempt: u64,
    pub(crate) message_id: Option<String>,
    answer: tokio::sync::oneshot::Sender<Result<Value, HandlerError>>,
}

impl Call {
    pub(crate) fn succeed(self, result: Value) {
        // The queue may have given the call up.
        let _ = self.answer.send(Ok(result));
    }

    pub(crate) fn fail(self, code: &'static str) {
        let _ = self.answer.send(Err(HandlerError::new(code, "as told")));
    }

    pub(crate) fn fail_with(self, error: HandlerError) {
        let _ = self.answer.send(Err(error));
    }
}

/// Calls of a function, in the order in which they came.
pub(crate) struct Calls(mpsc::Receiver<Call>);

impl Calls {
    pub(crate) async fn next(&mut self) -> Call {
        within("a delivery", self.0.recv()).await.unwrap()
    }

    /// The next call, which succeeds; its data.
    pub(crate) async fn done(&mut self) -> Value {
        let call = self.next().await;
        let data = call.data.clone();
        call.succeed(Value::Null);
        data
    }

    /// What has come already.
    pub(crate) fn ready(&mut self) -> Option<Call> {
        self.0.try_recv().ok()
    }
}

/// Offers a function whose calls the test answers.
pub(crate) async fn offer(bench: &Bench, id: &str) -> Calls {
    let (calls, taken) = mpsc::channel(CALLS_MAX);
    let function = RegisterFunction::raw(move |input: Option<Payload>, context: Context| {
        let calls = calls.clone();
        async move {
            let (answer, told) = tokio::sync::oneshot::channel();
            let data = input.map(|input| serde_json::from_slice(input.as_bytes()).unwrap());
            let call = Call {
                data: data.unwrap_or_default(),
                attempt: context.attempt(),
                message_id: context.message_id().map(str::to_owned),
                answer,
            };
            calls.send(call).await.unwrap();
            let given_up = context.cancelled();
            let answer = tokio::select! {
                answer = told => answer.unwrap_or(Ok(Value::Null))?,
                () = given_up.cancelled() => Value::Null,
            };
            Ok::<_, HandlerError>(Some(iii_kit::to_payload(&answer).unwrap()))
        }
    });
    bench.client.register_function(id, function).await.unwrap();
    Calls(taken)
}

/// Binds a function.
pub(crate) async fn bind(bench: &Bench, kind: &str, id: &str, config: Value) -> TriggerRef {
    let trigger = RegisterTriggerInput::new(kind, id, &config);
    bench.client.register_trigger(trigger).await.unwrap()
}

/// Asks until a queue stands so.
pub(crate) fn until<'a>(
    bench: &'a Bench,
    queue: &'a str,
    field: &'a str,
    value: u64,
) -> LocalFuture<'a> {
    Box::pin(within("a queue to stand so", async move {
        loop {
            let standing = call(bench, "queue::inspect", json!({ "queue": queue })).await;
            if standing[field] == value {
                return standing;
            }
            tokio::task::yield_now().await;
        }
    }))
}
