//! What a handler knows about its invocation, and what its calls inherit.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

group!("context":
    a_handler_knows_its_invocation,
    a_handler_knows_what_is_delivered,
    the_caller_is_known,
    the_trace_goes_on_through_nested_calls,
    the_trace_survives_an_asynchronous_gap,
    the_trace_goes_on_across_languages,
    calls_at_once_keep_their_own_context,
    every_call_from_outside_begins_a_trace,
    an_inner_error_is_the_outer_ones,
    the_logger_knows_the_trace,
);

fn trace(context: &Value) -> Result<&str> {
    let trace = context["trace_id"]
        .as_str()
        .with_context(|| format!("no trace: {context}"))?;
    let hex = trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(hex && trace != "0".repeat(32), "no trace id: {trace}");
    Ok(trace)
}

fn a_handler_knows_its_invocation(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.other("caller")?);
    worker.offer("context", json!({ "kind": "context" }))?;
    let call = caller
        .trigger("context")
        .with("data", 1)
        .with("timeout_ms", 5000);
    let context = caller.driver.ask(call)?.value()?;
    ensure!(context["function_id"] == "context", "{context}");
    ensure!(context["attempt"] == 1, "{context}");
    ensure!(
        context["invocation_id"]
            .as_str()
            .is_some_and(|id| !id.is_empty()),
        "{context}"
    );
    let left = context["deadline_in_ms"].as_f64();
    ensure!(
        left.is_some_and(|left| left > 0.0 && left <= 5000.0),
        "{context}"
    );
    trace(&context).map(drop)
}

fn a_handler_knows_what_is_delivered(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.other("caller")?);
    worker.offer("context", json!({ "kind": "context" }))?;
    let delivery =
        json!({ "message_id": "m-1", "queue": "payments", "enqueued_at": 1_790_000_000_000_u64 });
    let call = caller
        .trigger("context")
        .with("data", 1)
        .with("attempt", 3)
        .with("delivery", delivery.clone());
    let context = caller.driver.ask(call)?.value()?;
    ensure!(context["attempt"] == 3, "{context}");
    for part in ["message_id", "queue", "enqueued_at"] {
        ensure!(context[part] == delivery[part], "{part} of {context}");
    }
    let without = caller.call("context", json!(1))?.value()?;
    ensure!(without.get("message_id").is_none(), "{without}");
    Ok(())
}

fn the_caller_is_known(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    theirs.offer("inner", json!({ "kind": "context" }))?;
    for (function, gap) in [("outer", false), ("outer-gap", true)] {
        let behaviour = json!({ "kind": "call", "function": "inner", "gap": gap });
        ours.offer(function, behaviour)?;
        let caller = theirs.call(function, json!(1))?.value()?["caller"].clone();
        ensure!(caller["worker_name"] == "ours", "{caller}");
        ensure!(caller["function_id"] == function, "{caller}");
        ensure!(caller["invocation_id"].is_string(), "{caller}");
        ensure!(caller["worker_id"].is_string(), "{caller}");
    }
    // A call from outside belongs to no invocation.
    ours.offer("context", json!({ "kind": "context" }))?;
    let caller = theirs.call("context", json!(1))?.value()?["caller"].clone();
    ensure!(caller["worker_name"] == "theirs", "{caller}");
    ensure!(caller.get("function_id").is_none(), "{caller}");
    Ok(())
}

/// The trace of `outer`, which `behaviour` makes call `inner`, and that of `inner`.
fn traces(outer: &Client, inner: &Client, behaviour: Value) -> Result<(String, String)> {
    inner.offer("inner", json!({ "kind": "context" }))?;
    outer.offer("outer", behaviour)?;
    let context = inner.call("outer", json!(1))?.value()?;
    let running = outer.called("outer")?;
    let outer = running.trace_id.context("the outer handler has a trace")?;
    Ok((outer, trace(&context)?.to_owned()))
}

fn the_trace_goes_on_through_nested_calls(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    let behaviour = json!({ "kind": "call", "function": "inner", "report": true });
    let (outer, inner) = traces(&client, &client, behaviour)?;
    ensure!(outer == inner, "{outer} and {inner}");
    Ok(())
}

fn the_trace_survives_an_asynchronous_gap(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    let behaviour = json!({ "kind": "call", "function": "inner", "report": true, "gap": true });
    let (outer, inner) = traces(&client, &client, behaviour)?;
    ensure!(outer == inner, "{outer} and {inner}");
    Ok(())
}

fn the_trace_goes_on_across_languages(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    let behaviour = json!({ "kind": "call", "function": "inner", "report": true, "gap": true });
    let (outer, inner) = traces(&ours, &theirs, behaviour.clone())?;
    ensure!(outer == inner, "{outer} and {inner}");
    for (client, function) in [(&ours, "outer"), (&theirs, "inner")] {
        client.unregister(function)?;
        client.gone(function)?;
    }
    let (outer, inner) = traces(&theirs, &ours, behaviour)?;
    ensure!(outer == inner, "{outer} and {inner}");
    Ok(())
}

fn calls_at_once_keep_their_own_context(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("inner", json!({ "kind": "context" }))?;
    let functions: Vec<_> = (0..10).map(|n| format!("outer-{n}")).collect();
    let behaviour = json!({ "kind": "call", "function": "inner", "report": true, "gap": true });
    for function in &functions {
        client.offer(function, behaviour.clone())?;
    }
    let calls: Result<Vec<_>> = functions
        .iter()
        .map(|f| client.start(f, json!(1)))
        .collect();
    for (function, call) in functions.iter().zip(calls?) {
        let context = call.wait()?.value()?;
        ensure!(
            context["caller"]["function_id"] == function.as_str(),
            "{function}: {context}"
        );
        let outer = client.called(function)?.trace_id;
        ensure!(
            outer.as_deref() == Some(trace(&context)?),
            "{outer:?}: {context}"
        );
    }
    Ok(())
}

fn every_call_from_outside_begins_a_trace(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("context", json!({ "kind": "context" }))?;
    let one = client.call("context", json!(1))?.value()?;
    let other = client.call("context", json!(1))?.value()?;
    ensure!(trace(&one)? != trace(&other)?, "{one} and {other}");
    Ok(())
}

fn an_inner_error_is_the_outer_ones(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    let fails = json!({ "kind": "fail", "code": "deep_down", "message": "it broke" });
    theirs.offer("inner", fails)?;
    ours.offer("outer", json!({ "kind": "call", "function": "inner" }))?;
    let failure = theirs.call("outer", json!(1))?.fails_with("deep_down")?;
    ensure!(failure.message == "it broke", "{failure:?}");
    Ok(())
}

fn the_logger_knows_the_trace(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    for level in ["debug", "info", "warn", "error"] {
        let behaviour =
            json!({ "kind": "log", "level": level, "message": "hello", "report": true });
        client.offer(level, behaviour)?;
        let answer = client.call(level, json!(1))?.value()?;
        let running = client.called(level)?;
        ensure!(
            running.trace_id.is_some() && answer.as_str() == running.trace_id.as_deref(),
            "{answer}"
        );
    }
    Ok(())
}
