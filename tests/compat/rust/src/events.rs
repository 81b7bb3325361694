//! Trigger types of one's own, and those of the engine and of first-party workers.

use crate::calls::function;
use crate::checks::{Check, Inbox, World, eventually, expect};
use anyhow::Result;
use async_trait::async_trait;
use futures_util::future::FutureExt;
use iii_sdk_published::protocol::{RegisterTriggerInput, TriggerRequest};
use iii_sdk_published::trigger::{TriggerConfig, TriggerHandler};
use iii_sdk_published::{Error, RegisterFunction, RegisterTriggerType};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

pub const CHECKS: &[Check] = &[
    ("custom_trigger_type", |world| custom_type(world).boxed()),
    ("provider_refuses", |world| refuses(world).boxed()),
    ("trigger_before_its_type", |world| {
        before_its_type(world).boxed()
    }),
    ("trigger_type_unregistered", |world| {
        unregistered(world).boxed()
    }),
    ("functions_available", |world| functions(world).boxed()),
    ("state_worker", |world| state_worker(world).boxed()),
];

/// A trigger type that rings when the test says so, and refuses `{"refuse": true}`.
#[derive(Clone, Default)]
struct Bell {
    bound: Inbox,
    released: Inbox,
}

#[async_trait]
impl TriggerHandler for Bell {
    async fn register_trigger(&self, config: TriggerConfig) -> Result<(), Error> {
        if config.config["refuse"] == true {
            return Err(Error::Handler("this bell does not like that".to_owned()));
        }
        self.bound.put(json!({
            "id": config.id,
            "function_id": config.function_id,
            "config": config.config,
            "metadata": config.metadata,
        }));
        Ok(())
    }

    async fn unregister_trigger(&self, config: TriggerConfig) -> Result<(), Error> {
        self.released.put(json!(config.id));
        Ok(())
    }
}

fn trigger(trigger_type: &str, function_id: &str, config: Value) -> RegisterTriggerInput {
    RegisterTriggerInput {
        trigger_type: trigger_type.to_owned(),
        function_id: function_id.to_owned(),
        config,
        metadata: None,
        namespace: None,
        trigger_namespace: None,
    }
}

async fn has_type(world: &World, id: &str) -> Result<bool> {
    let answer = world.call("engine::triggers::list", json!({})).await?;
    let types = answer["triggers"].as_array();
    Ok(types.is_some_and(|types| types.iter().any(|known| known["id"] == id)))
}

async fn has_trigger(world: &World, function_id: &str) -> Result<bool> {
    let listing = "engine::registered-triggers::list";
    let answer = world.call(listing, json!({})).await?;
    let triggers = answer["registered_triggers"].as_array();
    let is_it = |known: &Value| known["function_id"] == function_id;
    Ok(triggers.is_some_and(|triggers| triggers.iter().any(is_it)))
}

async fn register_type(world: &World, id: &str) -> Result<Bell> {
    let bell = Bell::default();
    let wanted = RegisterTriggerType::new(id, "a bell", bell.clone());
    let _reference = world.provider.register_trigger_type(wanted);
    eventually(id, || has_type(world, id)).await?;
    Ok(bell)
}

async fn custom_type(world: &World) -> Result<()> {
    let rung = Inbox::default();
    let seen = rung.clone();
    let bell = register_type(world, "rs-bell").await?;
    let on_ring = RegisterFunction::new(move |data: Value, metadata: Option<Value>| {
        seen.put(json!([data, metadata]));
        Ok::<Value, Error>(json!("heard"))
    });
    world.caller.register_function("rs::on_ring", on_ring);
    let reference = world.caller.register_trigger(RegisterTriggerInput {
        metadata: Some(json!({"tenant": "a"})),
        ..trigger("rs-bell", "rs::on_ring", json!({"volume": 3, "null": null}))
    })?;
    let bound = bell.bound.take(|_| true).await?;
    expect(&bound["function_id"], "rs::on_ring")?;
    expect(&bound["config"], &json!({"volume": 3, "null": null}))?;
    expect(&bound["metadata"], &json!({"tenant": "a"}))?;
    let fire = TriggerRequest::new("rs::on_ring", json!({"ding": 1}));
    let fire = fire.metadata(bound["metadata"].clone());
    expect(world.provider.trigger(fire).await?, json!("heard"))?;
    let heard = rung.take(|_| true).await?;
    expect(heard, json!([{"ding": 1}, {"tenant": "a"}]))?;
    reference.unregister();
    expect(&bell.released.take(|_| true).await?, &bound["id"])
}

