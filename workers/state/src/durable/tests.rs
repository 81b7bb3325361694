//! What is noted when others write between a read and the write that follows it.

use super::OUTBOX;
use super::row::Row;
use super::watches::Watch;
use crate::config::Config;
use crate::functions::Function;
use crate::testing::{Fixture, LateKv};
use crate::trigger::Filter;
use bytes::Bytes;
use iii_ports::UnixMs;
use iii_ports::kv::{Address, Batch, Kv, Scan, Write};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

fn watch_everything(state: &Fixture) {
    let watch = Watch {
        filter: Filter::default(),
        bound: BTreeSet::new(),
        left_at: None,
    };
    state.store.watches.put("state", watch);
}

fn set_by_others(value: &'static str) -> Batch {
    Batch {
        conditions: Vec::new(),
        writes: vec![Write::Put {
            at: Address::new("s", "k"),
            value: Bytes::from_static(value.as_bytes()),
            expires_at: None,
        }],
    }
}

/// The events in the outbox.
async fn noted(kv: &dyn Kv) -> Vec<Value> {
    let scan = Scan {
        scope: OUTBOX,
        prefix: "",
        after: None,
        limit: 100,
        bytes_max: usize::MAX,
    };
    let page = kv.scan(scan, UnixMs(0)).await.unwrap();
    let mut events = Vec::new();
    for (_, entry) in page.items {
        let row: Row<'_> = serde_json::from_slice(&entry.value).unwrap();
        let texts = row.changes.iter().map(|change| change.event.get());
        events.extend(texts.map(|text| serde_json::from_str::<Value>(text).unwrap()));
    }
    events
}

#[tokio::test]
async fn what_is_noted_is_what_was_changed() {
    let kv = Arc::new(LateKv::meddled_with([
        set_by_others("1"),
        set_by_others("2"),
    ]));
    let state = Fixture::over(&Config::default(), Arc::clone(&kv) as Arc<dyn Kv>);
    watch_everything(&state);
    let input = json!({ "scope": "s", "key": "k", "value": 3 });
    let answer = state.call(Function::Set, input).await.unwrap();
    assert_eq!(answer["old_value"], 2);
    assert_eq!(kv.meddling_left(), 0);
    let events = noted(&*kv).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["old_value"], 2);
    assert_eq!(events[0]["new_value"], 3);
}

#[tokio::test]
async fn a_write_that_others_never_let_through_is_refused() {
    let meddling = std::iter::repeat_with(|| set_by_others("1")).take(1000);
    let kv = Arc::new(LateKv::meddled_with(meddling));
    let state = Fixture::over(&Config::default(), Arc::clone(&kv) as Arc<dyn Kv>);
    watch_everything(&state);
    let input = json!({ "scope": "s", "key": "k", "value": 3 });
    assert_eq!(state.code(Function::Set, input).await, "overloaded");
    assert_eq!(noted(&*kv).await, Vec::<Value>::new());
    assert_eq!(state.store.outbox.waiting().writes, 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing_half_done() {
    let kv = Arc::new(LateKv::answered_by_hand());
    let state = Fixture::over(&Config::default(), Arc::clone(&kv) as Arc<dyn Kv>);
    watch_everything(&state);
    let input = json!({ "scope": "s", "key": "k", "value": 1 });
    {
        let set = state.call(Function::Set, input);
        let mut set = Box::pin(set);
        while kv.held() == 0 {
            tokio::select! {
                biased;
                _ = &mut set => panic!("nobody has answered"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    // The next writer of the entry waits until the one before has ended, and sees what it wrote.
    let input = json!({ "scope": "s", "key": "k", "value": 2 });
    let next = state.call(Function::Set, input);
    let mut next = Box::pin(next);
    for _ in 0..100 {
        tokio::select! {
            biased;
            _ = &mut next => panic!("the one before has not ended"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(kv.held(), 1, "one at a time");
    kv.answer(0);
    while kv.held() == 0 {
        tokio::select! {
            biased;
            _ = &mut next => panic!("nobody has answered"),
            () = tokio::task::yield_now() => {}
        }
    }
    kv.answer(0);
    assert_eq!(next.await.unwrap()["old_value"], 1);
    let events = noted(&*kv).await;
    let olds: Vec<_> = events.iter().map(|event| &event["old_value"]).collect();
    assert_eq!(olds, [&Value::Null, &json!(1)]);
    assert_eq!(state.store.outbox.waiting().writes, 2);
}
