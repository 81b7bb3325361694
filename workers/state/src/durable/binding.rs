//! Triggers with `durable: true`: what is watched is written down, and a subscription of the queue
//! stands between the changes and the function.

use super::outbox::Outbox;
use super::watches::{Watch, Watches};
use super::{WATCHES, topic};
use crate::error::{self, WriteError, store_code};
use crate::limits::{WATCHES_MAX, WATCHES_PAGE_BYTES};
use crate::trigger::{DurableConfig, Filter};
use bytes::Bytes;
use iii_kit::{
    BoundTrigger, CancellationToken, Client, HandlerError, RegisterTriggerInput, TriggerRef,
};
use iii_ports::kv::{Address, Batch, CommitError, Kv, ReadError, Scan, Write};
use iii_ports::{Alarm, Clock, UnixMs};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// The queue's trigger type for topics.
const SUBSCRIBER: &str = "durable:subscriber";

/// Who watches what, and for how long after they are gone.
pub(crate) struct Bindings {
    kv: Arc<dyn Kv>,
    clock: Arc<dyn Clock>,
    client: Client,
    watches: Arc<Watches>,
    outbox: Arc<Outbox>,
    keep: Duration,
    /// By the ids of triggers.
    bound: Mutex<HashMap<String, Bound>>,
    /// One change of what is watched at a time.
    turn: tokio::sync::Mutex<()>,
    /// When the next watch is over to which nothing is bound.
    alarm: Alarm,
}

struct Bound {
    topic: String,
    subscription: Option<TriggerRef>,
}

/// A watch as it is written down.
#[derive(Deserialize, Serialize)]
struct Record {
    scope: Option<String>,
    key: Option<String>,
    left_at: Option<u64>,
}

impl Bindings {
    pub(crate) fn new(
        kv: Arc<dyn Kv>,
        clock: Arc<dyn Clock>,
        client: Client,
        (watches, outbox): (Arc<Watches>, Arc<Outbox>),
        keep: Duration,
    ) -> Self {
        Self {
            kv,
            clock,
            client,
            watches,
            outbox,
            keep,
            bound: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            alarm: Alarm::default(),
        }
    }

    /// Takes up what a worker before this one has left. Nothing is bound yet: whoever was has to
    /// come back in time.
    pub(crate) async fn load(&self) -> Result<(), ReadError> {
        let scan = Scan {
            scope: WATCHES,
            prefix: "",
            after: None,
            limit: WATCHES_MAX,
            bytes_max: WATCHES_PAGE_BYTES,
        };
        let page = self.kv.scan(scan, UnixMs(0)).await?;
        for (topic, entry) in page.items {
            let record: Record = match serde_json::from_slice(&entry.value) {
                Ok(record) => record,
                Err(error) => {
                    tracing::error!(%error, topic, "state.watch_unreadable");
                    continue;
                }
            };
            let left_at = record.left_at.map_or_else(|| self.clock.now(), UnixMs);
            let watch = Watch {
                filter: Filter {
                    scope: record.scope,
                    key: record.key,
                },
                bound: BTreeSet::new(),
                left_at: Some(left_at),
            };
            self.alarm.set(left_at.after(self.keep));
            self.watches.put(&topic, watch);
        }
        self.outbox.load(&*self.kv).await
    }

    /// Binds a trigger. What changes from now on reaches its function, whoever dies meanwhile.
    pub(crate) async fn bind(
        &self,
        trigger: &BoundTrigger,
        config: DurableConfig,
    ) -> Result<(), HandlerError> {
        let topic = topic::of(&config.filter)?;
        let id = trigger.id.to_string();
        self.unbind(&id).await;
        self.begin(&topic, &id, config.filter).await?;
        let mut subscription = json!({ "topic": topic });
        if let Some(settings) = config.queue_config {
            subscription["queue_config"] = Value::Object(settings);
        }
        if let Some(condition) = &trigger.condition_function_id {
            subscription["condition_function_id"] = json!(&**condition);
        }
        let mut input =
            RegisterTriggerInput::new(SUBSCRIBER, trigger.function_id.clone(), &subscription);
        input.metadata.clone_from(&trigger.metadata);
        input.namespace.clone_from(&trigger.namespace);
        match self.client.register_trigger(input).await {
            Ok(subscription) => {
                let mut bound = self.bound.lock();
                if let Some(bound) = bound.get_mut(&id) {
                    bound.subscription = Some(subscription);
                }
                Ok(())
            }
            Err(refused) => {
                self.unbind(&id).await;
                Err(error::invalid(refused.to_string()))
            }
        }
    }

