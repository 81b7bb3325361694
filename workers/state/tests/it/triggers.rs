//! Functions that run when entries change.

use crate::world::{bind, call, listener, with_state};
use iii_kit::{Context, HandlerError, RegisterFunction, RegisterTriggerInput};
use serde_json::{Value, json};
use std::time::Duration;

fn set(key: &str, value: impl Into<Value>) -> Value {
    json!({"scope": "s", "key": key, "value": value.into()})
}

#[tokio::test]
async fn changes_arrive_in_order_with_metadata() {
    with_state(async |bench, clock| {
        let mut events = listener(bench, "app::changed").await;
        let trigger = RegisterTriggerInput::new("state", "app::changed", &json!({"scope": "s"}))
            .metadata(&json!({"for": "you"}));
        bench.client.register_trigger(trigger).await.unwrap();
        for value in 0..200 {
            call(bench, "state::set", set("k", value)).await;
        }
        let (first, metadata) = events.next_with_metadata().await;
        assert_eq!(metadata, Some(json!({"for": "you"})));
        assert_eq!(
            first,
            json!({
                "type": "state", "event_type": "state:created", "scope": "s", "key": "k",
                "old_value": null, "new_value": 0,
            })
        );
        for value in 1..200 {
            let event = events.next().await;
            assert_eq!(
                (&event["old_value"], &event["new_value"]),
                (&json!(value - 1), &json!(value))
            );
        }
        call(
            bench,
            "state::set",
            json!({"scope": "other", "key": "k", "value": 1}),
        )
        .await;
        let mut short = set("k", "short-lived");
        short["ttl_ms"] = json!(10);
        call(bench, "state::set", short).await;
        assert_eq!(events.next().await["event_type"], json!("state:updated"));
        clock.advance(Duration::from_millis(10));
        let expired = events.next().await;
        assert_eq!(expired["event_type"], json!("state:deleted"));
        assert_eq!(expired["old_value"], json!("short-lived"));
    })
    .await;
}

#[tokio::test]
async fn only_a_false_condition_blocks() {
    with_state(async |bench, _| {
        let mut events = listener(bench, "app::changed").await;
        let even = RegisterFunction::new(|event: Value, _: Context| async move {
            match event["new_value"].as_i64() {
                Some(number) => Ok(json!(number % 2 == 0)),
                None => Err(HandlerError::new("not_a_number", "no number")),
            }
        });
        bench
            .client
            .register_function("app::even", even)
            .await
            .unwrap();
        let config = json!({"scope": "s", "condition_function_id": "app::even"});
        bind(bench, "app::changed", config).await;
        for value in [json!(1), json!("x"), json!(2), json!(3), json!(4)] {
            call(bench, "state::set", set("k", value)).await;
        }
        assert_eq!(events.next().await["new_value"], json!(2));
        assert_eq!(events.next().await["new_value"], json!(4));
    })
    .await;
}

#[tokio::test]
async fn a_trigger_ends_when_it_is_taken_back() {
    with_state(async |bench, _| {
        let mut first = listener(bench, "app::first").await;
        let mut second = listener(bench, "app::second").await;
        let trigger = bind(bench, "app::first", json!({"scope": "s"})).await;
        bind(bench, "app::second", json!({"scope": "s", "key": "k"})).await;
        call(bench, "state::set", set("k", 1)).await;
        assert_eq!(first.next().await["new_value"], json!(1));
        assert_eq!(second.next().await["new_value"], json!(1));
        trigger.unregister().await.unwrap();
        // The engine tells the provider in the order of what it was told, so a trigger that is
        // bound afterwards proves that the other one is gone.
        bind(bench, "app::second", json!({"scope": "t"})).await;
        call(bench, "state::set", set("k", 2)).await;
        call(
            bench,
            "state::set",
            json!({"scope": "t", "key": "x", "value": 3}),
        )
        .await;
        assert_eq!(second.next().await["scope"], json!("s"));
        assert_eq!(second.next().await["scope"], json!("t"));
        bind(bench, "app::first", json!({"scope": "t"})).await;
        call(
            bench,
            "state::set",
            json!({"scope": "t", "key": "x", "value": 4}),
        )
        .await;
        assert_eq!(first.next().await["new_value"], json!(4), "2 never came");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_configuration_is_refused() {
    with_state(async |bench, _| {
        listener(bench, "app::changed").await;
        for (config, why) in [
            (json!({"scpoe": "s"}), "unknown field `scpoe`"),
            (json!([]), ""),
        ] {
            let trigger = RegisterTriggerInput::new("state", "app::changed", &config);
            let refused = bench
                .client
                .register_trigger(trigger)
                .await
                .err()
                .unwrap()
                .to_string();
            assert!(refused.contains("INVALID_ARGUMENTS"), "{refused}");
            assert!(refused.contains(why), "{refused}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_function_may_write_what_wakes_it_again() {
    with_state(async |bench, _| {
        let mut events = listener(bench, "app::done").await;
        let count = RegisterFunction::new(|event: Value, context: Context| async move {
            let number = event["new_value"].as_i64().unwrap_or(i64::MAX);
            if number < 5 {
                let next = set("k", number + 1);
                let call = iii_kit::TriggerRequest::new("state::set", next);
                let _: Value = context.trigger(call).await?;
            }
            Ok::<_, HandlerError>(())
        });
        bench
            .client
            .register_function("app::count", count)
            .await
            .unwrap();
        bind(bench, "app::count", json!({"scope": "s", "key": "k"})).await;
        bind(bench, "app::done", json!({"scope": "s", "key": "k"})).await;
        call(bench, "state::set", set("k", 1)).await;
        for value in 1..=5 {
            assert_eq!(events.next().await["new_value"], json!(value));
        }
    })
    .await;
}
