//! The engine goes away and comes back: everything is announced again.

use crate::checks::{Check, World, eventually, expect, say};
use crate::web::fetch;
use anyhow::Result;
use futures_util::future::FutureExt;
use iii_sdk_published::protocol::TriggerRequest;
use reqwest::Method;
use serde_json::json;

pub const CHECKS: &[Check] = &[
    ("calls_after_a_restart", |world| calls(world).boxed()),
    ("triggers_after_a_restart", |world| triggers(world).boxed()),
];

async fn calls(world: &World) -> Result<()> {
    say(&json!({"request": "restart"}));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    expect(answer.trim(), "restarted")?;
    let again = || async {
        let request = TriggerRequest {
            timeout_ms: Some(1000),
            ..TriggerRequest::new("rs::echo", json!("again"))
        };
        Ok(world.caller.trigger(request).await? == "again")
    };
    eventually("the function is back", again).await
}

async fn triggers(world: &World) -> Result<()> {
    let back = || async {
        let answer = fetch(world, Method::GET, "/rs/guarded?ok=1").await?;
        Ok(answer.status() == 200)
    };
    eventually("the route is back", back).await
}
