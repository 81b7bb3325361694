//! Many who write, and what must hold whatever happens to the engine.

use crate::support::ask;
use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, Error};
use iii_testkit::{EngineProcess, connect, within};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;

/// Clients that write at the same time, each one entry and one pair of its own.
const WRITERS: usize = 16;

/// What a writer was told.
#[derive(Default)]
struct Told {
    /// The last number that was acknowledged.
    set: AtomicU64,
    pair: AtomicU64,
}

/// What was written, over many lives of an engine.
pub(crate) struct StateLoad {
    /// Numbers from which the writers go on.
    from: [u64; WRITERS],
    /// Bytes that each single value has besides.
    pad: usize,
}

/// The load of one life.
pub(crate) struct Running {
    client: Client,
    told: Vec<Arc<Told>>,
    writers: JoinSet<()>,
    written: Arc<AtomicU64>,
}

/// What the writers of a life were told in it.
pub(crate) struct Ended(Vec<Arc<Told>>);

impl StateLoad {
    /// Values with so many bytes besides: large ones let the store make checkpoints.
    pub(crate) fn new(pad: usize) -> Self {
        Self {
            from: [1; WRITERS],
            pad,
        }
    }

    /// Everybody writes until the engine is gone.
    pub(crate) async fn start(&self, engine: &EngineProcess) -> Running {
        let client = connect(engine.url(), "writer").await;
        let written = Arc::new(AtomicU64::new(0));
        let mut told = Vec::new();
        let mut writers = JoinSet::new();
        for (n, from) in self.from.into_iter().enumerate() {
            let own = Arc::new(Told {
                set: AtomicU64::new(from - 1),
                pair: AtomicU64::new(from - 1),
            });
            told.push(Arc::clone(&own));
            let writer = Writer {
                client: client.clone(),
                n,
                pad: "x".repeat(self.pad),
                told: own,
                written: Arc::clone(&written),
            };
            writers.spawn(async move {
                // It ends by the death of the engine.
                let _ = writer.write(from).await;
            });
        }
        Running {
            client,
            told,
            writers,
            written,
        }
    }

    /// Nothing acknowledged is missing, nothing is half done, and nobody's write is somebody
    /// else's.
    pub(crate) async fn check(&mut self, engine: &EngineProcess, ended: Ended) {
        let client = connect(engine.url(), "reader").await;
        for (n, told) in ended.0.iter().enumerate() {
            self.from[n] = check(&client, n, told).await + 1;
        }
        client.shutdown().await;
    }
}

impl Running {
    /// When every writer together have written so many times since the start.
    pub(crate) async fn written(&self, count: u64) {
        let written = async {
            while self.written.load(Ordering::Relaxed) < count {
                tokio::task::yield_now().await;
            }
        };
        within("some writes", written).await;
    }

    /// After the death of the engine.
    pub(crate) async fn stop(mut self) -> Ended {
        while let Some(ended) = self.writers.join_next().await {
            ended.unwrap();
        }
        self.client.shutdown().await;
        Ended(self.told)
    }
}

struct Writer {
    client: Client,
    n: usize,
    pad: String,
    told: Arc<Told>,
    written: Arc<AtomicU64>,
}

impl Writer {
    /// Writes rising numbers.
    async fn write(&self, from: u64) -> Result<(), Error> {
        let Self {
            client, n, told, ..
        } = self;
        let put = |key: String, number: u64| {
            let (kind, scope) = ("set", "crash");
            json!({ "type": kind, "scope": scope, "key": key, "value": { "number": number } })
        };
        for number in from.. {
            let value = json!({ "number": number, "pad": self.pad });
            let one = json!({ "scope": "crash", "key": format!("one{n}"), "value": value });
            ask(client, "state::set", one).await?;
            told.set.store(number, Ordering::Relaxed);
            let left = put(format!("left{n}"), number);
            let right = put(format!("right{n}"), number);
            ask(client, "state::batch", json!({ "ops": [left, right] })).await?;
            told.pair.store(number, Ordering::Relaxed);
            self.written.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

async fn number(client: &Client, key: String) -> u64 {
    let place = json!({ "scope": "crash", "key": key });
    let found: Value = ask(client, "state::get", place).await.unwrap();
    found["number"].as_u64().unwrap_or(0)
}

async fn check(client: &Client, n: usize, told: &Told) -> u64 {
    let one = number(client, format!("one{n}")).await;
    let (set, pair) = (
        told.set.load(Ordering::Relaxed),
        told.pair.load(Ordering::Relaxed),
    );
    assert!(one >= set && one <= set + 1, "{one}, acknowledged {set}");
    let left = number(client, format!("left{n}")).await;
    let right = number(client, format!("right{n}")).await;
    assert_eq!(left, right);
    assert!(
        left >= pair && left <= pair + 1,
        "{left}, acknowledged {pair}"
    );
    one.max(left)
}
