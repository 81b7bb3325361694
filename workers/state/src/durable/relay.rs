//! From the outbox to the queue.

use super::outbox::{self, Outbox};
use super::row::{Place, Row};
use super::watches::Watches;
use super::{OUTBOX, WATCHES};
use crate::json::Object;
use crate::limits::{RELAY_RETRY, RELAY_RETRY_MAX};
use crate::tasks;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use iii_kit::{CancellationToken, Client, Error, RawTriggerRequest, TraceContext};
use iii_ports::UnixMs;
use iii_ports::kv::{Address, Batch, Kv, Write};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Takes a message for everybody who subscribed to a topic.
const PUBLISH: &str = "iii::durable::publish";
/// How long the queue remembers what it has been given: longer than a restart takes.
const REMEMBERED_MS: u64 = 5 * 60 * 1000;
/// Parts of rows that are handed over in one go.
const ROUND: usize = 256;
/// Bytes after which such a go ends.
const ROUND_BYTES: usize = 8 << 20;
/// Entries whose changes are handed over at the same time.
const AT_A_TIME: usize = 64;

/// Hands changes over, in the order of each entry, and takes them out of the store when the queue
/// has them. One that was handed over just before a crash is handed over again, with the same key,
/// which the queue knows.
pub(crate) struct Relay {
    pub(crate) kv: Arc<dyn Kv>,
    pub(crate) client: Client,
    pub(crate) watches: Arc<Watches>,
    pub(crate) outbox: Arc<Outbox>,
}

/// How a go ended.
enum Round {
    /// There is nothing more.
    Empty,
    /// There may be more.
    Done,
    /// Something is left that has to be tried again; why.
    Failed(String),
}

/// The parts of one row.
struct Whole {
    text: Vec<u8>,
    keys: Vec<String>,
}

/// A change on its way.
struct Parcel {
    row: usize,
    topics: Vec<String>,
    body: Body,
    trace: TraceContext,
}

/// What is the same for all topics.
struct Body {
    id: String,
    group: String,
    event: Bytes,
}