    /// Writes down what is watched, unless it is already.
    async fn begin(&self, topic: &str, id: &str, filter: Filter) -> Result<(), HandlerError> {
        let _turn = self.turn.lock().await;
        let known = self.watches.get(topic);
        if known.is_none() && self.watches.len() >= WATCHES_MAX {
            return Err(error::invalid(format!(
                "{WATCHES_MAX} filters are watched durably, which is the limit; \
                 `state::unsubscribe` ends one"
            )));
        }
        let is_new = known.as_ref().is_none_or(|watch| watch.left_at.is_some());
        let mut watch = known.unwrap_or_else(|| Watch {
            filter,
            bound: BTreeSet::new(),
            left_at: None,
        });
        watch.left_at = None;
        if is_new {
            self.write(topic, &watch).await?;
        }
        watch.bound.insert(id.to_owned());
        self.watches.put(topic, watch);
        let bound = Bound {
            topic: topic.to_owned(),
            subscription: None,
        };
        self.bound.lock().insert(id.to_owned(), bound);
        Ok(())
    }

    /// A trigger is gone. Its changes are kept for when it comes back.
    pub(crate) async fn unbind(&self, id: &str) {
        let Some(gone) = self.bound.lock().remove(id) else {
            return;
        };
        if let Some(subscription) = gone.subscription
            && let Err(error) = subscription.unregister().await
        {
            tracing::warn!(%error, trigger_id = id, "state.subscription_not_ended");
        }
        let _turn = self.turn.lock().await;
        let Some(mut watch) = self.watches.get(&gone.topic) else {
            return;
        };
        watch.bound.remove(id);
        if watch.bound.is_empty() {
            let now = self.clock.now();
            watch.left_at = Some(now);
            self.alarm.set(now.after(self.keep));
            // If that cannot be written, the next start takes it for left then.
            if self.write(&gone.topic, &watch).await.is_err() {
                tracing::warn!(topic = gone.topic, "state.watch_not_written");
            }
        }
        self.watches.put(&gone.topic, watch);
    }

    /// Ends a watch to which nothing is bound.
    pub(crate) async fn end(&self, filter: &Filter) -> Result<(), HandlerError> {
        let topic = topic::of(filter)?;
        let _turn = self.turn.lock().await;
        let Some(watch) = self.watches.get(&topic) else {
            return Err(error::invalid(
                "nothing is watched durably with this `scope` and `key`; `state::subscriptions` \
                 lists what is",
            ));
        };
        if !watch.bound.is_empty() {
            return Err(error::invalid(
                "a trigger is bound to it; stop the worker that registered the trigger first",
            ));
        }
        self.remove(&topic).await
    }

    /// Ends watches to which nothing was bound for too long.
    pub(crate) async fn retire(&self) {
        let _turn = self.turn.lock().await;
        let now = self.clock.now();
        for (topic, watch) in self.watches.all() {
            let Some(over) = watch.left_at.map(|at| at.after(self.keep)) else {
                continue;
            };
            if over > now {
                self.alarm.set(over);
            } else if self.remove(&topic).await.is_err() {
                tracing::warn!(topic = &*topic, "state.watch_not_ended");
                self.alarm.set(now.after(crate::limits::SWEEP_RETRY));
            } else {
                tracing::info!(topic = &*topic, "state.watch_ended: nobody came back");
            }
        }
    }

    /// All watches by their topics.
    pub(crate) fn all(&self) -> Vec<(Arc<str>, Watch)> {
        self.watches.all()
    }

    /// Writes whose changes the queue does not have yet.
    pub(crate) fn waiting(&self) -> usize {
        self.outbox.waiting().writes
    }

    async fn write(&self, topic: &str, watch: &Watch) -> Result<(), HandlerError> {
        let Filter { scope, key } = watch.filter.clone();
        let left_at = watch.left_at.map(|at| at.0);
        let record = json!(Record {
            scope,
            key,
            left_at
        });
        let put = Write::Put {
            at: Address::new(WATCHES, topic),
            value: Bytes::from(record.to_string()),
            expires_at: None,
        };
        self.commit(put).await
    }

    async fn remove(&self, topic: &str) -> Result<(), HandlerError> {
        let at = Address::new(WATCHES, topic);
        self.commit(Write::Delete { at }).await?;
        self.watches.remove(topic);
        Ok(())
    }

    async fn commit(&self, write: Write) -> Result<(), HandlerError> {
        let batch = Batch {
            conditions: Vec::new(),
            writes: vec![write],
        };
        let written: Result<_, CommitError> = self.kv.commit(batch, self.clock.now()).await;
        written
            .map(|_| ())
            .map_err(|error| error::write_failed(WriteError::Store(error), store_code::SUBSCRIBE))
    }
}

/// Ends watches when their time is over, until told to stop.
pub(crate) async fn retire(bindings: Arc<Bindings>, stop: CancellationToken) {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = bindings.alarm.rings(&*bindings.clock) => bindings.retire().await,
        }
    }
}
