//! Expired entries are deletions, told once and in time.

use super::recorder::Recorder;
use super::{subscribe, subscribe_with};
use crate::config::Config;
use crate::functions::Function::{Delete, Set};
use crate::testing::Fixture;
use iii_kit::CancellationToken;
use iii_ports::Clock;
use iii_ports::kv::Bounds;
use iii_testkit::within;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn set(key: &str, ttl_ms: u64) -> Value {
    json!({"scope": "s", "key": key, "value": key, "ttl_ms": ttl_ms})
}

/// Runs the sweeper until the token is cancelled.
fn sweeper(state: &Fixture) -> CancellationToken {
    let stop = CancellationToken::new();
    let running = crate::expiry::run(state.store.clone(), stop.clone());
    crate::tasks::Tasks::default().spawn(running);
    stop
}

#[tokio::test]
async fn expiries_are_told_when_their_time_comes() {
    let state = Fixture::new();
    let _stop = sweeper(&state).drop_guard();
    let recorder = subscribe(&state, "t", None, None);
    state.call(Set, set("late", 100)).await;
    state.call(Set, set("soon", 10)).await;
    recorder.begun(2).await;
    state.clock.advance(Duration::from_millis(10));
    let events = recorder.begun(3).await;
    assert_eq!(
        events[2],
        json!({
            "type": "state", "event_type": "state:deleted", "scope": "s", "key": "soon",
            "old_value": "soon", "new_value": null,
        })
    );
    state.clock.advance(Duration::from_millis(89));
    state.call(Set, set("mark", 1000)).await;
    assert_eq!(recorder.begun(4).await[3]["key"], json!("mark"));
    state.clock.advance(Duration::from_millis(1));
    assert_eq!(recorder.begun(5).await[4]["key"], json!("late"));
}

#[tokio::test]
async fn the_sweeper_sleeps_exactly_until_something_expires() {
    let state = Fixture::new();
    let stop = sweeper(&state);
    let start = state.clock.now();
    let sleeps_until = |ms: Option<u64>| {
        let (clock, at) = (
            state.clock.clone(),
            ms.map(|ms| start.after(Duration::from_millis(ms))),
        );
        within("the sweeper's sleep", async move {
            while clock.next_wake() != at {
                tokio::task::yield_now().await;
            }
        })
    };
    sleeps_until(None).await;
    state.call(Set, set("a", 100)).await;
    sleeps_until(Some(100)).await;
    state.call(Set, set("b", 200)).await;
    state.call(Set, set("c", 50)).await;
    sleeps_until(Some(50)).await;
    state.clock.advance(Duration::from_millis(50));
    sleeps_until(Some(100)).await;
    state.clock.advance(Duration::from_millis(100));
    sleeps_until(Some(200)).await;
    stop.cancel();
    sleeps_until(None).await;
}

#[tokio::test]
async fn a_write_over_an_expired_entry_tells_both_changes_once() {
    let state = Fixture::new();
    let recorder = subscribe(&state, "t", Some("s"), None);
    state.call(Set, set("k", 10)).await;
    state.call(Set, set("l", 10)).await;
    state.clock.advance(Duration::from_millis(10));
    let answer = state
        .call(Set, json!({"scope": "s", "key": "k", "value": 2}))
        .await;
    assert_eq!(answer.expect("sets")["old_value"], Value::Null);
    assert_eq!(
        state.call(Delete, json!({"scope": "s", "key": "l"})).await,
        None
    );
    let _stop = sweeper(&state).drop_guard();
    state
        .call(Set, json!({"scope": "s", "key": "end", "value": 1}))
        .await;
    let events = recorder.begun(6).await;
    recorder.rests().await;
    let told = |key: &str| -> Vec<_> {
        let of_key = events.iter().filter(|event| event["key"] == key);
        of_key
            .map(|event| event["event_type"].as_str().expect("a type"))
            .collect()
    };
    assert_eq!(
        told("k"),
        ["state:created", "state:deleted", "state:created"]
    );
    assert_eq!(told("l"), ["state:created", "state:deleted"]);
}

#[tokio::test]
async fn many_expiries_at_once_are_all_told() {
    let state = Fixture::new();
    for index in 0..1000 {
        state.call(Set, set(&format!("k{index}"), 10)).await;
    }
    let recorder = subscribe(&state, "t", None, None);
    let _stop = sweeper(&state).drop_guard();
    state.clock.advance(Duration::from_millis(10));
    let events = recorder.begun(1000).await;
    assert!(
        events
            .iter()
            .all(|event| event["event_type"] == "state:deleted")
    );
}

#[tokio::test]
async fn an_expiry_does_not_wait_for_a_full_queue() {
    let config = Config {
        trigger_queue_events_max: 1,
        ..Config::default()
    };
    let state = Fixture::with(&config, Bounds::default());
    state.call(Set, set("k", 10)).await;
    let full = Arc::new(Recorder::gated());
    subscribe_with(&state, "full", None, None, &full);
    let free = subscribe(&state, "free", None, Some("k"));
    state
        .call(Set, json!({"scope": "s", "key": "other", "value": 1}))
        .await;
    let _stop = sweeper(&state).drop_guard();
    state.clock.advance(Duration::from_millis(10));
    assert_eq!(free.begun(1).await[0]["event_type"], json!("state:deleted"));
    full.let_all_through();
    full.rests().await;
    assert_eq!(full.events().len(), 1, "the expiry found no room there");
}
