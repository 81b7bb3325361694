//! Dead messages: seen, changed, handed over again, removed.

use crate::world::{call, code, enqueue, offer, until, with_queues};
use serde_json::{Value, json};

#[tokio::test]
async fn dead_messages_are_listed_edited_redriven_and_discarded() {
    let queue = json!({ "work": { "max_retries": 1 } });
    with_queues(queue, async |bench, _| {
        let mut calls = offer(bench, "tests::work").await;
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(enqueue(bench, "work", json!({ "n": n }), json!({ "key": "k" })).await);
            let code = if n == 3 { "other" } else { "boom" };
            calls.next().await.fail(code);
            until(bench, "work", "dead", n + 1).await;
        }
        let page = json!({ "queue": "work", "limit": 2, "code": "boom" });
        let page = call(bench, "queue::dlq::list", page).await;
        let listed: Vec<&Value> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["message_id"])
            .collect();
        assert_eq!(listed, [&ids[0], &ids[1]]);
        assert_eq!(page["items"][0]["error"]["code"], "boom");
        assert_eq!(page["items"][0]["key"], "k");
        let next = json!({ "queue": "work", "code": "boom", "cursor": page["cursor"] });
        let next = call(bench, "queue::dlq::list", next).await;
        assert_eq!(next["items"][0]["message_id"], json!(ids[2]));
        assert_eq!(next["cursor"], Value::Null);

        let edit = json!({ "message_id": ids[1], "data": { "n": "mended" } });
        call(bench, "queue::dlq::edit", edit).await;
        let got = call(bench, "queue::dlq::get", json!({ "message_id": ids[1] })).await;
        assert_eq!(
            (&got["data"]["n"], &got["attempts"]),
            (&json!("mended"), &json!(1))
        );

        let one = json!({ "message_id": ids[1] });
        assert_eq!(
            call(bench, "queue::dlq::redrive", one.clone()).await["count"],
            1
        );
        let again = calls.next().await;
        assert_eq!((&again.data["n"], again.attempt), (&json!("mended"), 1));
        again.succeed(Value::Null);
        until(bench, "work", "depth", 0).await;
        assert_eq!(
            code(bench, "queue::dlq::redrive", one).await,
            "message_not_found"
        );

        let discarded = json!({ "queue": "work", "code": "other" });
        assert_eq!(
            call(bench, "queue::dlq::discard", discarded).await["count"],
            1
        );
        let all = json!({ "queue": "work" });
        assert_eq!(call(bench, "queue::dlq::redrive", all).await["count"], 2);
        assert_eq!(calls.done().await["n"], 0);
        assert_eq!(calls.done().await["n"], 2);
        until(bench, "work", "dead", 0).await;
    })
    .await;
}

#[tokio::test]
async fn older_tools_see_dead_messages_in_their_shape() {
    with_queues(json!({ "work": { "max_retries": 1 } }), async |bench, _| {
        let mut calls = offer(bench, "tests::work").await;
        let id = enqueue(bench, "work", json!({ "n": 1 }), json!({})).await;
        calls.next().await.fail("boom");
        until(bench, "work", "dead", 1).await;
        let input = json!({ "queue": "work" });
        let dead = call(bench, "engine::queue::dlq_messages", input).await;
        assert_eq!(dead[0]["id"], json!(id));
        assert_eq!(dead[0]["payload"], json!({ "n": 1 }));
        assert_eq!(dead[0]["error"], "boom: as told");
        assert_eq!(
            (&dead[0]["failed_at"], &dead[0]["retries"]),
            (&json!(1000), &json!(1))
        );
        let one = json!({ "queue": "work", "message_id": id });
        let discarded = call(bench, "iii::queue::discard_message", one).await;
        assert_eq!(discarded["redriven"], 1);
        until(bench, "work", "dead", 0).await;
    })
    .await;
}