impl Relay {
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut pause = RELAY_RETRY;
        loop {
            let round = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                round = self.round() => round,
            };
            let wait = match round {
                Round::Done => {
                    pause = RELAY_RETRY;
                    continue;
                }
                Round::Empty => None,
                Round::Failed(reason) => {
                    let writes = self.outbox.waiting().writes;
                    tracing::warn!(
                        %reason,
                        writes,
                        "state.changes_wait: the queue does not take them; is the worker `queue` \
                         running?"
                    );
                    Some(pause)
                }
            };
            let over = async {
                match wait {
                    None => self.outbox.news().await,
                    Some(pause) => tasks::pause(pause).await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = over => {}
            }
            if wait.is_some() {
                pause = (pause * 2).min(RELAY_RETRY_MAX);
            }
        }
    }

    async fn round(&self) -> Round {
        let rows = match self.rows().await {
            Ok(rows) => rows,
            Err(reason) => return Round::Failed(reason),
        };
        if rows.is_empty() {
            return Round::Empty;
        }
        let chains = match self.chains(&rows).await {
            Ok(chains) => chains,
            Err(reason) => return Round::Failed(reason),
        };
        let handed_over = stream::iter(chains)
            .map(|chain| self.hand_over(chain))
            .buffer_unordered(AT_A_TIME);
        let outcomes: Vec<_> = handed_over.collect().await;
        let mut left = BTreeSet::new();
        let mut reason = None;
        for (rows, error) in outcomes.into_iter().flatten() {
            left.extend(rows);
            reason = Some(error);
        }
        if let Err(error) = self.forget(&rows, &left).await {
            reason = Some(error);
        }
        match reason {
            Some(reason) => Round::Failed(reason),
            None => Round::Done,
        }
    }

    /// The oldest rows, whole.
    async fn rows(&self) -> Result<Vec<Whole>, String> {
        let mut rows: Vec<Whole> = Vec::new();
        let mut missing = 0;
        let mut after: Option<String> = None;
        loop {
            let page = outbox::page(&*self.kv, after.as_deref(), ROUND, ROUND_BYTES).await;
            let page = page.map_err(|error| error.to_string())?;
            for (key, entry) in page.items {
                let place = Place::of_key(&key).ok_or_else(|| format!("`{key}` is no row"))?;
                if place.part == 0 {
                    missing = place.parts;
                    rows.push(Whole {
                        text: Vec::new(),
                        keys: Vec::new(),
                    });
                }
                missing = missing.saturating_sub(1);
                if let Some(row) = rows.last_mut() {
                    row.text.extend_from_slice(&entry.value);
                    row.keys.push(key);
                }
            }
            after = page.next;
            if missing == 0 || after.is_none() {
                return Ok(rows);
            }
            // The last one is not whole: it comes with the next go, unless it is the only one.
            if rows.len() > 1 {
                rows.pop();
                return Ok(rows);
            }
        }
    }

    /// The changes of each entry, in order, for everybody who still watches it.
    async fn chains(&self, rows: &[Whole]) -> Result<Vec<Vec<Parcel>>, String> {
        let read: Vec<Option<Row<'_>>> = rows.iter().map(Whole::read).collect();
        let ended = self.ended(&read).await?;
        Ok(chains(&read, &ended))
    }

    /// The topics that nobody watches any more.
    async fn ended(&self, rows: &[Option<Row<'_>>]) -> Result<BTreeSet<String>, String> {
        let mut ended = BTreeSet::new();
        let changes = rows.iter().flatten().flat_map(|row| &row.changes);
        for topic in changes.flat_map(|change| &change.topics) {
            // A worker that takes over from this one may know of more than this one.
            if !self.watches.contains(topic) && !ended.contains(&**topic) {
                let kept = self.kv.get(WATCHES, topic, UnixMs(0)).await;
                if kept.map_err(|error| error.to_string())?.is_none() {
                    ended.insert(topic.clone().into_owned());
                }
            }
        }
        Ok(ended)
    }

    /// Hands the changes of one entry over; the rows that were left, and why.
    async fn hand_over(&self, chain: Vec<Parcel>) -> Option<(Vec<usize>, String)> {
        for (index, parcel) in chain.iter().enumerate() {
            for topic in &parcel.topics {
                let Err(error) = self.publish(topic, parcel).await else {
                    continue;
                };
                let Body { id, .. } = &parcel.body;
                if error.code() == iii_kit::ErrorCode::PayloadTooLarge.as_str() {
                    // It will never fit; those behind it are not to wait for ever.
                    tracing::error!(%error, topic, id, "state.change_too_large");
                    continue;
                }
                let left = chain[index..].iter().map(|parcel| parcel.row).collect();
                return Some((left, error.to_string()));
            }
        }
        None
    }

    async fn publish(&self, topic: &str, parcel: &Parcel) -> Result<(), Error> {
        let Body { id, group, event } = &parcel.body;
        let input = Object::with_capacity(event.len() + topic.len() + group.len() + 160)
            .string("topic", topic)
            .string("group", group)
            .string("idempotency_key", id)
            .number("idempotency_window_ms", REMEMBERED_MS)
            .raw("data", event)
            .into_payload();
        let call = RawTriggerRequest::new(PUBLISH, Some(input)).trace(parcel.trace.clone());
        self.client.trigger_raw(call).await.map(|_| ())
    }

    /// Takes the rows that are done out of the store.
    async fn forget(&self, rows: &[Whole], left: &BTreeSet<usize>) -> Result<(), String> {
        let done = rows.iter().enumerate();
        let done: Vec<_> = done.filter(|(index, _)| !left.contains(index)).collect();
        let keys = done.iter().flat_map(|(_, row)| &row.keys);
        let writes: Vec<_> = keys
            .map(|key| Write::Delete {
                at: Address::new(OUTBOX, key.as_str()),
            })
            .collect();
        for writes in writes.chunks(self.kv.bounds().batch_items_max) {
            let batch = Batch {
                conditions: Vec::new(),
                writes: writes.to_vec(),
            };
            let gone = self.kv.commit(batch, UnixMs(0)).await;
            gone.map_err(|error| error.to_string())?;
        }
        for (_, row) in done {
            self.outbox.left(row.text.len());
        }
        Ok(())
    }
}

impl Whole {
    /// The row, unless it is none.
    fn read(&self) -> Option<Row<'_>> {
        match serde_json::from_slice(&self.text) {
            Ok(row) => Some(row),
            Err(error) => {
                let key = self.keys.first();
                tracing::error!(%error, key, "state.change_unreadable");
                None
            }
        }
    }
}

/// The changes of each entry, in order.
fn chains(rows: &[Option<Row<'_>>], ended: &BTreeSet<String>) -> Vec<Vec<Parcel>> {
    let mut chains: BTreeMap<String, Vec<Parcel>> = BTreeMap::new();
    let read = rows.iter().enumerate();
    for (index, row) in read.filter_map(|(index, row)| Some((index, row.as_ref()?))) {
        for change in &row.changes {
            let topics = change.topics.iter();
            let wanted = topics.filter(|topic| !ended.contains(&***topic));
            let parcel = Parcel {
                row: index,
                topics: wanted.map(|topic| topic.clone().into_owned()).collect(),
                body: Body {
                    id: change.id.clone().into_owned(),
                    group: change.group.clone().into_owned(),
                    event: Bytes::copy_from_slice(change.event.get().as_bytes()),
                },
                trace: row.trace(),
            };
            let chain = chains.entry(parcel.body.group.clone()).or_default();
            chain.push(parcel);
        }
    }
    chains.into_values().collect()
}
