//! Many who enqueue and several who work, and what must hold whatever happens to the engine.

use crate::support::ask;
use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, Context, HandlerError, RegisterFunction};
use iii_testkit::{EngineProcess, connect, within};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

/// Groups, each with a producer of its own.
const GROUPS: usize = 12;
const CONSUMERS: usize = 3;
/// Messages of a group that are not known to be done. A producer with so many asks after the first
/// of them instead of sending more: however many lives, little is left to do after the last one.
const OPEN_MAX: usize = 8;

/// What happened to the messages of one group.
#[derive(Default)]
struct Group {
    /// The last number that was sent.
    sent: u64,
    acknowledged: Vec<u64>,
    /// Numbers in the order in which their handling began.
    handled: Vec<u64>,
    /// Numbers that the queue has said are done: the first ones that were acknowledged.
    done: BTreeSet<u64>,
    /// Numbers that came although the queue had said so.
    came_back: Vec<u64>,
}

/// What a producer does next.
enum Next {
    Send(u64),
    AskAfter(u64),
}

impl Group {
    fn next(&mut self) -> Next {
        let open = &self.acknowledged[self.done.len()..];
        match open.first() {
            Some(first) if open.len() >= OPEN_MAX => Next::AskAfter(*first),
            _ => {
                self.sent += 1;
                Next::Send(self.sent)
            }
        }
    }
}

/// A queue and what was sent to it, over many lives of an engine.
pub(crate) struct QueueLoad {
    groups: Arc<Vec<Mutex<Group>>>,
}

/// The load of one life.
pub(crate) struct Running {
    consumers: Vec<Client>,
    client: Client,
    producers: JoinSet<()>,
    acknowledged: Arc<AtomicU64>,
}

impl QueueLoad {
    /// Makes the queue.
    pub(crate) async fn new(engine: &EngineProcess) -> Self {
        let client = connect(engine.url(), "setup").await;
        let define = json!({
            "queue": "orders", "type": "fifo", "concurrency": 8, "backoff_ms": 1,
            "max_retries": 1000,
        });
        ask(&client, "queue::define", define).await.unwrap();
        client.shutdown().await;
        Self {
            groups: Arc::new((0..GROUPS).map(|_| Mutex::default()).collect()),
        }
    }

    /// Everybody sends and works until the engine is gone.
    pub(crate) async fn start(&self, engine: &EngineProcess) -> Running {
        let consumers = self.consumers(engine).await;
        let client = connect(engine.url(), "producer").await;
        let acknowledged = Arc::new(AtomicU64::new(0));
        let mut producers = JoinSet::new();
        for n in 0..GROUPS {
            let (groups, acknowledged) = (Arc::clone(&self.groups), Arc::clone(&acknowledged));
            producers.spawn(produce(client.clone(), n, groups, acknowledged));
        }
        Running {
            consumers,
            client,
            producers,
            acknowledged,
        }
    }

    async fn consumers(&self, engine: &EngineProcess) -> Vec<Client> {
        let mut consumers = Vec::new();
        for _ in 0..CONSUMERS {
            let client = connect(engine.url(), "consumer").await;
            let groups = Arc::clone(&self.groups);
            let work = RegisterFunction::new(move |input: Value, _: Context| {
                handle(&groups, &input);
                async { Ok::<_, HandlerError>(()) }
            });
            client.register_function("crash::work", work).await.unwrap();
            consumers.push(client);
        }
        consumers
    }

    /// Lets everything be worked off, and looks at all that has happened in so many deaths.
    pub(crate) async fn finish(&self, engine: &EngineProcess, deaths: u64) {
        let working = self.consumers(engine).await;
        let client = connect(engine.url(), "reader").await;
        let emptied = async {
            loop {
                let orders = ask(&client, "queue::inspect", json!({ "queue": "orders" })).await;
                let orders = orders.unwrap();
                assert_eq!(orders["dead"], 0, "nothing fails here");
                if orders["depth"] == 0 {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        within("everything to be done", emptied).await;
        let mut done = 0;
        for (n, group) in self.groups.iter().enumerate() {
            let group = group.lock().unwrap();
            check(n, &group, deaths);
            done += group.done.len();
        }
        assert!(done > 0, "nobody was told that anything is done");
        client.shutdown().await;
        for working in working {
            working.shutdown().await;
        }
    }
}

impl Running {
    /// When so many messages were acknowledged since the start.
    pub(crate) async fn acknowledged(&self, count: u64) {
        let acknowledged = async {
            while self.acknowledged.load(Ordering::Relaxed) < count {
                tokio::task::yield_now().await;
            }
        };
        within("some messages", acknowledged).await;
    }

    /// After the death of the engine.
    pub(crate) async fn stop(mut self) {
        while let Some(ended) = self.producers.join_next().await {
            ended.unwrap();
        }
        self.client.shutdown().await;
        for consumer in self.consumers {
            consumer.shutdown().await;
        }
    }
}

fn handle(groups: &[Mutex<Group>], input: &Value) {
    let group = usize::try_from(input["group"].as_u64().unwrap()).unwrap();
    let number = input["number"].as_u64().unwrap();
    let mut group = groups[group].lock().unwrap();
    if group.done.contains(&number) {
        group.came_back.push(number);
    }
    group.handled.push(number);
}

fn message(n: usize, number: u64) -> Value {
    json!({
        "queue": "orders", "function_id": "crash::work", "group": format!("g{n}"),
        "idempotency_key": format!("g{n}-{number}"),
        "data": { "group": n, "number": number },
    })
}

/// Sends rising numbers, and some of them again, until the engine is gone.
async fn produce(
    client: Client,
    n: usize,
    groups: Arc<Vec<Mutex<Group>>>,
    acknowledged: Arc<AtomicU64>,
) {
    let enqueue = async |number| ask(&client, "engine::queue::enqueue", message(n, number)).await;
    let group = || groups[n].lock().unwrap();
    loop {
        let next = group().next();
        match next {
            Next::Send(number) => {
                if enqueue(number).await.is_err() {
                    return;
                }
                group().acknowledged.push(number);
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Next::AskAfter(number) => {
                let Ok(receipt) = enqueue(number).await else {
                    return;
                };
                assert_eq!(receipt["duplicate"], true, "{number} was taken twice");
                if receipt["done"] == true {
                    group().done.insert(number);
                }
            }
        }
    }
}

/// Every acknowledged message was handled; the order held, also where a death made one come twice;
/// nothing that was done came back.
fn check(n: usize, group: &Group, deaths: u64) {
    let handled: BTreeSet<u64> = group.handled.iter().copied().collect();
    for number in &group.acknowledged {
        assert!(handled.contains(number), "group {n}: {number} is lost");
    }
    // One that was being handled when the engine died comes again, before anything behind it: once
    // the next one has begun, the end of the one before was on the disk.
    let order = &group.handled;
    assert!(order.is_sorted(), "group {n} out of order: {order:?}");
    let again = (order.len() - handled.len()) as u64;
    assert!(again <= deaths, "group {n}: {again} again, {deaths} deaths");
    let came_back = &group.came_back;
    assert!(came_back.is_empty(), "group {n}: {came_back:?} were done");
}