async fn refuses(world: &World) -> Result<()> {
    let bell = register_type(world, "rs-picky").await?;
    let wanted = |refuse: bool| trigger("rs-picky", "rs::echo", json!({"refuse": refuse}));
    world.caller.register_trigger(wanted(true))?;
    // The refusal is only logged by this client; the connection and later triggers must live.
    world.caller.register_trigger(wanted(false))?;
    let bound = bell.bound.take(|_| true).await?;
    expect(&bound["config"], &json!({"refuse": false}))
}

async fn before_its_type(world: &World) -> Result<()> {
    let early = trigger("rs-late", "rs::echo", Value::Null);
    world.caller.register_trigger(early)?;
    let bell = register_type(world, "rs-late").await?;
    expect(&bell.bound.take(|_| true).await?["config"], &Value::Null)
}

async fn unregistered(world: &World) -> Result<()> {
    register_type(world, "rs-short-lived").await?;
    world.provider.unregister_trigger_type("rs-short-lived");
    let left = || async { Ok(!has_type(world, "rs-short-lived").await?) };
    eventually("it leaves", left).await
}

async fn functions(world: &World) -> Result<()> {
    let inbox = world.collector("rs::on_functions").await?;
    let kind = "engine::functions-available";
    let wanted = trigger(kind, "rs::on_functions", json!({}));
    world.provider.register_trigger(wanted)?;
    eventually(kind, || has_trigger(world, "rs::on_functions")).await?;
    let brand_new = function(|data| data);
    world.provider.register_function("rs::brand_new", brand_new);
    let names_it = |event: &Value| {
        let functions = event["functions"].as_array();
        functions.is_some_and(|all| all.iter().any(|f| f["function_id"] == "rs::brand_new"))
    };
    expect(&inbox.take(names_it).await?["event"], "functions_changed")
}

async fn state_worker(world: &World) -> Result<()> {
    let inbox = world.collector("rs::on_state").await?;
    let wanted = trigger("state", "rs::on_state", json!({"scope": "rs"}));
    world.provider.register_trigger(wanted)?;
    let set = |n: u64| json!({"scope": "rs", "key": "a", "value": {"n": n}});
    let tries = AtomicU64::new(0);
    // Whether the trigger is bound cannot be asked, so the value changes until that is seen.
    eventually("a change is seen", || async {
        let n = tries.fetch_add(1, Ordering::Relaxed);
        world.call("state::set", set(n)).await?;
        Ok(inbox.find(|event| event["key"] == "a").is_some())
    })
    .await?;
    let now = json!({"n": tries.into_inner() - 1});
    let place = json!({"scope": "rs", "key": "a"});
    expect(world.call("state::get", place.clone()).await?, now.clone())?;
    let answer = world.call("state::set", set(1000)).await?;
    expect(
        (&answer["old_value"], &answer["new_value"]),
        (&now, &json!({"n": 1000})),
    )?;
    let update = inbox.take(|event| event["new_value"]["n"] == 1000).await?;
    expect(
        (&update["event_type"], &update["old_value"]),
        (&json!("state:updated"), &now),
    )?;
    expect(
        world.call("state::delete", place).await?,
        json!({"n": 1000}),
    )
}
