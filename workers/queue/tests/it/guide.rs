//! Runs the examples of `docs/guides/queue.md`.

use crate::world::{bind, call, offer, with_queues};
use serde_json::{Value, json};
use std::path::Path;

#[tokio::test]
async fn the_examples_of_the_guide_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/queue.md");
    let guide = std::fs::read_to_string(path).unwrap();
    with_queues(json!({}), async |bench, _| {
        let mut charged = offer(bench, "orders::charge").await;
        let mut bound = Vec::new();
        let mut parts = guide.split("```");
        let mut ran = 0;
        while let (Some(_), Some(fenced)) = (parts.next(), parts.next()) {
            let (label, text) = fenced.split_once('\n').unwrap();
            let input: Value = serde_json::from_str(text).unwrap();
            let (what, id) = label.split_once(' ').unwrap();
            match what {
                "call" => drop(call(bench, id, input).await),
                "trigger" => bound.push(bind(bench, id, "orders::charge", input).await),
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
