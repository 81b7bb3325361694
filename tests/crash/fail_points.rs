//! SIGKILL at the named places of the store: before a record is written, between write and flush,
//! between flush and answer, in a checkpoint, and between a checkpoint and what follows it.

use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, Error, TriggerRequest};
use iii_testkit::{EngineProcess, ProcessOptions, connect, within};
use std::path::Path;
use std::time::SystemTime;

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

/// What was acknowledged is there, and at most the one write that was not.
async fn check(mut engine: EngineProcess, acknowledged: u64, place: &str) {
    engine.wait();
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
        let engine = doomed(place);
        let client = connect(engine.url(), "writer").await;
        let mut acknowledged = 0;
        while set(&client, acknowledged + 1).await.is_ok() {
            acknowledged += 1;
            assert!(acknowledged < 1_000, "{place}: it lives");
        }
        client.shutdown().await;
        assert_eq!(acknowledged, 19, "{place}");
        check(engine, acknowledged, place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_in_a_checkpoint_takes_nothing() {
    for place in ["checkpoint.middle:2", "checkpoint.done:2"] {
        let engine = doomed(place);
        let file = engine.folder().join(".iii/data/store/store.redb");
        let client = connect(engine.url(), "writer").await;
        let mut acknowledged = 0;
        // A store that has nothing to write for a while makes a checkpoint.
        let dying = async {
            while set(&client, acknowledged + 1).await.is_ok() {
                acknowledged += 1;
                let before = changed(&file);
                while changed(&file) == before && get(&client).await.is_ok() {}
            }
        };
        within("its end", dying).await;
        client.shutdown().await;
        check(engine, acknowledged, place).await;
    }
}
