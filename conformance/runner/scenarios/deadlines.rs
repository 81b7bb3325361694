//! No call outlives its deadline.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use crate::clock;
use anyhow::{Result, ensure};
use iii_testkit::PATIENCE;
use serde_json::json;
use std::time::Duration;

group!("deadlines":
    the_callers_ends_call_and_handler,
    the_clients_default_holds_for_calls_that_name_none,
    the_functions_holds_for_calls_that_nobody_waits_for,
    the_parents_is_inherited,
    a_call_whose_parent_has_no_time_left_fails,
    a_late_result_is_dropped,
    a_call_that_waits_for_the_engine_keeps_its_deadline,
);

/// Short, and long enough that a call is made before it ends.
const SHORT_MS: u64 = 300;

fn the_callers_ends_call_and_handler(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    for (worker, caller, function) in [(&ours, &theirs, "hold::a"), (&theirs, &ours, "hold::b")] {
        worker.offer(function, json!({ "kind": "hold" }))?;
        let asked = clock::now();
        let call = caller.trigger(function).with("data", 1);
        let call = caller.driver.send(call.with("timeout_ms", SHORT_MS))?;
        let running = worker.called(function)?;
        call.wait()?.fails_with("TIMEOUT")?;
        let took = asked.elapsed();
        ensure!(
            took >= Duration::from_millis(SHORT_MS - 50),
            "too early: {took:?}"
        );
        worker.cancelled(&running)?;
    }
    Ok(())
}

fn the_clients_default_holds_for_calls_that_name_none(bench: &mut Bench) -> Result<()> {
    let worker = bench.other("worker")?;
    worker.offer("hold", json!({ "kind": "hold" }))?;
    let options = json!({ "invocation_timeout_ms": SHORT_MS });
    let caller = Client::connecting(bench.driver()?, &bench.url(), "caller", &options)?;
    caller.reaches("connected")?;
    caller.call("hold", json!(1))?.fails_with("TIMEOUT")?;
    Ok(())
}

fn the_functions_holds_for_calls_that_nobody_waits_for(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.client("caller")?);
    let said = json!({ "timeout_ms": SHORT_MS });
    worker
        .offer_with("hold", json!({ "kind": "hold" }), &said)?
        .nothing()?;
    let call = caller.trigger("hold").with("data", 1);
    let call = call.with("action", json!({ "type": "void" }));
    caller.driver.ask(call)?.nothing()?;
    let running = worker.called("hold")?;
    worker.cancelled(&running)
}

fn the_parents_is_inherited(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    theirs.offer("inner", json!({ "kind": "context" }))?;
    let long = json!({ "kind": "call", "function": "inner", "timeout_ms": 60_000 });
    ours.offer("outer", long)?;
    let call = theirs
        .trigger("outer")
        .with("data", 1)
        .with("timeout_ms", 5000);
    let context = theirs.driver.ask(call)?.value()?;
    let left = context["deadline_in_ms"].as_u64();
    ensure!(left.is_some_and(|left| left <= 5000), "{context}");
    theirs.offer("hold", json!({ "kind": "hold" }))?;
    let holds = json!({ "kind": "call", "function": "hold", "timeout_ms": 60_000, "gap": true });
    ours.offer("outer-hold", holds)?;
    let call = theirs.trigger("outer-hold").with("data", 1);
    let call = theirs.driver.send(call.with("timeout_ms", SHORT_MS))?;
    let running = theirs.called("hold")?;
    call.wait()?.fails_with("TIMEOUT")?;
    theirs.cancelled(&running)
}

fn a_call_whose_parent_has_no_time_left_fails(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    theirs.offer("hold", json!({ "kind": "hold" }))?;
    // The inner call's own deadline is the shorter one: its failure is the outer call's.
    let inner = json!({ "kind": "call", "function": "hold", "timeout_ms": SHORT_MS });
    ours.offer("outer", inner)?;
    let asked = clock::now();
    theirs.call("outer", json!(1))?.fails_with("TIMEOUT")?;
    ensure!(
        asked.elapsed() < PATIENCE,
        "the inner deadline did not count"
    );
    Ok(())
}

fn a_late_result_is_dropped(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("hold", json!({ "kind": "hold" }))?;
    client.offer("echo", json!({ "kind": "echo" }))?;
    let call = client
        .trigger("hold")
        .with("data", 1)
        .with("timeout_ms", SHORT_MS);
    client.driver.ask(call)?.fails_with("TIMEOUT")?;
    let running = client.called("hold")?;
    client.cancelled(&running)?;
    ensure!(client.call("echo", json!("still here"))?.value()? == "still here");
    Ok(())
}

fn a_call_that_waits_for_the_engine_keeps_its_deadline(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    bench.engine().kill();
    client.reaches("reconnecting")?;
    let asked = clock::now();
    let call = client
        .trigger("f")
        .with("data", 1)
        .with("timeout_ms", SHORT_MS);
    client.driver.ask(call)?.fails_with("TIMEOUT")?;
    let took = asked.elapsed();
    ensure!(
        took >= Duration::from_millis(SHORT_MS - 50),
        "too early: {took:?}"
    );
    Ok(())
}
