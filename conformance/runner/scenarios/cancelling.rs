//! Nobody waits any more, and the handler is told.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use crate::request::Request;
use anyhow::{Context, Result, ensure};
use serde_json::json;

group!("cancelling":
    an_aborted_call_ends_and_its_handler_is_told,
    a_call_with_an_aborted_signal_is_not_made,
    one_signal_gives_several_calls_up,
    a_caller_that_leaves_cancels_what_it_called,
    a_cancelled_handler_takes_its_own_calls_with_it,
);

fn abort(client: &Client, signal: &str) -> Result<()> {
    client
        .driver
        .ask(Request::new("abort").with("signal", signal))?
        .nothing()
}

fn an_aborted_call_ends_and_its_handler_is_told(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    let stories = [
        ("alone", &ours, &ours),
        ("called", &ours, &theirs),
        ("calling", &theirs, &ours),
    ];
    for (story, worker, caller) in stories {
        let function = format!("hold::{story}");
        worker.offer(&function, json!({ "kind": "hold" }))?;
        let call = caller
            .trigger(&function)
            .with("data", 1)
            .with("signal", story);
        let call = caller.driver.send(call)?;
        let running = worker.called(&function)?;
        abort(caller, story)?;
        call.wait()?.fails_with("cancelled").context(story)?;
        worker.cancelled(&running).context(story)?;
    }
    Ok(())
}

fn a_call_with_an_aborted_signal_is_not_made(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("f", json!({ "kind": "echo", "report": true }))?;
    abort(&client, "early")?;
    let call = client.trigger("f").with("data", 1).with("signal", "early");
    client.driver.ask(call)?.fails_with("cancelled")?;
    // A call that is answered has come after whatever was sent before.
    client.call("engine::workers::list", json!({}))?.value()?;
    let made = client.driver.has_event(|event| event["event"] == "called");
    ensure!(!made, "the call was made");
    Ok(())
}

fn one_signal_gives_several_calls_up(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("hold", json!({ "kind": "hold" }))?;
    let call = client.trigger("hold").with("data", 1).with("signal", "all");
    let calls = [client.driver.send(call.clone())?, client.driver.send(call)?];
    let running = [client.called("hold")?, client.called("hold")?];
    abort(&client, "all")?;
    for call in calls {
        call.wait()?.fails_with("cancelled")?;
    }
    running
        .iter()
        .try_for_each(|running| client.cancelled(running))
}

fn a_caller_that_leaves_cancels_what_it_called(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.other("caller")?);
    worker.offer("hold", json!({ "kind": "hold" }))?;
    let call = caller.start("hold", json!(1))?;
    let running = worker.called("hold")?;
    caller.shutdown()?;
    call.wait()?.fails_with("shutting_down")?;
    worker.cancelled(&running)
}

fn a_cancelled_handler_takes_its_own_calls_with_it(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    theirs.offer("inner", json!({ "kind": "hold" }))?;
    ours.offer("outer", json!({ "kind": "call", "function": "inner" }))?;
    let call = theirs
        .trigger("outer")
        .with("data", 1)
        .with("signal", "stop");
    let call = theirs.driver.send(call)?;
    let running = theirs.called("inner")?;
    abort(&theirs, "stop")?;
    call.wait()?.fails_with("cancelled")?;
    theirs.cancelled(&running)
}
