//! What the tests of this crate share: the functions over a real store in memory and a clock that
//! is moved by hand.

mod late_store;

use crate::config::Config;
use crate::functions::{Call, Function};
use crate::store::Store;
use crate::tasks::Tasks;
use bytes::Bytes;
use iii_backend_memory::MemoryKv;
use iii_kit::{Payload, TraceContext};
use iii_ports::kv::{Bounds, Kv};
use iii_ports::{ManualClock, UnixMs};
use serde_json::Value;
use std::sync::Arc;

pub(crate) use late_store::LateKv;

pub(crate) struct Fixture {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: ManualClock,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(&Config::default(), Bounds::default())
    }

    pub(crate) fn with(config: &Config, bounds: Bounds) -> Self {
        Self::over(config, Arc::new(MemoryKv::new(bounds)))
    }

    pub(crate) fn over(config: &Config, kv: Arc<dyn Kv>) -> Self {
        let clock = ManualClock::at(UnixMs(1_000_000));
        let tasks = Tasks::default();
        let store = Arc::new(Store::new(config, kv, Arc::new(clock.clone()), tasks));
        Self { store, clock }
    }

    /// Calls a function with JSON text; the answer is text, the error its code and message.
    pub(crate) async fn call_text(
        &self,
        function: Function,
        input: &str,
    ) -> Result<Option<String>, (String, String)> {
        // The input is a slice of a larger buffer, as it is on the wire.
        let frame = Bytes::from(format!("xx{input}xx"));
        let input = Payload::from_trusted(frame.slice(2..frame.len() - 2));
        let call = Call {
            input: Some(&input),
            trace: &TraceContext::default(),
        };
        match function.run(&self.store, call).await {
            Ok(answer) => Ok(answer.map(|answer| {
                String::from_utf8(answer.as_bytes().to_vec()).expect("answers are UTF-8")
            })),
            Err(error) => Err((error.code.into_owned(), error.message)),
        }
    }

    /// Calls a function that must succeed; `None` is an absent result.
    pub(crate) async fn call(&self, function: Function, input: Value) -> Option<Value> {
        let input = input.to_string();
        let answer = self.call_text(function, &input).await;
        let answer = answer.unwrap_or_else(|error| panic!("{function:?} {input}: {error:?}"));
        answer.map(|text| serde_json::from_str(&text).expect("answers are JSON"))
    }

    /// Calls a function that must fail; the error's code.
    pub(crate) async fn code(&self, function: Function, input: Value) -> String {
        let input = input.to_string();
        let answer = self.call_text(function, &input).await;
        answer
            .expect_err(&format!("{function:?} {input} must fail"))
            .0
    }
}
