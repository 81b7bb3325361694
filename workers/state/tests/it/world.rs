//! The worker under test and short words to call it.

use iii_backend_memory::MemoryKv;
use iii_kit::{
    Bytes, Context, Error, HandlerError, Payload, RawTriggerRequest, RegisterFunction,
    RegisterTriggerInput, TriggerRef, Worker,
};
use iii_ports::kv::Bounds;
use iii_ports::{ManualClock, UnixMs};
use iii_testkit::{Bench, in_both_modes, within};
use iii_worker_state::{Config, State};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Most events that a test lets wait.
const EVENTS_MAX: usize = 4096;

/// Runs a test in both modes, with a store of its own and a clock that the test moves.
pub(crate) async fn with_state(test: impl AsyncFn(&Bench, &ManualClock)) {
    let clock = ManualClock::at(UnixMs(1_000_000));
    let make = || -> Box<dyn Worker> {
        let kv = Arc::new(MemoryKv::new(Bounds::default()));
        Box::new(State::new(Config::default(), kv, Arc::new(clock.clone())))
    };
    Box::pin(in_both_modes(make, async |bench| test(bench, &clock).await)).await;
}

/// Calls a function with JSON text.
pub(crate) async fn call_text(
    bench: &Bench,
    id: &str,
    input: &str,
) -> Result<Option<String>, Error> {
    let input = Payload::from_trusted(Bytes::copy_from_slice(input.as_bytes()));
    let request = RawTriggerRequest::new(id, Some(input));
    let answer = within(id, bench.client.trigger_raw(request)).await?;
    Ok(answer.map(|answer| String::from_utf8(answer.as_bytes().to_vec()).unwrap()))
}

/// Calls a function that must succeed; `None` is an absent result.
pub(crate) async fn call(bench: &Bench, id: &str, input: Value) -> Option<Value> {
    let answer = call_text(bench, id, &input.to_string()).await.unwrap();
    answer.map(|text| serde_json::from_str(&text).unwrap())
}

/// The code with which a call fails.
pub(crate) async fn code(bench: &Bench, id: &str, input: Value) -> String {
    let answer = call_text(bench, id, &input.to_string()).await;
    answer.unwrap_err().code().to_owned()
}

/// Events as a function of the client gets them, with its metadata.
pub(crate) struct Events(mpsc::Receiver<(Value, Option<Value>)>);

impl Events {
    pub(crate) async fn next(&mut self) -> Value {
        self.next_with_metadata().await.0
    }

    pub(crate) async fn next_with_metadata(&mut self) -> (Value, Option<Value>) {
        within("an event", self.0.recv()).await.unwrap()
    }
}

/// Offers a function that hands on what it is called with.
pub(crate) async fn listener(bench: &Bench, id: &str) -> Events {
    let (heard, events) = mpsc::channel(EVENTS_MAX);
    let function = RegisterFunction::raw(move |input: Option<Payload>, context: Context| {
        let heard = heard.clone();
        async move {
            let metadata = context.metadata();
            let metadata = metadata.map(|it| serde_json::from_slice(it.as_bytes()).unwrap());
            let event = serde_json::from_slice(input.unwrap().as_bytes()).unwrap();
            heard.send((event, metadata)).await.unwrap();
            Ok::<_, HandlerError>(None)
        }
    });
    bench.client.register_function(id, function).await.unwrap();
    Events(events)
}

/// Binds a function to changes.
pub(crate) async fn bind(bench: &Bench, id: &str, config: Value) -> TriggerRef {
    let trigger = RegisterTriggerInput::new("state", id, &config);
    bench.client.register_trigger(trigger).await.unwrap()
}
