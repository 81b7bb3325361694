//! Runs the examples of `docs/guides/state.md` that need both workers.

use super::crew::Crew;
use iii_kit::serde_json::{self, Value, json};
use std::path::Path;

#[tokio::test]
async fn the_examples_of_the_guide_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/state.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let crew = Crew::new().await;
    let mut subscriber = crew.subscriber().await;
    let mut ran = Vec::new();
    for fenced in guide.split("```").skip(1).step_by(2) {
        let (label, text) = fenced.split_once('\n').unwrap();
        let json = || serde_json::from_str::<Value>(text).unwrap();
        match label {
            "json durable trigger" => {
                assert_eq!(json()["type"], "state");
                subscriber.bind(json()["config"].clone()).await.unwrap();
            }
            "json durable event" => {
                let mut event = json();
                let mut set = json!({ "scope": event["scope"], "key": event["key"] });
                set["value"] = event["new_value"].clone();
                crew.call("state::set", set).await;
                let mut heard = subscriber.handled().await;
                let (id, example) = (heard["change_id"].take(), event["change_id"].take());
                let length = |id: &Value| id.as_str().unwrap().len();
                assert_eq!(length(&id), length(&example), "{id}");
                assert_eq!(heard, event);
            }
            "sh durable" => {
                let text = text.trim().strip_prefix("iii trigger ").unwrap();
                let (id, input) = text.split_once(" --json '").unwrap();
                let input = serde_json::from_str(input.strip_suffix('\'').unwrap()).unwrap();
                let listed = crew.call(id, input).await;
                assert_eq!(listed["subscriptions"][0]["scope"], "orders");
            }
            _ => continue,
        }
        ran.push(label);
    }
    assert_eq!(
        ran,
        ["json durable trigger", "json durable event", "sh durable"]
    );
    subscriber.client.shutdown().await;
    crew.stop().await;
}
