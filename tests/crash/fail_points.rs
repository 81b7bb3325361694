//! SIGKILL at the named places of the store: before a record is written, between write and flush,
//! between flush and answer, in a checkpoint, and between a checkpoint and what follows it.

use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, Error, TriggerRequest};
use iii_testkit::{EngineProcess, ProcessOptions, connect};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use tokio::task::JoinSet;

async fn set(client: &Client, number: u64) -> Result<Value, Error> {
    let input = json!({ "scope": "crash", "key": "number", "value": number });
    client
        .trigger(TriggerRequest::new("state::set", input))
        .await
}

async fn get(client: &Client) -> Result<Value, Error> {
    let input = json!({ "scope": "crash", "key": "number" });
    client
        .trigger(TriggerRequest::new("state::get", input))
        .await
}

fn changed(file: &Path) -> SystemTime {
    file.metadata().unwrap().modified().unwrap()
}

/// An engine that dies at a place of its store.
fn doomed(place: &str) -> EngineProcess {
    EngineProcess::with(ProcessOptions {
        variables: vec![("III_FAIL_POINT".to_owned(), place.to_owned())],
        ..ProcessOptions::default()
    })
}

/// Writes one number after the other until the engine dies; the last one that was acknowledged.
/// Where it is asked to, it waits after each one until the store has made a checkpoint.
async fn write_until_its_death(engine: &mut EngineProcess, with_checkpoints: bool) -> u64 {
    let file = engine.folder().join(".iii/data/store/store.redb");
    let client = connect(engine.url(), "writer").await;
    let acknowledged = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&acknowledged);
    let mut writer = JoinSet::new();
    writer.spawn(async move {
        for number in 1.. {
            set(&client, number).await?;
            told.store(number, Ordering::Release);
            let before = changed(&file);
            // A store that has nothing to write for a while makes one.
            while with_checkpoints && changed(&file) == before {
                get(&client).await?;
            }
        }
        Ok::<(), Error>(())
    });
    tokio::task::block_in_place(|| engine.wait());
    // What it asks for now would wait for the engine to come back.
    writer.shutdown().await;
    acknowledged.load(Ordering::Acquire)
}

/// What was acknowledged is there, and at most the one write that was not.
async fn check(engine: &mut EngineProcess, acknowledged: u64, place: &str) {
    engine.restart();
    let client = connect(engine.url(), "reader").await;
    let found = get(&client).await.unwrap().as_u64().unwrap_or(0);
    assert!(
        found == acknowledged || found == acknowledged + 1,
        "{place}: {found}, acknowledged {acknowledged}"
    );
    set(&client, found + 1).await.unwrap();
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_place_of_a_write_takes_nothing() {
    for place in ["append.before:20", "append.written:20", "flush.done:20"] {
        let mut engine = doomed(place);
        let acknowledged = write_until_its_death(&mut engine, false).await;
        assert!(acknowledged >= 18, "{place}: {acknowledged}");
        check(&mut engine, acknowledged, place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_in_a_checkpoint_takes_nothing() {
    for place in ["checkpoint.middle:2", "checkpoint.done:2"] {
        let mut engine = doomed(place);
        let acknowledged = write_until_its_death(&mut engine, true).await;
        assert!(acknowledged > 0, "{place}: nothing was written");
        check(&mut engine, acknowledged, place).await;
    }
}
