//! Runs the examples of `docs/guides/state.md`.

use crate::world::{bind, call, code, listener, with_state};
use iii_kit::{Context, HandlerError, RegisterFunction};
use serde_json::{Value, json};
use std::path::Path;

/// What stands between two rows of ticks: what to do, and JSON.
fn blocks(guide: &str) -> Vec<(&str, Value)> {
    let fenced = guide.split("```").skip(1).step_by(2);
    fenced
        .map(|fenced| {
            let (label, text) = fenced.split_once('\n').unwrap();
            (label, serde_json::from_str(text).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn the_examples_of_the_guide_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/state.md");
    let guide = std::fs::read_to_string(path).unwrap();
    with_state(async |bench, _| {
        let is_paid = RegisterFunction::new(|event: Value, _: Context| async move {
            Ok::<_, HandlerError>(event["new_value"]["paid"] == true)
        });
        let client = &bench.client;
        client
            .register_function("orders::is_paid", is_paid)
            .await
            .unwrap();
        let mut events = listener(bench, "orders::changed").await;
        let (mut answer, mut bound, mut ran) = (None, Vec::new(), 0);
        for (label, json) in blocks(&guide) {
            let words: Vec<&str> = label.split(' ').collect();
            match words[..] {
                ["call", id] => answer = call(bench, id, json).await,
                ["answer"] => assert_eq!(answer.take(), Some(json), "block {ran}"),
                ["refused", id, wanted] => assert_eq!(code(bench, id, json).await, wanted),
                ["trigger", _] => bound.push(bind(bench, "orders::changed", json).await),
                ["event"] => {
                    let mut set = json!({ "scope": json["scope"], "key": json["key"] });
                    set["value"] = json["new_value"].clone();
                    call(bench, "state::set", set).await;
                    assert_eq!(events.next().await, json);
                }
                _ => panic!("nobody knows how to run `{label}`"),
            }
            ran += 1;
        }
        assert_eq!(ran, 18, "every block is an example");
    })
    .await;
}
