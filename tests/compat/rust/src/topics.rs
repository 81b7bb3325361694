//! Topics: the trigger types `durable:subscriber` and `queue`.

use crate::calls::function;
use crate::checks::{Check, Inbox, World, eventually, expect};
use anyhow::{Result, ensure};
use futures_util::future::FutureExt;
use iii_sdk_published::builtin_triggers::{IIITrigger, QueueTriggerConfig};
use iii_sdk_published::protocol::RegisterTriggerInput;
use iii_sdk_published::trigger::Trigger;
use iii_sdk_published::{Error, RegisterFunction};
use serde_json::{Value, json};

pub const CHECKS: &[Check] = &[
    ("published_before_anybody_subscribed", |world| {
        before_anybody(world).boxed()
    }),
    ("everybody_who_subscribed_hears_it", |world| {
        everybody(world).boxed()
    }),
    ("published_while_the_subscriber_is_away", |world| {
        while_away(world).boxed()
    }),
    ("a_subscriber_that_fails_hears_it_again", |world| {
        hears_it_again(world).boxed()
    }),
    ("a_condition_decides", |world| condition(world).boxed()),
    ("messages_that_name_no_function", |world| {
        no_function(world).boxed()
    }),
];

/// Publishes; that answers nothing.
async fn publish(world: &World, topic: &str, data: Value) -> Result<()> {
    let message = json!({"topic": topic, "data": data});
    expect(
        world.call("iii::durable::publish", message).await?,
        Value::Null,
    )
}

/// Binds a function as the typed configuration of this client does, under any type.
pub fn subscribe(
    world: &World,
    kind: &str,
    function_id: &str,
    config: QueueTriggerConfig,
) -> Result<Trigger> {
    let input = RegisterTriggerInput {
        trigger_type: kind.to_owned(),
        ..IIITrigger::Queue(config).for_function(function_id)
    };
    Ok(world.provider.register_trigger(input)?)
}

/// Waits until so many are bound to a topic.
async fn bound(world: &World, topic: &str, count: u64) -> Result<()> {
    let wanted = json!({"name": topic, "broker_type": "builtin", "subscriber_count": count});
    let there = || async {
        let topics = world.call("engine::queue::list_topics", json!({})).await?;
        Ok(topics.as_array().is_some_and(|all| all.contains(&wanted)))
    };
    eventually(&format!("{count} subscribers of {topic}"), there).await
}

async fn heard(inbox: &Inbox, wanted: Value) -> Result<()> {
    inbox.take(|data| *data == wanted).await.map(drop)
}

async fn before_anybody(world: &World) -> Result<()> {
    publish(world, "rs.early", json!({"n": 1})).await?;
    let inbox = world.collector("rs::on_early").await?;
    let config = QueueTriggerConfig::new("rs.early");
    subscribe(world, "durable:subscriber", "rs::on_early", config)?;
    heard(&inbox, json!({"n": 1})).await
}

async fn everybody(world: &World) -> Result<()> {
    let config = QueueTriggerConfig::new("rs.orders").queue_config(json!({
        "type": "standard", "maxRetries": 2, "concurrency": 3, "backoffDelayMs": 1,
        "maxPriority": 5, "visibilityTimeout": 30, "delaySeconds": 0, "backoffType": "exponential",
    }))?;
    let a = world.collector("rs::orders_a").await?;
    let b = world.collector("rs::orders_b").await?;
    subscribe(world, "durable:subscriber", "rs::orders_a", config)?;
    subscribe(
        world,
        "queue",
        "rs::orders_b",
        QueueTriggerConfig::new("rs.orders"),
    )?;
    bound(world, "rs.orders", 2).await?;
    publish(world, "rs.orders", Value::Null).await?;
    publish(world, "rs.orders", json!({"id": "größe"})).await?;
    for inbox in [a, b] {
        heard(&inbox, Value::Null).await?;
        heard(&inbox, json!({"id": "größe"})).await?;
    }
    let topic = json!({"topic": "rs.orders"});
    let stats = world.call("engine::queue::topic_stats", topic).await?;
    expect(
        json!([stats["consumer_count"], stats["dlq_depth"]]),
        json!([2, 0]),
    )
}

