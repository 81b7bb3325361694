//! SIGKILL for the engine while many write entries that a function watches durably: it hears of
//! every change that was acknowledged, those of an entry in their order.

use crate::support::{HELD, ask, with};
use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, Context, HandlerError, RegisterFunction, RegisterTriggerInput};
use iii_testkit::{Deaths, EngineProcess, connect, within};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

/// The port is the same after each death.
const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:${III_TEST_PORT:0}
workers:
  - name: state
  - name: queue
";
/// Entries, each with a writer of its own.
const ENTRIES: usize = 12;
/// What happened to one entry.
#[derive(Default)]
struct Entry {
    /// The last number that was written.
    sent: u64,
    /// The last that was acknowledged.
    acknowledged: u64,
    /// Old and new value of the changes that the function was called with.
    heard: Vec<(u64, u64)>,
}

type Entries = Arc<Vec<Mutex<Entry>>>;

/// Writes rising numbers until the engine is gone.
async fn write(client: Client, n: usize, entries: Entries, acknowledged: Arc<AtomicU64>) {
    loop {
        let number = {
            let mut entry = entries[n].lock().unwrap();
            entry.sent += 1;
            entry.sent
        };
        let input = json!({ "scope": "crash", "key": n.to_string(), "value": number });
        if ask(&client, "state::set", input).await.is_err() {
            return;
        }
        entries[n].lock().unwrap().acknowledged = number;
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

/// A worker with the function that hears of changes.
async fn subscriber(engine: &EngineProcess, entries: &Entries) -> Client {
    let client = connect(engine.url(), "subscriber").await;
    let entries = Arc::clone(entries);
    let changed = RegisterFunction::new(move |event: Value, _: Context| {
        let entries = Arc::clone(&entries);
        async move {
            let n: usize = event["key"].as_str().unwrap().parse().unwrap();
            let number = |value: &Value| value.as_u64().unwrap_or(0);
            let change = (number(&event["old_value"]), number(&event["new_value"]));
            entries[n].lock().unwrap().heard.push(change);
            Ok::<_, HandlerError>(())
        }
    });
    client
        .register_function("crash::changed", changed)
        .await
        .unwrap();
    let config = json!({ "scope": "crash", "durable": true });
    let trigger = RegisterTriggerInput::new("state", "crash::changed", &config);
    client.register_trigger(trigger).await.unwrap();
    client
}

/// Every change was heard of, and one only after the one before it.
fn check(n: usize, entry: &Entry) {
    let mut last = 0;
    for &(old, new) in &entry.heard {
        // One that was being handled when the engine died comes again, before anything behind it.
        assert!(
            old == last || new == last,
            "entry {n}: from {old} to {new} was heard of after {last}"
        );
        last = new;
    }
    assert!(
        last >= entry.acknowledged,
        "entry {n}: {} was acknowledged, {last} is the last that was heard of",
        entry.acknowledged
    );
}

/// Kills at moments that are acknowledgements apart.
async fn every_change_is_heard_of(mut engine: EngineProcess, mut deaths: Deaths) {
    let entries: Entries = Arc::new((0..ENTRIES).map(|_| Mutex::default()).collect());
    for death in 0..deaths.planned() {
        // Now and then nobody is there to hear of anything.
        let listening = if death % 4 == 3 {
            None
        } else {
            Some(subscriber(&engine, &entries).await)
        };
        let client = connect(engine.url(), "writer").await;
        let acknowledged = Arc::new(AtomicU64::new(0));
        let mut writers = JoinSet::new();
        for n in 0..ENTRIES {
            let (entries, acknowledged) = (Arc::clone(&entries), Arc::clone(&acknowledged));
            writers.spawn(write(client.clone(), n, entries, acknowledged));
        }
        let enough = deaths.pick(30..230);
        let written = async {
            while acknowledged.load(Ordering::Relaxed) < enough {
                tokio::task::yield_now().await;
            }
        };
        within("some writes", written).await;
        engine.kill();
        while writers.join_next().await.is_some() {}
        client.shutdown().await;
        if let Some(listening) = listening {
            listening.shutdown().await;
        }
        engine.restart();
        deaths.survived(engine.started_in());
    }
    let listening = subscriber(&engine, &entries).await;
    let client = connect(engine.url(), "reader").await;
    let heard_of = async {
        loop {
            let waiting = ask(&client, "state::subscriptions", json!({}))
                .await
                .unwrap();
            let queue = json!({ "queue": "state:crash::crash::changed@default" });
            let queue = ask(&client, "queue::inspect", queue).await.unwrap();
            if waiting["waiting"] == 0 && queue["depth"] == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    within("everything to be heard of", heard_of).await;
    for (n, entry) in entries.iter().enumerate() {
        check(n, &entry.lock().unwrap());
    }
    client.shutdown().await;
    listening.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_change_is_heard_of_in_order() {
    let deaths = Deaths::of("changes", 20);
    every_change_is_heard_of(with(CONFIG, &[]), deaths).await;
}

/// As when the power goes: what was not flushed is lost.
#[tokio::test(flavor = "multi_thread")]
async fn also_when_what_was_not_flushed_is_lost() {
    let deaths = Deaths::of("changes, unflushed lost", 15);
    every_change_is_heard_of(with(CONFIG, &[HELD]), deaths).await;
}
