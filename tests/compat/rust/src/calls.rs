//! Functions: registered, called, failing, named, listed, traced.

use crate::checks::{Check, Inbox, World, eventually, expect, failed};
use anyhow::{Result, anyhow, bail, ensure};
use futures_util::future::{FutureExt, join_all};
use iii_helpers_published::observability::{Logger, current_trace_id, with_span};
use iii_sdk_published::protocol::TriggerRequest;
use iii_sdk_published::{Error, RegisterFunction, Source, TriggerAction, current_invocation};
use serde_json::{Value, json};
use std::time::Duration;

pub const CHECKS: &[Check] = &[
    ("sync_function", |world| sync_function(world).boxed()),
    ("async_function", |world| async_function(world).boxed()),
    ("self_call", |world| self_call(world).boxed()),
    ("every_kind_of_value", |world| values(world).boxed()),
    ("handler_error", |world| handler_error(world).boxed()),
    ("unknown_function", |world| unknown(world).boxed()),
    ("namespaces", |world| namespaces(world).boxed()),
    ("blank_namespace", |world| blank_namespace(world).boxed()),
    ("void_call", |world| void_call(world).boxed()),
    ("call_metadata", |world| call_metadata(world).boxed()),
    ("caller_identity", |world| caller_identity(world).boxed()),
    ("own_timeout", |world| own_timeout(world).boxed()),
    ("enqueue_without_a_queue", |world| enqueue(world).boxed()),
    ("unregister_function", |world| unregister(world).boxed()),
    ("many_calls_in_flight", |world| many_calls(world).boxed()),
    ("discovery", |world| discovery(world).boxed()),
    ("one_trace", |world| one_trace(world).boxed()),
    ("observe_is_unsupported_and_harmless", |world| {
        observe(world).boxed()
    }),
];

/// A function that answers with what `answer` makes of its input.
pub fn function(answer: impl Fn(Value) -> Value + Send + Sync + 'static) -> RegisterFunction {
    RegisterFunction::new(move |data: Value| Ok::<Value, Error>(answer(data)))
}

/// A function that fails.
pub fn failing(error: impl Fn() -> Error + Send + Sync + 'static) -> RegisterFunction {
    RegisterFunction::new(move |_: Value| Err::<Value, Error>(error()))
}

async fn sync_function(world: &World) -> Result<()> {
    let got = function(|data| json!({"got": data}));
    world.serve("rs::sync", got).await?;
    let answer = world.call("rs::sync", json!({"n": 1})).await?;
    expect(answer, json!({"got": {"n": 1}}))
}

async fn async_function(world: &World) -> Result<()> {
    let handler = RegisterFunction::new_async(|data: Value| async move {
        tokio::time::sleep(Duration::from_millis(10)).await;
        Ok::<Value, Error>(json!({"got": data}))
    });
    world.serve("rs::async", handler).await?;
    let answer = world.call("rs::async", json!([1, 2])).await?;
    expect(answer, json!({"got": [1, 2]}))
}

async fn self_call(world: &World) -> Result<()> {
    let request = TriggerRequest::new("rs::sync", json!("me"));
    expect(world.provider.trigger(request).await?, json!({"got": "me"}))
}

async fn values(world: &World) -> Result<()> {
    world.serve("rs::echo", function(|data| data)).await?;
    let values = json!([
        null, true, 0, -1, 1.5, 9_007_199_254_740_993_u64, "", "größe 東京 \u{1f600} \"\\\n",
        [], {}, [null, [1]], {"z": 1, "a": {"null": null}, "": "empty key"},
    ]);
    for value in values.as_array().into_iter().flatten() {
        expect(&world.call("rs::echo", value.clone()).await?, value)?;
    }
    Ok(())
}

async fn handler_error(world: &World) -> Result<()> {
    let plain = failing(|| Error::Handler("no such order".to_owned()));
    world.serve("rs::fails", plain).await?;
    let (code, message) = world.failure("rs::fails", json!({})).await?;
    expect(code, "invocation_failed")?;
    ensure!(message.contains("no such order"), "{message}");
    let coded = failing(|| Error::Remote {
        code: "OUT_OF_STOCK".to_owned(),
        message: "none left".to_owned(),
        stacktrace: None,
    });
    world.serve("rs::fails_with_code", coded).await?;
    let failure = world.failure("rs::fails_with_code", json!({})).await?;
    expect(failure, ("OUT_OF_STOCK".to_owned(), "none left".to_owned()))
}

async fn unknown(world: &World) -> Result<()> {
    let (code, _) = world.failure("rs::nobody", json!({})).await?;
    expect(code, "function_not_found")
}

async fn namespaces(world: &World) -> Result<()> {
    let here = function(|_| json!("billing"));
    world.stranger.register_function("rs-ns::where", here);
    let ask = || TriggerRequest::new("rs-ns::where", json!({})).namespace("billing");
    let found = || async { Ok(world.caller.trigger(ask()).await? == "billing") };
    eventually("rs-ns::where", found).await?;
    let (code, message) = world.failure("rs-ns::where", json!({})).await?;
    expect(code, "function_not_found")?;
    ensure!(message.contains("billing"), "{message}");
    let own = TriggerRequest::new("rs-ns::where", json!({}));
    expect(world.stranger.trigger(own).await?, json!("billing"))?;
    let there = TriggerRequest::new("rs::echo", json!(1)).namespace("default");
    expect(world.stranger.trigger(there).await?, json!(1))
}

