//! A subscriber that remembers, and that can be made to wait.

use crate::trigger::subscription::Subscriber;
use iii_kit::{BoxFuture, Payload, TraceContext};
use iii_testkit::within;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::HashSet;
use tokio::sync::{Notify, Semaphore};

pub(super) struct Recorder {
    state: Mutex<State>,
    changed: Notify,
    /// A delivery ends when it gets a permit here.
    gate: Semaphore,
}

#[derive(Default)]
struct State {
    begun: Vec<Value>,
    traces: Vec<TraceContext>,
    running: HashSet<String>,
    running_most: usize,
}

impl Default for Recorder {
    /// A recorder that never waits.
    fn default() -> Self {
        let recorder = Self::gated();
        recorder.gate.close();
        recorder
    }
}

impl Recorder {
    /// A recorder whose deliveries end only when they are let through.
    pub(super) fn gated() -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            gate: Semaphore::new(0),
        }
    }

    pub(super) fn let_through(&self, deliveries: usize) {
        self.gate.add_permits(deliveries);
    }

    pub(super) fn let_all_through(&self) {
        self.gate.close();
    }

    /// Waits until so many deliveries have begun; all events that have.
    pub(super) async fn begun(&self, events: usize) -> Vec<Value> {
        let begun = async {
            loop {
                let changed = self.changed.notified();
                let begun = self.events();
                if begun.len() >= events {
                    return begun;
                }
                changed.await;
            }
        };
        within("the beginning of deliveries", begun).await
    }

    /// Waits until nothing is being delivered.
    pub(super) async fn rests(&self) {
        let rests = async {
            loop {
                let changed = self.changed.notified();
                if self.state.lock().running.is_empty() {
                    return;
                }
                changed.await;
            }
        };
        within("the end of all deliveries", rests).await;
    }

    /// The events so far.
    pub(super) fn events(&self) -> Vec<Value> {
        self.state.lock().begun.clone()
    }

    /// The traces that came with the events.
    pub(super) fn traces(&self) -> Vec<TraceContext> {
        self.state.lock().traces.clone()
    }

    /// Most deliveries that ran at a time.
    pub(super) fn running_most(&self) -> usize {
        self.state.lock().running_most
    }
}

impl Subscriber for Recorder {
    fn deliver(&self, event: Payload, trace: TraceContext) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let event: Value = serde_json::from_slice(event.as_bytes()).expect("events are JSON");
            let entry = format!("{}/{}", event["scope"], event["key"]);
            {
                let mut state = self.state.lock();
                assert!(
                    state.running.insert(entry.clone()),
                    "events of an entry overlap"
                );
                state.running_most = state.running_most.max(state.running.len());
                state.begun.push(event);
                state.traces.push(trace);
            }
            self.changed.notify_waiters();
            if let Ok(permit) = self.gate.acquire().await {
                permit.forget();
            }
            tokio::task::yield_now().await;
            self.state.lock().running.remove(&entry);
            self.changed.notify_waiters();
        })
    }
}
