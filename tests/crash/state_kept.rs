//! SIGKILL for the engine while many write: what `state` has acknowledged is there afterwards, and
//! of a batch all or nothing.

use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, Error, TriggerRequest};
use iii_testkit::{EngineProcess, connect, within};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Clients that write at the same time, each one entry and one pair of its own.
const WRITERS: usize = 16;
/// How long a call waits.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Each death comes at another moment after the start of the load.
const DEATHS: u64 = 100;
/// Writes that are acknowledged before the engine is killed, at least.
const WRITES_BEFORE: u64 = 20;

/// What a writer was told.
#[derive(Default)]
struct Told {
    /// The last number that was acknowledged.
    set: AtomicU64,
    pair: AtomicU64,
}

async fn ask(client: &Client, function: &str, input: Value) -> Result<Value, Error> {
    // One that never left before a death waits for the engine to come back, which here it does not
    // before everybody has ended.
    let call = TriggerRequest::new(function, input).timeout(CALL_TIMEOUT);
    client.trigger(call).await
}

/// Writes rising numbers until the engine is gone.
async fn write(client: Client, n: usize, from: u64, told: Arc<Told>, written: Arc<AtomicU64>) {
    let put = |key: String, number: u64| {
        let (kind, scope) = ("set", "crash");
        json!({ "type": kind, "scope": scope, "key": key, "value": number })
    };
    for number in from.. {
        let one = json!({ "scope": "crash", "key": format!("one{n}"), "value": number });
        if ask(&client, "state::set", one).await.is_err() {
            return;
        }
        told.set.store(number, Ordering::Relaxed);
        let left = put(format!("left{n}"), number);
        let right = put(format!("right{n}"), number);
        let pair = json!({ "ops": [left, right] });
        if ask(&client, "state::batch", pair).await.is_err() {
            return;
        }
        told.pair.store(number, Ordering::Relaxed);
        written.fetch_add(1, Ordering::Relaxed);
    }
}

async fn number(client: &Client, key: String) -> u64 {
    let place = json!({ "scope": "crash", "key": key });
    let found = ask(client, "state::get", place).await.unwrap();
    found.as_u64().unwrap_or(0)
}

/// Nothing acknowledged is missing, nothing is half done, and nobody's write is somebody else's.
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there() {
    let mut engine = EngineProcess::start();
    let mut from = [1; WRITERS];
    for death in 0..DEATHS {
        let client = connect(engine.url(), "writer").await;
        let written = Arc::new(AtomicU64::new(0));
        let told: Vec<_> = (0..WRITERS).map(|_| Arc::new(Told::default())).collect();
        let mut writers = JoinSet::new();
        for (n, told) in told.iter().enumerate() {
            told.set.store(from[n] - 1, Ordering::Relaxed);
            told.pair.store(from[n] - 1, Ordering::Relaxed);
            let (told, written) = (Arc::clone(told), Arc::clone(&written));
            writers.spawn(write(client.clone(), n, from[n], told, written));
        }
        within("some writes", async {
            while written.load(Ordering::Relaxed) < WRITES_BEFORE + 37 * death % 200 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        engine.kill();
        while writers.join_next().await.is_some() {}
        client.shutdown().await;
        engine.restart();
        let client = connect(engine.url(), "reader").await;
        for (n, told) in told.iter().enumerate() {
            from[n] = check(&client, n, told).await + 1;
        }
        client.shutdown().await;
    }
}
