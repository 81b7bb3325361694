//! The engine goes away and comes back.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use crate::clock;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

group!("connections":
    a_call_in_flight_fails_at_once,
    a_handler_is_told_that_nobody_waits,
    everything_is_announced_again,
    what_was_unregistered_meanwhile_is_not_announced,
    what_was_registered_meanwhile_is_announced,
    calls_before_the_first_connection_are_sent_when_it_stands,
    calls_in_between_are_sent_afterwards,
    void_calls_in_between_are_sent_afterwards,
    beyond_the_offline_limit_calls_fail,
    an_aborted_call_in_between_is_not_sent,
    several_clients_live_beside_each_other,
    states_come_in_order,
);

/// "At once", on a busy machine. The calls themselves would take 30 seconds.
const AT_ONCE: Duration = Duration::from_secs(3);

/// kill -9, and a new engine on the same port.
fn restart(bench: &mut Bench) {
    bench.engine().kill();
    bench.engine().restart();
}

fn a_call_in_flight_fails_at_once(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.other("worker")?, bench.client("caller")?);
    worker.offer("hold", json!({ "kind": "hold" }))?;
    let calls = [
        caller.start("hold", json!(1))?,
        caller.start("hold", json!(2))?,
    ];
    worker.called("hold")?;
    worker.called("hold")?;
    bench.engine().kill();
    let killed = clock::now();
    for call in calls {
        call.wait()?.fails_with("connection_lost")?;
    }
    let took = killed.elapsed();
    ensure!(took < AT_ONCE, "it took {took:?}");
    Ok(())
}

fn a_handler_is_told_that_nobody_waits(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.other("caller")?);
    worker.offer("hold", json!({ "kind": "hold" }))?;
    let call = caller.start("hold", json!(1))?;
    let running = worker.called("hold")?;
    bench.engine().kill();
    worker.cancelled(&running)?;
    call.wait()?.fails_with("connection_lost")?;
    Ok(())
}

fn everything_is_announced_again(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    let said = json!({ "description": "still the same", "metadata": { "a": 1 } });
    ours.offer_with("echo", json!({ "kind": "echo" }), &said)?
        .nothing()?;
    ours.provide("tick")?;
    ours.bind("t", "tick", "echo", json!({ "every": 1 }))?;
    let first = ours.bound("tick")?;
    restart(bench);
    ours.reaches("connected")?;
    theirs.reaches("connected")?;
    let answer = theirs.call_until("echo", "its return", |outcome| !outcome.is_failure())?;
    ensure!(answer.value()? == 0);
    let info = theirs
        .call("engine::functions::info", json!({ "function_id": "echo" }))?
        .value()?;
    ensure!(info["description"] == "still the same", "{info}");
    ensure!(info["metadata"] == json!({ "a": 1 }), "{info}");
    // The provider lets go of the triggers of the old engine, and is handed them by the new one.
    ours.unbound(first["id"].as_str().unwrap_or_default())?;
    let again = ours.bound("tick")?;
    ensure!(again["config"] == json!({ "every": 1 }), "{again}");
    let id = again["id"].as_str().unwrap_or_default();
    let fired = ours.fire("tick", id, json!("event"))?.value()?;
    ensure!(fired == json!({ "ran": "event" }), "{fired}");
    Ok(())
}

fn what_was_unregistered_meanwhile_is_not_announced(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    for function in ["kept", "dropped"] {
        client.offer(function, json!({ "kind": "echo" }))?;
    }
    bench.engine().kill();
    client.reaches("reconnecting")?;
    client.unregister("dropped")?;
    bench.engine().restart();
    client.reaches("connected")?;
    client.call_until("kept", "its return", |outcome| !outcome.is_failure())?;
    client
        .call("dropped", json!(1))?
        .fails_with("function_not_found")?;
    Ok(())
}

fn what_was_registered_meanwhile_is_announced(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    bench.engine().kill();
    client.reaches("reconnecting")?;
    let register = client.request("register_function").with("function", "late");
    let register = register.with("behaviour", json!({ "kind": "echo" }));
    let registered = client.driver.send(register)?;
    bench.engine().restart();
    registered.wait()?.nothing()?;
    ensure!(client.call("late", json!(1))?.value()? == 1);
    Ok(())
}

