//! Runs the examples of `docs/guides/state.md`.

use crate::world::{bind, call, code, listener, with_state};
use iii_kit::{Context, HandlerError, RegisterFunction};
use serde_json::{Value, json};
use std::path::Path;

/// Function and input of `iii trigger FUNCTION --json 'INPUT'`.
fn command(text: &str) -> (&str, Value) {
    let text = text.trim().strip_prefix("iii trigger ").unwrap();
    let (id, input) = text.split_once(" --json '").unwrap();
    let input = input.strip_suffix('\'').unwrap();
    (id, serde_json::from_str(input).unwrap())
}

/// An answer with another number for its version: those of the guide are examples.
fn any_version(mut answer: Value) -> Value {
    if answer.get("version").is_some_and(Value::is_u64) {
        answer["version"] = json!(0);
    }
    answer
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
        for fenced in guide.split("```").skip(1).step_by(2) {
            let (label, text) = fenced.split_once('\n').unwrap();
            let json = || serde_json::from_str::<Value>(text).unwrap();
            if label.contains("durable") {
                // Needs the queue as well: tests of the host run it.
                continue;
            }
            match label.split(' ').collect::<Vec<_>>()[..] {
                ["sh"] => {
                    let (id, input) = command(text);
                    answer = call(bench, id, input).await;
                }
                ["sh", "refused", wanted] => {
                    let (id, input) = command(text);
                    assert_eq!(code(bench, id, input).await, wanted);
                }
                ["json", "answer"] => {
                    let (found, wanted) = (answer.take().unwrap(), json());
                    assert_eq!(any_version(found), any_version(wanted), "block {ran}");
                }
                ["json", "trigger"] => {
                    let (id, config) = (json()["function_id"].clone(), json()["config"].clone());
                    bound.push(bind(bench, id.as_str().unwrap(), config).await);
                }
                ["json", "event"] => {
                    let event = json();
                    let mut set = json!({ "scope": event["scope"], "key": event["key"] });
                    set["value"] = event["new_value"].clone();
                    call(bench, "state::set", set).await;
                    assert_eq!(events.next().await, event);
                }
                _ => panic!("nobody knows how to run `{label}`"),
            }
            ran += 1;
        }
        assert_eq!(ran, 19, "every block is an example");
    })
    .await;
}
