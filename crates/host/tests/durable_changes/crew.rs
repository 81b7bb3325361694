//! An engine with `state` and `queue`, which come and go.

use iii_backend_memory::{MemoryKv, MemoryLog};
use iii_kit::serde_json::{Value, json};
use iii_kit::{
    Attached, Bytes, Client, Context, Error, HandlerError, Payload, RawTriggerRequest,
    RegisterError, RegisterFunction, RegisterTriggerInput, TriggerRef,
};
use iii_ports::kv::{Bounds, Kv};
use iii_ports::lease::KvLeases;
use iii_ports::{ManualClock, UnixMs, log};
use iii_testkit::{TestEngine, within};
use iii_worker_queue::Queue;
use iii_worker_state::{Config, State};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Most events that a test lets wait.
const EVENTS_MAX: usize = 4096;

/// What a call answers, in a box: waiting for it is large.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Error>> + 'a>>;

pub(super) struct Crew {
    pub(super) engine: TestEngine,
    pub(super) client: Client,
    pub(super) clock: ManualClock,
    pub(super) kv: Arc<dyn Kv>,
    log: Arc<MemoryLog>,
    state: Option<Attached>,
    queue: Option<Attached>,
}

impl Crew {
    /// An engine without any of them.
    pub(super) async fn of_nobody(bounds: Bounds) -> Self {
        let engine = TestEngine::with_reserved_names(&["state", "queue"]).await;
        Self {
            client: engine.client("caller").await,
            engine,
            clock: ManualClock::at(UnixMs(1_000_000)),
            kv: Arc::new(MemoryKv::new(bounds)),
            log: Arc::new(MemoryLog::new(log::Bounds::default())),
            state: None,
            queue: None,
        }
    }

    /// An engine with both.
    pub(super) async fn new() -> Self {
        let mut crew = Self::of_nobody(Bounds::default()).await;
        crew.start_queue().await;
        crew.start_state(Config::default()).await;
        crew
    }

    pub(super) async fn start_state(&mut self, config: Config) {
        let clock = Arc::new(self.clock.clone());
        let state = State::new(config, Arc::clone(&self.kv), clock);
        self.state = Some(self.engine.attach(Box::new(state)).await.unwrap());
    }

    pub(super) async fn start_queue(&mut self) {
        let leases = Arc::new(KvLeases::new(Arc::clone(&self.kv), "\0leases"));
        let (log, clock) = (Arc::clone(&self.log), Arc::new(self.clock.clone()));
        let queue = Queue::new(
            iii_worker_queue::Config::default(),
            log,
            leases,
            "test",
            clock,
        );
        self.queue = Some(self.engine.attach(Box::new(queue)).await.unwrap());
    }

    pub(super) async fn stop_state(&mut self) {
        self.state
            .take()
            .unwrap()
            .stop(Duration::from_secs(1))
            .await;
    }

    pub(super) async fn stop_queue(&mut self) {
        self.queue
            .take()
            .unwrap()
            .stop(Duration::from_secs(1))
            .await;
    }

    pub(super) async fn stop(mut self) {
        self.client.shutdown().await;
        if self.state.is_some() {
            self.stop_state().await;
        }
        if self.queue.is_some() {
            self.stop_queue().await;
        }
        self.engine.stop().await;
    }

    /// Calls a function.
    pub(super) fn try_call<'a>(&'a self, id: &'a str, input: Value) -> Answer<'a> {
        Box::pin(async move {
            let input = Payload::from_trusted(Bytes::from(input.to_string()));
            let call = RawTriggerRequest::new(id, Some(input));
            let answer = within(id, self.client.trigger_raw(call)).await?;
            let read =
                |answer: Payload| iii_kit::serde_json::from_slice(answer.as_bytes()).unwrap();
            Ok(answer.map(read).unwrap_or_default())
        })
    }

    /// Calls a function that must succeed.
    pub(super) async fn call(&self, id: &str, input: Value) -> Value {
        self.try_call(id, input).await.unwrap()
    }

    pub(super) async fn set(&self, key: &str, value: impl Into<Value>) {
        let input = json!({ "scope": "s", "key": key, "value": value.into() });
        self.call("state::set", input).await;
    }

    /// Asks until so many writes wait for the queue.
    pub(super) async fn until_waiting(&self, writes: u64) {
        within("so many writes to wait", async {
            while self.call("state::subscriptions", json!({})).await["waiting"] != writes {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Asks until the engine has forgotten the triggers of those who are gone.
    pub(super) async fn until_nothing_is_bound(&self) {
        within("the triggers to be gone", async {
            loop {
                let listed = self.call("engine::triggers::list", json!({})).await;
                if !listed.to_string().contains("app::changed") {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// A worker with one function, `app::changed`.
    pub(super) async fn subscriber(&self) -> Subscriber {
        let client = self.engine.client("subscriber").await;
        let (heard, calls) = mpsc::channel(EVENTS_MAX);
        let function = RegisterFunction::raw(move |input: Option<Payload>, context: Context| {
            let heard = heard.clone();
            async move {
                let (answer, told) = tokio::sync::oneshot::channel();
                let event = iii_kit::serde_json::from_slice(input.unwrap().as_bytes()).unwrap();
                let metadata = context.metadata();
                let metadata =
                    metadata.map(|it| iii_kit::serde_json::from_slice(it.as_bytes()).unwrap());
                let call = Call {
                    event,
                    metadata,
                    answer,
                };
                heard.send(call).await.unwrap();
                let is_done = told.await.unwrap_or(true);
                if is_done {
                    Ok(None)
                } else {
                    Err(HandlerError::new("app::failed", "as told"))
                }
            }
        });
        client
            .register_function("app::changed", function)
            .await
            .unwrap();
        Subscriber { client, calls }
    }
}

/// A worker whose calls the test answers.
pub(super) struct Subscriber {
    pub(super) client: Client,
    calls: mpsc::Receiver<Call>,
}

/// A change, as the function is called with it.
pub(super) struct Call {
    pub(super) event: Value,
    pub(super) metadata: Option<Value>,
    answer: tokio::sync::oneshot::Sender<bool>,
}

impl Call {
    /// Says that it was handled, or that it failed.
    pub(super) fn end(self, is_done: bool) -> Value {
        // Whoever called may have gone away.
        let _ = self.answer.send(is_done);
        self.event
    }
}

impl Subscriber {
    pub(super) async fn bind(&self, config: Value) -> Result<TriggerRef, RegisterError> {
        let trigger = RegisterTriggerInput::new("state", "app::changed", &config);
        let trigger = trigger.metadata(&json!({ "for": "you" }));
        within("the trigger", self.client.register_trigger(trigger)).await
    }

    pub(super) async fn next(&mut self) -> Call {
        within("a change", self.calls.recv()).await.unwrap()
    }

    /// The next change, handled.
    pub(super) async fn handled(&mut self) -> Value {
        self.next().await.end(true)
    }

    /// What changed next: key, old value, new value.
    pub(super) async fn change(&mut self) -> Value {
        let event = self.handled().await;
        json!([event["key"], event["old_value"], event["new_value"]])
    }
}
