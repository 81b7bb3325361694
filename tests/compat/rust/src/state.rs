//! The functions of `state`, and the trigger of what changes there.

use crate::calls::function;
use crate::checks::{Check, World, eventually, expect};
use anyhow::{Result, ensure};
use futures_util::future::FutureExt;
use iii_sdk_published::builtin_triggers::{IIITrigger, StateTriggerConfig};
use serde_json::{Value, json};

pub const CHECKS: &[Check] = &[
    ("state_functions", |world| functions(world).boxed()),
    ("state_update", |world| update(world).boxed()),
    ("state_errors", |world| errors(world).boxed()),
    ("state_changes", |world| changes(world).boxed()),
];

async fn functions(world: &World) -> Result<()> {
    let at = |key: &str| json!({"scope": "rs-orders", "key": key});
    let with = |key: &str, field: &str, value: Value| {
        let mut input = at(key);
        input[field] = value;
        input
    };
    let set = world
        .call("state::set", with("a", "value", json!({"n": 1})))
        .await?;
    expect(
        json!([set["old_value"], set["new_value"]]),
        json!([null, {"n": 1}]),
    )?;
    // An older name of the field.
    let set = world
        .call("state::set", with("b", "data", json!([2])))
        .await?;
    expect(&set["new_value"], &json!([2]))?;
    expect(world.call("state::get", at("a")).await?, json!({"n": 1}))?;
    expect(world.call("state::get", at("none")).await?, Value::Null)?;
    let values = world
        .call("state::list", json!({"scope": "rs-orders"}))
        .await?;
    let values = values.as_array().cloned().unwrap_or_default();
    ensure!(values.len() == 2, "{values:?}");
    ensure!(
        values.contains(&json!({"n": 1})) && values.contains(&json!([2])),
        "{values:?}"
    );
    let groups = world.call("state::list_groups", json!({})).await?;
    let groups = groups["groups"].as_array().cloned().unwrap_or_default();
    ensure!(groups.contains(&json!("rs-orders")), "{groups:?}");
    expect(world.call("state::delete", at("b")).await?, json!([2]))?;
    expect(world.call("state::delete", at("b")).await?, Value::Null)
}

async fn update(world: &World) -> Result<()> {
    let update = |ops: Value| {
        world.call(
            "state::update",
            json!({"scope": "rs-counters", "key": "a", "ops": ops}),
        )
    };
    let made = update(json!([
        {"type": "set", "path": "name", "value": "x"},
        {"type": "increment", "path": "n", "by": 5},
        {"type": "decrement", "path": "n", "by": 2},
        {"type": "append", "path": "list", "value": 7},
        {"type": "append", "path": "text", "value": "as it is"},
        {"type": "append", "path": "text", "value": ", longer"},
        {"type": "merge", "path": ["more", "deep"], "value": {"here": true}},
        {"type": "merge", "value": {"top": 1}},
    ]));
    let made = made.await?;
    let wanted = json!({
        "name": "x", "n": 3, "list": [7], "text": "as it is, longer",
        "more": {"deep": {"here": true}}, "top": 1,
    });
    expect(&made["old_value"], &Value::Null)?;
    expect(&made["new_value"], &wanted)?;
    ensure!(
        made["errors"].as_array().is_none_or(Vec::is_empty),
        "{made}"
    );
    let partly = update(json!([
        {"type": "increment", "path": "name", "by": 1},
        {"type": "remove", "path": "top"},
    ]));
    let partly = partly.await?;
    let error = json!([partly["errors"][0]["op_index"], partly["errors"][0]["code"]]);
    expect(error, json!([0, "increment.not_number"]))?;
    expect(partly["new_value"].get("top"), None::<&Value>)
}

async fn errors(world: &World) -> Result<()> {
    let input = json!({"key": "a", "value": 1});
    let (_, message) = world.failure("state::set", input).await?;
    ensure!(message.contains("scope"), "{message}");
    Ok(())
}

async fn changes(world: &World) -> Result<()> {
    let at = json!({"scope": "rs-watched", "key": "a"});
    let set = |key: &str, value: Value| {
        let input = json!({"scope": "rs-watched", "key": key, "value": value});
        world.call("state::set", input)
    };
    let is_not_secret = function(|event| json!(event["new_value"] != "secret"));
    world.serve("rs::is_not_secret", is_not_secret).await?;
    let inbox = world.collector("rs::on_change").await?;
    let config = StateTriggerConfig::new().scope("rs-watched").key("a");
    let config = IIITrigger::State(config.condition("rs::is_not_secret"));
    world
        .provider
        .register_trigger(config.for_function("rs::on_change"))?;
    eventually("a change is seen", || async {
        // Whether the trigger is bound cannot be asked, so the value changes until that is seen.
        world.call("state::delete", at.clone()).await?;
        set("a", json!("probe")).await?;
        Ok(!inbox.all().is_empty())
    })
    .await?;
    set("a", json!(1)).await?;
    // Nothing of before can come any more: the events of a key come in order.
    while inbox.take(|_| true).await?["new_value"] != 1 {}
    set("a", json!("secret")).await?;
    set("b", json!(2)).await?;
    let ops = json!([{"type": "set", "path": "", "value": 3}]);
    let update = json!({"scope": "rs-watched", "key": "a", "ops": ops});
    world.call("state::update", update).await?;
    world.call("state::delete", at.clone()).await?;
    let wanted = [
        json!(["state", "state:updated", "rs-watched", "a", "secret", 3]),
        json!(["state", "state:deleted", "rs-watched", "a", 3, null]),
    ];
    for wanted in wanted {
        let event = inbox.take(|_| true).await?;
        let fields = [
            "type",
            "event_type",
            "scope",
            "key",
            "old_value",
            "new_value",
        ];
        expect(json!(fields.map(|name| event[name].clone())), wanted)?;
    }
    Ok(())
}
