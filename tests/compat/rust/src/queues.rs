//! Calls by way of a queue: receipts, attempts, dead messages, order.

use crate::checks::{Check, Inbox, World, eventually, expect, failed};
use anyhow::{Result, ensure};
use futures_util::future::FutureExt;
use iii_sdk_published::protocol::TriggerRequest;
use iii_sdk_published::{EnqueueResult, Error, RegisterFunction, TriggerAction};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub const CHECKS: &[Check] = &[
    ("enqueue_action", |world| action(world).boxed()),
    ("enqueue_function", |world| by_function(world).boxed()),
    ("enqueue_before_the_function_exists", |world| {
        before_the_function(world).boxed()
    }),
    ("unknown_queue", |world| unknown_queue(world).boxed()),
    ("attempts", |world| attempts(world).boxed()),
    ("dead_messages_and_redrive", |world| {
        dead_and_redrive(world).boxed()
    }),
    ("one_dead_message", |world| one_dead(world).boxed()),
    ("what_is_missing_is_named", |world| missing(world).boxed()),
    ("fifo_order", |world| fifo_order(world).boxed()),
];

fn request(queue: &str, function_id: &str, data: Value) -> TriggerRequest {
    let queue = queue.to_owned();
    TriggerRequest {
        action: Some(TriggerAction::Enqueue { queue }),
        ..TriggerRequest::new(function_id, data)
    }
}

/// Puts a call on a queue; the id of its receipt.
pub async fn enqueue(world: &World, queue: &str, function_id: &str, data: Value) -> Result<String> {
    let call = request(queue, function_id, data);
    let receipt: EnqueueResult = serde_json::from_value(world.caller.trigger(call).await?)?;
    Ok(receipt.message_receipt_id)
}

/// The dead messages of a queue, as soon as there are so many.
async fn dead(world: &World, queue: &str, count: usize) -> Result<Vec<Value>> {
    let found = Mutex::new(Vec::new());
    let found_all = || async {
        let input = json!({"queue": queue});
        let messages = world.call("engine::queue::dlq_messages", input).await?;
        let messages = messages.as_array().cloned().unwrap_or_default();
        let is_it = messages.len() == count;
        *found.lock().expect("nobody panics") = messages;
        Ok(is_it)
    };
    eventually(&format!("{count} dead in {queue}"), found_all).await?;
    Ok(found.into_inner().expect("nobody panics"))
}

/// A function that fails until it is told to be well, and what it did then.
async fn sick(world: &World, function_id: &str) -> Result<(Arc<AtomicBool>, Inbox)> {
    let (well, done) = (Arc::new(AtomicBool::new(false)), Inbox::default());
    let (is_well, seen) = (Arc::clone(&well), done.clone());
    let handler = RegisterFunction::new(move |data: Value| {
        if !is_well.load(Ordering::Acquire) {
            return Err(Error::Handler(format!("{} is bad", data["n"])));
        }
        seen.put(data);
        Ok::<Value, Error>(Value::Null)
    });
    world.serve(function_id, handler).await?;
    Ok((well, done))
}

async fn action(world: &World) -> Result<()> {
    let handled = world.collector("rs::charge").await?;
    let first = enqueue(world, "orders", "rs::charge", json!({"n": 1})).await?;
    let second = enqueue(world, "orders", "rs::charge", json!({"n": 2})).await?;
    ensure!(first != second, "one receipt for two messages");
    for n in [1, 2] {
        handled.take(|data| *data == json!({"n": n})).await?;
    }
    Ok(())
}

async fn by_function(world: &World) -> Result<()> {
    let handled = world.collector("rs::charge_by_call").await?;
    let message = json!({
        "queue": "default", "function_id": "rs::charge_by_call", "data": [1, null],
    });
    let receipt = world.call("engine::queue::enqueue", message).await?;
    ensure!(receipt["messageReceiptId"].is_string(), "{receipt}");
    expect(handled.take(|_| true).await?, json!([1, null]))
}

async fn before_the_function(world: &World) -> Result<()> {
    enqueue(world, "orders", "rs::later", json!({"early": true})).await?;
    let handled = world.collector("rs::later").await?;
    expect(handled.take(|_| true).await?, json!({"early": true}))
}

async fn unknown_queue(world: &World) -> Result<()> {
    let call = request("order", "rs::charge", json!(1));
    let (code, message) = failed(world.caller.trigger(call).await)?;
    expect(code, "queue_not_found")?;
    ensure!(message.contains("`order`"), "{message}");
    Ok(())
}

async fn attempts(world: &World) -> Result<()> {
    let (tried, done) = (Arc::new(AtomicUsize::new(0)), Inbox::default());
    let (count, seen) = (Arc::clone(&tried), done.clone());
    let handler = RegisterFunction::new(move |data: Value| {
        if count.fetch_add(1, Ordering::AcqRel) < 2 {
            return Err(Error::Handler("not yet".to_owned()));
        }
        seen.put(data);
        Ok::<Value, Error>(Value::Null)
    });
    world.serve("rs::third_time", handler).await?;
    enqueue(world, "orders", "rs::third_time", json!({"n": 7})).await?;
    expect(done.take(|_| true).await?, json!({"n": 7}))?;
    expect(tried.load(Ordering::Acquire), 3)
}

