//! Runs the examples of `docs/guides/queue.md`.

use crate::world::{bind, call, offer, with_queues};
use serde_json::{Value, json};
use std::path::Path;

/// Function and input of `iii trigger FUNCTION --json 'INPUT'`.
fn command(text: &str) -> (&str, Value) {
    let text = text.trim().strip_prefix("iii trigger ").unwrap();
    let (id, input) = text.split_once(" --json '").unwrap();
    let input = input.strip_suffix('\'').unwrap();
    (id, serde_json::from_str(input).unwrap())
}

#[tokio::test]
async fn the_examples_of_the_guide_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/queue.md");
    let guide = std::fs::read_to_string(path).unwrap();
    with_queues(json!({}), async |bench, _| {
        let mut charged = offer(bench, "orders::charge").await;
        let mut bound = Vec::new();
        let mut ran = 0;
        for fenced in guide.split("```").skip(1).step_by(2) {
            let (label, text) = fenced.split_once('\n').unwrap();
            match label {
                "sh" => {
                    let (id, input) = command(text);
                    call(bench, id, input).await;
                }
                "json trigger" => {
                    let trigger: Value = serde_json::from_str(text).unwrap();
                    let [kind, id] = ["type", "function_id"].map(|it| trigger[it].as_str());
                    let config = trigger["config"].clone();
                    bound.push(bind(bench, kind.unwrap(), id.unwrap(), config).await);
                }
                other => panic!("nobody knows how to run `{other}`"),
            }
            ran += 1;
        }
        assert_eq!(ran, 9, "every block is an example");
        assert_eq!(charged.done().await["order"], 17);
        assert_eq!(
            charged.done().await,
            json!({ "order": 17 }),
            "what was published"
        );
    })
    .await;
}
