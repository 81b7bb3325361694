//! Runs the examples of `docs/guides/http.md`.

use crate::client::{Connection, Reply, get};
use crate::world::{Mode, World, config};
use serde_json::{Value, json};
use std::path::Path;

/// A fenced block: what stands behind its fence, and its lines.
struct Block {
    label: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/http.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let mut parts = guide.split("```");
    let mut blocks = Vec::new();
    while let (Some(_), Some(fenced)) = (parts.next(), parts.next()) {
        let (label, text) = fenced.split_once('\n').unwrap();
        blocks.push(Block {
            label: label.to_owned(),
            text: text.to_owned(),
        });
    }
    blocks
}

fn json_of(block: &Block) -> Value {
    serde_json::from_str(&block.text).unwrap_or_else(|error| panic!("{error}: {}", block.text))
}

/// Compares an answer with a block: its status, every header it lists, and its body.
fn check(reply: &Reply, wanted: &str) {
    let (head, body) = wanted.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    assert_eq!(reply.status.to_string(), status, "{wanted}");
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        assert!(reply.all(name).contains(&value), "{line} in {reply:?}");
    }
    match (serde_json::from_str::<Value>(body), reply.body.first()) {
        (Ok(body), Some(_)) => assert_eq!(reply.json(), body),
        _ => assert_eq!(reply.text(), body.trim_end()),
    }
}

#[tokio::test]
async fn the_examples_of_the_guide_hold() {
    let world = World::start(Mode::Memory, json!({})).await;
    let blocks = blocks();
    let (mut run, mut at) = (0, 0);
    for pair in blocks.windows(2) {
        at += 1;
        let (block, next) = (&pair[0], &pair[1]);
        match (block.label.as_str(), next.label.as_str()) {
            ("json result", "http response") => {
                let result = json_of(block);
                let route = format!("GET /result/{at}");
                world
                    .route(&route, move |_, _| {
                        std::future::ready(Ok(Some(result.clone())))
                    })
                    .await;
                let path = format!("/result/{at}");
                check(&get(world.address, &path).await, &next.text);
                run += 1;
            }
            ("http request", "json payload") => {
                request(&world, &block.text, &json_of(next)).await;
                run += 1;
            }
            ("json trigger", _) => {
                world
                    .function(&format!("guide::f{at}"), |_, _| async { Ok(None) })
                    .await;
                world
                    .bind(&format!("guide::f{at}"), json_of(block))
                    .await
                    .unwrap();
                run += 1;
            }
            ("json config", "json guarded") => {
                let world = World::start(Mode::Memory, json_of(block)).await;
                world.bind("guide::guarded", json_of(next)).await.unwrap();
                world.stop().await;
                run += 1;
            }
            ("json config", _) => {
                let _ = config(json_of(block));
                run += 1;
            }
            ("http error", _) => {
                check(&get(world.address, "/nothing/here").await, &block.text);
                run += 1;
            }
            _ => {}
        }
    }
    assert!(run >= 20, "only {run} examples were found");
    let last = blocks.last().unwrap();
    assert_eq!(last.label, "json config");
    let _ = config(json_of(last));
    world.stop().await;
}

async fn request(world: &World, text: &str, wanted: &Value) {
    world
        .route("POST /orders/:id", |input, _| async move {
            Ok(Some(json!({ "body": input })))
        })
        .await;
    let (head, body) = text.split_once("\n\n").unwrap();
    let body = body.trim_end();
    let head = head.replace('\n', "\r\n");
    let mut connection = Connection::open(world.address).await;
    let length = body.len();
    connection
        .send(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}"))
        .await;
    let got = connection.reply().await.json();
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&got[name], value, "{name}");
    }
}