async fn dead_and_redrive(world: &World) -> Result<()> {
    let (well, done) = sick(world, "rs::sick").await?;
    let id = enqueue(world, "fragile", "rs::sick", json!({"n": 1})).await?;
    let message = dead(world, "fragile", 1).await?.remove(0);
    let keys: BTreeSet<&str> = message
        .as_object()
        .map_or_else(BTreeSet::new, |it| it.keys().map(String::as_str).collect());
    let wanted = [
        "error",
        "failed_at",
        "id",
        "payload",
        "retries",
        "size_bytes",
    ];
    expect(keys, BTreeSet::from(wanted))?;
    let found = [&message["id"], &message["payload"], &message["retries"]];
    expect(found, [&json!(id), &json!({"n": 1}), &json!(1)])?;
    ensure!(
        message["error"]
            .as_str()
            .is_some_and(|it| it.contains("1 is bad")),
        "{message}"
    );
    let topics = world.call("engine::queue::dlq_topics", json!({})).await?;
    let fragile = json!([{"topic": "fragile", "broker_type": "builtin", "message_count": 1}]);
    expect(topics, fragile)?;
    let queue = json!({"queue": "fragile"});
    let stats = world
        .call("engine::queue::topic_stats", queue.clone())
        .await?;
    let found = json!([
        stats["depth"],
        stats["dlq_depth"],
        stats["config"]["max_retries"]
    ]);
    expect(found, json!([0, 1, 1]))?;
    well.store(true, Ordering::Release);
    let answer = world.call("iii::queue::redrive", queue).await?;
    expect(answer, json!({"queue": "fragile", "redriven": 1}))?;
    expect(done.take(|_| true).await?, json!({"n": 1}))?;
    dead(world, "fragile", 0).await?;
    Ok(())
}

async fn one_dead(world: &World) -> Result<()> {
    let (well, done) = sick(world, "rs::sicker").await?;
    let first = enqueue(world, "fragile", "rs::sicker", json!({"n": 1})).await?;
    let second = enqueue(world, "fragile", "rs::sicker", json!({"n": 2})).await?;
    dead(world, "fragile", 2).await?;
    let page = json!({"queue": "fragile", "offset": 1, "limit": 1});
    let page = world.call("engine::queue::dlq_messages", page).await?;
    expect(&page[0]["id"], &json!(second))?;
    well.store(true, Ordering::Release);
    let one = |id: &str| json!({"queue": "fragile", "message_id": id});
    let changed = |id: &str| json!({"queue": "fragile", "message_id": id, "redriven": 1});
    let answer = world
        .call("iii::queue::redrive_message", one(&second))
        .await?;
    expect(answer, changed(&second))?;
    expect(done.take(|_| true).await?, json!({"n": 2}))?;
    let answer = world
        .call("iii::queue::discard_message", one(&first))
        .await?;
    expect(answer, changed(&first))?;
    dead(world, "fragile", 0).await?;
    let (code, _) = world
        .failure("iii::queue::redrive_message", one(&first))
        .await?;
    expect(code, "message_not_found")
}

async fn missing(world: &World) -> Result<()> {
    let wanted = [
        ("iii::durable::publish", json!({"data": 1}), "topic_not_set"),
        ("iii::queue::redrive", json!({}), "queue_not_set"),
        (
            "iii::queue::redrive_message",
            json!({"queue": "orders"}),
            "message_id_not_set",
        ),
        (
            "iii::queue::discard_message",
            json!({"message_id": "x"}),
            "queue_not_set",
        ),
        ("engine::queue::topic_stats", json!({}), "topic_required"),
        ("engine::queue::dlq_messages", json!({}), "topic_required"),
    ];
    for (function_id, input, code) in wanted {
        let (found, _) = world.failure(function_id, input).await?;
        expect((function_id, &*found), (function_id, code))?;
    }
    Ok(())
}

async fn fifo_order(world: &World) -> Result<()> {
    let (accounts, each) = (["a", "b", "c"], 12);
    let (stumbled, done) = (Mutex::new(BTreeSet::new()), Inbox::default());
    let seen = done.clone();
    let book = RegisterFunction::new(move |data: Value| {
        // Every third message fails once: what comes after it in its group has to wait.
        let mut stumbled = stumbled.lock().expect("nobody panics");
        if data["n"].as_u64().is_some_and(|n| n % 3 == 0) && stumbled.insert(data.to_string()) {
            return Err(Error::Handler("busy".to_owned()));
        }
        seen.put(data);
        Ok::<Value, Error>(Value::Null)
    });
    world.serve("rs::book", book).await?;
    for n in 0..each {
        for account in accounts {
            let data = json!({"account": account, "n": n});
            enqueue(world, "ledger", "rs::book", data).await?;
        }
    }
    let all = accounts.len() * each;
    let booked = || async { Ok(done.all().len() >= all) };
    eventually("everything is booked", booked).await?;
    for account in accounts {
        let of_account = done.all().into_iter().filter(|it| it["account"] == account);
        let order: Vec<Value> = of_account.map(|it| it["n"].clone()).collect();
        expect(order, (0..each).map(Value::from).collect::<Vec<_>>())?;
    }
    Ok(())
}
