//! The end of a client, and of a process.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use anyhow::{Result, ensure};
use serde_json::json;

group!("stopping":
    a_running_handler_finishes_and_its_caller_gets_the_result,
    a_client_that_was_shut_down_refuses_everything,
    shutting_down_while_the_engine_is_away_ends,
    a_process_ends_with_its_stdin,
    a_process_ends_while_handlers_run,
    a_process_ends_while_the_engine_is_away,
    a_process_without_a_client_ends,
);

fn a_running_handler_finishes_and_its_caller_gets_the_result(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.other("caller")?);
    worker.offer("hold", json!({ "kind": "hold" }))?;
    worker.offer("echo", json!({ "kind": "echo" }))?;
    let call = caller.start("hold", json!(1))?;
    let running = worker.called("hold")?;
    let stopping = worker.driver.send(worker.request("shutdown"))?;
    // Nothing new is sent to a worker that leaves, ...
    caller.call_until("echo", "its end", crate::outcome::Outcome::is_failure)?;
    ensure!(!stopping.has_ended(), "it does not wait for its handler");
    // ... and what runs may finish.
    worker.release(&running, json!("finished"))?;
    ensure!(call.wait()?.value()? == "finished");
    stopping.wait()?.nothing()?;
    worker.reaches("closed")
}

fn a_client_that_was_shut_down_refuses_everything(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    let call = {
        bench
            .other("worker")?
            .offer("hold", json!({ "kind": "hold" }))?;
        client.start("hold", json!(1))?
    };
    bench.other("watcher")?.called("hold")?;
    client.shutdown()?;
    call.wait()?.fails_with("shutting_down")?;
    client.reaches("closed")
}

fn shutting_down_while_the_engine_is_away_ends(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("echo", json!({ "kind": "echo" }))?;
    bench.engine().kill();
    client.reaches("reconnecting")?;
    let call = client.start("echo", json!(1))?;
    client.shutdown()?;
    call.wait()?.fails_with("shutting_down")?;
    client.reaches("closed")
}

fn a_process_ends_with_its_stdin(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("echo", json!({ "kind": "echo" }))?;
    client.provide("tick")?;
    client.bind("t", "tick", "echo", json!({}))?;
    client.bound("tick")?;
    client.call("echo", json!(1))?.value()?;
    let (read, write) = client.channel()?;
    client
        .open("open_writer", "w", &write)?
        .write_text("half a stream")?;
    client
        .open("open_reader", "r", &read)?
        .ask("read")?
        .value()?;
    client.driver.end()
}

fn a_process_ends_while_handlers_run(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.other("caller")?);
    worker.offer("hold", json!({ "kind": "hold" }))?;
    let _call = caller.start("hold", json!(1))?;
    worker.called("hold")?;
    caller.offer("hold-there", json!({ "kind": "hold" }))?;
    let _other = worker.start("hold-there", json!(1))?;
    caller.called("hold-there")?;
    worker.driver.end()
}

fn a_process_ends_while_the_engine_is_away(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("echo", json!({ "kind": "echo" }))?;
    bench.engine().kill();
    client.reaches("reconnecting")?;
    let _call = client.start("echo", json!(1))?;
    client.driver.end()
}

fn a_process_without_a_client_ends(bench: &mut Bench) -> Result<()> {
    let driver = bench.driver()?;
    driver.ask(crate::request::Request::new("about"))?.value()?;
    driver.end()?;
    // One that never reached anybody ends as well.
    let partner = bench.partner()?;
    let nobody = "ws://127.0.0.1:9";
    Client::connecting(partner.clone(), nobody, "client", &json!({}))?;
    partner.end()
}