async fn blank_namespace(world: &World) -> Result<()> {
    let request = TriggerRequest::new("rs::echo", json!(1)).namespace(" ");
    match world.caller.trigger(request).await {
        Err(Error::Remote { code, .. }) => expect(code, "INVALID_NAMESPACE"),
        // The client may refuse it before the engine does.
        Err(_) => Ok(()),
        Ok(answer) => bail!("a blank namespace was accepted: {answer}"),
    }
}

async fn void_call(world: &World) -> Result<()> {
    let inbox = Inbox::default();
    let seen = inbox.clone();
    let collect = function(move |data| {
        seen.put(data);
        Value::Null
    });
    world.serve("rs::void", collect).await?;
    let request = TriggerRequest {
        action: Some(TriggerAction::Void),
        ..TriggerRequest::new("rs::void", json!({"n": 1}))
    };
    expect(world.caller.trigger(request).await?, Value::Null)?;
    expect(inbox.take(|_| true).await?, json!({"n": 1}))
}

async fn call_metadata(world: &World) -> Result<()> {
    let handler = RegisterFunction::new(|data: Value, metadata: Option<Value>| {
        Ok::<Value, Error>(json!({"data": data, "metadata": metadata}))
    });
    world.serve("rs::metadata", handler).await?;
    let request = TriggerRequest::new("rs::metadata", json!(1)).metadata(json!({"tenant": "a"}));
    let answer = world.caller.trigger(request).await?;
    expect(answer, json!({"data": 1, "metadata": {"tenant": "a"}}))?;
    let answer = world.call("rs::metadata", json!(1)).await?;
    expect(answer, json!({"data": 1, "metadata": null}))
}

async fn caller_identity(world: &World) -> Result<()> {
    let handler = RegisterFunction::new_async(|_: Value| async {
        let name = current_invocation().and_then(|context| context.caller?.worker_name);
        Ok::<Value, Error>(json!(name))
    });
    world.serve("rs::context", handler).await?;
    let answer = world.call("rs::context", json!({})).await?;
    expect(answer, json!("rs-caller"))
}

async fn own_timeout(world: &World) -> Result<()> {
    let handler = RegisterFunction::new_async(|_: Value| async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok::<Value, Error>(Value::Null)
    });
    world.serve("rs::slow", handler).await?;
    let request = TriggerRequest {
        timeout_ms: Some(200),
        ..TriggerRequest::new("rs::slow", json!({}))
    };
    match world.caller.trigger(request).await {
        Err(Error::Timeout) => Ok(()),
        other => expect(failed(other)?.0, "TIMEOUT"),
    }
}

async fn enqueue(world: &World) -> Result<()> {
    let queue = "default".to_owned();
    let request = TriggerRequest {
        action: Some(TriggerAction::Enqueue { queue }),
        ..TriggerRequest::new("rs::echo", json!(1))
    };
    expect(
        failed(world.caller.trigger(request).await)?.0,
        "enqueue_error",
    )
}

async fn unregister(world: &World) -> Result<()> {
    let gone = function(|data| data);
    let reference = world.provider.register_function("rs::gone", gone);
    let there = || async { Ok(world.listed("rs::gone").await?.is_object()) };
    eventually("rs::gone", there).await?;
    reference.unregister();
    let left = || async { Ok(world.listed("rs::gone").await?.is_null()) };
    eventually("rs::gone leaves", left).await?;
    let (code, _) = world.failure("rs::gone", json!({})).await?;
    expect(code, "function_not_found")
}

async fn many_calls(world: &World) -> Result<()> {
    let calls = (0..500).map(|n| world.call("rs::echo", json!(n)));
    for (n, answer) in join_all(calls).await.into_iter().enumerate() {
        expect(answer?, json!(n))?;
    }
    Ok(())
}

async fn discovery(world: &World) -> Result<()> {
    let described = function(|data| data)
        .description("says what it was told")
        .metadata(json!({"team": "shop"}))
        .request_format(json!({"type": "object"}));
    world.serve("rs::described", described).await?;
    let found = world.listed("rs::described").await?;
    expect(&found["worker_name"], "rs-provider")?;
    expect(&found["description"], "says what it was told")?;
    expect(&found["metadata"], &json!({"team": "shop"}))?;
    let ask = json!({"function_id": "rs::described"});
    let info = world.call("engine::functions::info", ask).await?;
    expect(&info["request_schema"], &json!({"type": "object"}))?;
    let ask = json!({"function_id": "no"});
    let (code, _) = world.failure("engine::functions::info", ask).await?;
    expect(code, "NOT_FOUND")
}

async fn one_trace(world: &World) -> Result<()> {
    let handler = RegisterFunction::new_async(|_: Value| async {
        Logger::new().info("inside", Some(json!({"n": 1})));
        Ok::<Value, Error>(json!(current_trace_id()))
    });
    world.serve("rs::trace", handler).await?;
    let caller = world.caller.clone();
    let traced = with_span("compat", None, None, move || async move {
        let request = TriggerRequest::new("rs::trace", json!({}));
        Ok((current_trace_id(), caller.trigger(request).await?))
    });
    let (here, there) = traced.await.map_err(|error| anyhow!("{error}"))?;
    ensure!(here.is_some(), "no trace is active");
    expect(there, json!(here))
}

async fn observe(world: &World) -> Result<()> {
    let handle = world
        .caller
        .observe(Source::function("rs::echo"), "rs::void");
    let answer = world.call("rs::echo", json!(3)).await?;
    drop(handle);
    expect(answer, json!(3))
}
