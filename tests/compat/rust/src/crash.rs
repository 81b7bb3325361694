//! The engine is killed: what it acknowledged is still there.

use crate::checks::{Check, World, eventually, expect, say};
use crate::queues::enqueue;
use crate::topics::subscribe;
use anyhow::Result;
use futures_util::future::FutureExt;
use iii_sdk_published::builtin_triggers::QueueTriggerConfig;
use iii_sdk_published::protocol::TriggerRequest;
use serde_json::json;

pub const CHECKS: &[Check] = &[("acknowledged_work_survives_a_crash", |world| {
    survives(world).boxed()
})];

async fn survives(world: &World) -> Result<()> {
    enqueue(world, "orders", "rs::after_crash", json!({"n": 1})).await?;
    let message = json!({"topic": "rs.after_crash", "data": {"n": 2}});
    world.call("iii::durable::publish", message).await?;
    let entry = json!({"scope": "rs-crash", "key": "a", "value": {"n": 3}});
    world.call("state::set", entry).await?;
    say(&json!({"request": "restart"}));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    expect(answer.trim(), "restarted")?;
    let is_back = || async {
        let request = TriggerRequest {
            timeout_ms: Some(1000),
            ..TriggerRequest::new("state::get", json!({"scope": "rs-crash", "key": "a"}))
        };
        Ok(world.caller.trigger(request).await? == json!({"n": 3}))
    };
    eventually("the engine is back", is_back).await?;
    let handled = world.collector("rs::after_crash").await?;
    let config = QueueTriggerConfig::new("rs.after_crash");
    subscribe(world, "durable:subscriber", "rs::after_crash", config)?;
    for n in [1, 2] {
        handled.take(|data| *data == json!({"n": n})).await?;
    }
    Ok(())
}