async fn while_away(world: &World) -> Result<()> {
    let inbox = world.collector("rs::on_away").await?;
    let config = QueueTriggerConfig::new("rs.away");
    let trigger = subscribe(world, "durable:subscriber", "rs::on_away", config.clone())?;
    bound(world, "rs.away", 1).await?;
    trigger.unregister();
    bound(world, "rs.away", 0).await?;
    publish(world, "rs.away", json!({"n": 2})).await?;
    subscribe(world, "durable:subscriber", "rs::on_away", config)?;
    heard(&inbox, json!({"n": 2})).await
}

async fn hears_it_again(world: &World) -> Result<()> {
    let tried = Inbox::default();
    let seen = tried.clone();
    let never = RegisterFunction::new(move |data: Value| {
        seen.put(data);
        Err::<Value, Error>(Error::Handler("never".to_owned()))
    });
    world.serve("rs::on_hard", never).await?;
    let config = QueueTriggerConfig::new("rs.hard");
    let config = config.queue_config(json!({"maxRetries": 1, "backoffDelayMs": 1}))?;
    subscribe(world, "durable:subscriber", "rs::on_hard", config)?;
    bound(world, "rs.hard", 1).await?;
    publish(world, "rs.hard", json!("x")).await?;
    let topic = json!({"topic": "rs.hard"});
    let dead = || world.call("engine::queue::dlq_messages", topic.clone());
    eventually("it is dead", || async { Ok(dead().await?[0].is_object()) }).await?;
    let message = dead().await?[0].take();
    let found = json!([message["payload"], message["retries"], tried.all()]);
    expect(found, json!(["x", 2, ["x", "x"]]))?;
    let one = json!({"topic": "rs.hard", "message_id": message["id"]});
    let answer = world.call("iii::queue::discard_message", one).await?;
    let wanted = json!({"queue": "rs.hard", "message_id": message["id"], "redriven": 1});
    expect(answer, wanted)
}

async fn condition(world: &World) -> Result<()> {
    let is_large = function(|data| json!(data["n"].as_u64() > Some(10)));
    world.serve("rs::is_large", is_large).await?;
    let inbox = world.collector("rs::on_large").await?;
    let config = QueueTriggerConfig::new("rs.sizes").condition("rs::is_large");
    subscribe(world, "durable:subscriber", "rs::on_large", config)?;
    bound(world, "rs.sizes", 1).await?;
    for n in [1, 11, 2, 12] {
        publish(world, "rs.sizes", json!({"n": n})).await?;
    }
    heard(&inbox, json!({"n": 11})).await?;
    heard(&inbox, json!({"n": 12})).await?;
    let topic = json!({"topic": "rs.sizes"});
    let done = || async {
        let stats = world
            .call("engine::queue::topic_stats", topic.clone())
            .await?;
        Ok(stats["depth"] == 0)
    };
    eventually("the others are done", done).await?;
    ensure!(inbox.all().is_empty(), "{:?}", inbox.all());
    Ok(())
}

async fn no_function(world: &World) -> Result<()> {
    let inbox = world.collector("rs::on_loose").await?;
    let message = json!({"queue": "loose", "data": {"n": 1}});
    world.call("engine::queue::enqueue", message).await?;
    world.provider.register_trigger(RegisterTriggerInput {
        trigger_type: "queue".to_owned(),
        function_id: "rs::on_loose".to_owned(),
        config: json!({"queue": "loose"}),
        metadata: None,
        namespace: None,
        trigger_namespace: None,
    })?;
    heard(&inbox, json!({"n": 1})).await
}