fn calls_before_the_first_connection_are_sent_when_it_stands(bench: &mut Bench) -> Result<()> {
    let (driver, url) = (bench.driver()?, bench.url());
    bench.engine().kill();
    let client = Client::connecting(driver, &url, "early", &json!({}))?;
    let call = client.start("engine::workers::list", json!({}))?;
    bench.engine().restart();
    let answer = call.wait()?.value()?;
    ensure!(answer["workers"].is_array(), "{answer}");
    Ok(())
}

fn calls_in_between_are_sent_afterwards(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    bench.engine().kill();
    client.reaches("reconnecting")?;
    let calls: Result<Vec<_>> = (0..5)
        .map(|_| client.start("engine::workers::list", json!({})))
        .collect();
    bench.engine().restart();
    for call in calls? {
        call.wait()?.value()?;
    }
    Ok(())
}

fn void_calls_in_between_are_sent_afterwards(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("seen", json!({ "kind": "return", "report": true }))?;
    bench.engine().kill();
    client.reaches("reconnecting")?;
    let call = client.trigger("seen").with("data", 1);
    let call = call.with("action", json!({ "type": "void" }));
    client.driver.ask(call)?.nothing()?;
    bench.engine().restart();
    client.called("seen").map(drop)
}

fn beyond_the_offline_limit_calls_fail(bench: &mut Bench) -> Result<()> {
    let options = json!({ "offline_calls_max": 2 });
    let client = Client::connecting(bench.driver()?, &bench.url(), "client", &options)?;
    client.reaches("connected")?;
    bench.engine().kill();
    client.reaches("reconnecting")?;
    let kept = [
        client.start("engine::workers::list", json!({}))?,
        client.start("engine::workers::list", json!({}))?,
    ];
    let asked = clock::now();
    client
        .call("engine::workers::list", json!({}))?
        .fails_with("overloaded")?;
    ensure!(asked.elapsed() < AT_ONCE, "it took {:?}", asked.elapsed());
    bench.engine().restart();
    for call in kept {
        call.wait()?.value()?;
    }
    Ok(())
}

fn an_aborted_call_in_between_is_not_sent(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("f", json!({ "kind": "echo", "report": true }))?;
    bench.engine().kill();
    client.reaches("reconnecting")?;
    let call = client.trigger("f").with("data", 1).with("signal", "stop");
    let call = client.driver.send(call)?;
    let abort = crate::request::Request::new("abort").with("signal", "stop");
    client.driver.ask(abort)?.nothing()?;
    call.wait()?.fails_with("cancelled")?;
    bench.engine().restart();
    client.reaches("connected")?;
    client.call("engine::workers::list", json!({}))?.value()?;
    let made = client.driver.has_event(|event| event["event"] == "called");
    ensure!(!made, "the call was made");
    Ok(())
}

fn several_clients_live_beside_each_other(bench: &mut Bench) -> Result<()> {
    let (one, two) = (bench.client("one")?, bench.client("two")?);
    one.offer("one", json!({ "kind": "return", "value": 1 }))?;
    two.offer("two", json!({ "kind": "return", "value": 2 }))?;
    ensure!(one.call("two", json!(0))?.value()? == 2);
    one.shutdown()?;
    ensure!(two.call("two", json!(0))?.value()? == 2);
    two.gone("one")
}

fn states_come_in_order(bench: &mut Bench) -> Result<()> {
    let (driver, url) = (bench.driver()?, bench.url());
    let client = Client::connecting(driver, &url, "client", &json!({}))?;
    let next = || {
        client.driver.event("a state", |event: &Value| {
            let ours = event["event"] == "state" && event["client"] == "client";
            ours.then(|| event["state"].clone())
        })
    };
    ensure!(next()? == "connecting");
    ensure!(next()? == "connected");
    restart(bench);
    ensure!(next()? == "reconnecting");
    ensure!(next()? == "connected");
    client.shutdown()?;
    ensure!(next()? == "closed");
    Ok(())
}
