//! The access log: one event for each answer, after its last byte.
//!
//! Entries go through a bounded queue to a task of their own, so that neither a slow log nor a slow
//! disk behind it holds up an answer. What does not fit is counted and told instead.

use crate::limits::ACCESS_LOG_QUEUE_MAX;
use crate::response::Watch;
use crate::tasks::Tasks;
use iii_kit::Clock;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Where entries go.
pub(crate) struct AccessLog {
    queue: mpsc::Sender<Entry>,
    dropped: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
}

/// What is known about an answer before it is sent.
pub(crate) struct Entry {
    pub(crate) started: Duration,
    pub(crate) method: String,
    pub(crate) path: String,
    /// The route as registered, if one served the request.
    pub(crate) route: Option<Arc<str>>,
    pub(crate) function_id: Option<String>,
    pub(crate) status: u16,
    pub(crate) client: IpAddr,
    pub(crate) request_id: String,
    pub(crate) trace_id: String,
    pub(crate) user_agent: String,
    /// Of the body, before HTTP frames it.
    pub(crate) bytes: u64,
    /// Whether the client got all of it.
    pub(crate) complete: bool,
    pub(crate) duration: Duration,
}

impl AccessLog {
    /// Begins to write entries as events.
    pub(crate) fn start(tasks: &Tasks, clock: Arc<dyn Clock>) -> Self {
        let (queue, entries) = mpsc::channel(ACCESS_LOG_QUEUE_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        tasks.spawn_aside(write(entries, Arc::clone(&dropped)));
        Self {
            queue,
            dropped,
            clock,
        }
    }

    /// What tells this log how an answer went.
    pub(crate) fn watch(&self, entry: Entry) -> Box<dyn Watch> {
        Box::new(Watching {
            entry,
            queue: self.queue.clone(),
            dropped: Arc::clone(&self.dropped),
            clock: Arc::clone(&self.clock),
        })
    }
}

struct Watching {
    entry: Entry,
    queue: mpsc::Sender<Entry>,
    dropped: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
}

impl Watch for Watching {
    fn ended(mut self: Box<Self>, bytes: u64, complete: bool) {
        self.entry.bytes = bytes;
        self.entry.complete = complete;
        self.entry.duration = self.clock.monotonic().saturating_sub(self.entry.started);
        if self.queue.try_send(self.entry).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn write(mut entries: mpsc::Receiver<Entry>, dropped: Arc<AtomicU64>) {
    while let Some(entry) = entries.recv().await {
        entry.write();
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(entries = lost, "http.access_log_full");
        }
    }
}

impl Entry {
    fn write(&self) {
        tracing::info!(
            method = self.method,
            path = self.path,
            route = self.route.as_deref().unwrap_or_default(),
            function_id = self.function_id.as_deref().unwrap_or_default(),
            status = self.status,
            bytes = self.bytes,
            complete = self.complete,
            duration_us = u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX),
            client = %self.client,
            request_id = self.request_id,
            trace_id = self.trace_id,
            user_agent = self.user_agent,
            "http.request"
        );
    }
}
