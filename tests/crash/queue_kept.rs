//! SIGKILL for the engine while many enqueue and others work: every message that was acknowledged
//! is handled, each group in its order, and nothing that was done comes back.

use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, Context, Error, HandlerError, RegisterFunction, TriggerRequest};
use iii_testkit::{EngineProcess, connect, within};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Groups, each with a producer of its own.
const GROUPS: usize = 12;
/// How long a call waits.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Each death comes at another moment after the start of the load.
const DEATHS: u64 = 100;
/// Messages that are acknowledged before the engine is killed, at least.
const MESSAGES_BEFORE: u64 = 30;

/// What happened to the messages of one group.
#[derive(Default)]
struct Group {
    /// The last number that was sent.
    sent: u64,
    acknowledged: Vec<u64>,
    /// Numbers in the order in which their handling began.
    handled: Vec<u64>,
}

type Groups = Arc<Vec<Mutex<Group>>>;

async fn ask(client: &Client, function: &str, input: Value) -> Result<Value, Error> {
    // One that never left before a death waits for the engine to come back, which here it does not
    // before everybody has ended.
    let call = TriggerRequest::new(function, input).timeout(CALL_TIMEOUT);
    client.trigger(call).await
}

/// Sends rising numbers until the engine is gone.
async fn produce(client: Client, n: usize, groups: Groups, acknowledged: Arc<AtomicU64>) {
    loop {
        let number = {
            let mut group = groups[n].lock().unwrap();
            group.sent += 1;
            group.sent
        };
        let input = json!({
            "queue": "orders", "function_id": "crash::work", "group": format!("g{n}"),
            "data": { "group": n, "number": number },
        });
        if ask(&client, "engine::queue::enqueue", input).await.is_err() {
            return;
        }
        groups[n].lock().unwrap().acknowledged.push(number);
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

async fn consumer(engine: &EngineProcess, groups: &Groups) -> Client {
    let client = connect(engine.url(), "consumer").await;
    let groups = Arc::clone(groups);
    let work = RegisterFunction::new(move |input: Value, _: Context| {
        let groups = Arc::clone(&groups);
        async move {
            let group = usize::try_from(input["group"].as_u64().unwrap()).unwrap();
            let number = input["number"].as_u64().unwrap();
            groups[group].lock().unwrap().handled.push(number);
            Ok::<_, HandlerError>(())
        }
    });
    client.register_function("crash::work", work).await.unwrap();
    client
}

/// Every acknowledged message was handled; the order held, also where a death made one come twice.
fn check(n: usize, group: &Group) {
    let Group {
        acknowledged,
        handled,
        ..
    } = group;
    for number in acknowledged {
        assert!(handled.contains(number), "group {n}: {number} is lost");
    }
    // One that was being handled when the engine died comes again, before anything behind it.
    assert!(handled.is_sorted(), "group {n} out of order: {handled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_handled_in_order() {
    let mut engine = EngineProcess::start();
    let groups: Groups = Arc::new((0..GROUPS).map(|_| Mutex::default()).collect());
    let client = connect(engine.url(), "setup").await;
    let define = json!({
        "queue": "orders", "type": "fifo", "concurrency": 8, "backoff_ms": 1, "max_retries": 1000,
    });
    ask(&client, "queue::define", define).await.unwrap();
    client.shutdown().await;
    for death in 0..DEATHS {
        let working = consumer(&engine, &groups).await;
        let client = connect(engine.url(), "producer").await;
        let acknowledged = Arc::new(AtomicU64::new(0));
        let mut producers = JoinSet::new();
        for n in 0..GROUPS {
            let (groups, acknowledged) = (Arc::clone(&groups), Arc::clone(&acknowledged));
            producers.spawn(produce(client.clone(), n, groups, acknowledged));
        }
        within("some messages", async {
            while acknowledged.load(Ordering::Relaxed) < MESSAGES_BEFORE + 37 * death % 200 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        engine.kill();
        while producers.join_next().await.is_some() {}
        client.shutdown().await;
        working.shutdown().await;
        engine.restart();
    }
    let working = consumer(&engine, &groups).await;
    let client = connect(engine.url(), "reader").await;
    within("everything to be done", async {
        loop {
            let orders = ask(&client, "queue::inspect", json!({ "queue": "orders" })).await;
            let orders = orders.unwrap();
            assert_eq!(orders["dead"], 0, "nothing fails here");
            if orders["depth"] == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    for (n, group) in groups.iter().enumerate() {
        check(n, &group.lock().unwrap());
    }
    client.shutdown().await;
    working.shutdown().await;
}
