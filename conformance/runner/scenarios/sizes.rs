//! What is too large is refused, and nothing breaks.

use super::group;
use crate::bench::Bench;
use anyhow::{Result, ensure};
use serde_json::{Value, json};

group!("sizes":
    large_messages_pass_both_ways,
    an_input_beyond_the_limit_is_refused_and_the_client_goes_on,
    a_result_beyond_the_limit_is_refused_and_the_worker_goes_on,
);

/// Beyond `message_bytes_max`.
const TOO_LARGE: usize = (64 << 20) + 1024;
/// Larger than what libraries accept unless they are told otherwise.
const LARGE: usize = 20 << 20;

fn large_messages_pass_both_ways(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("swallow", json!({ "kind": "return", "value": "gone" }))?;
    client.offer("spit", json!({ "kind": "return", "fill": LARGE }))?;
    let call = client.trigger("swallow").with("fill", LARGE);
    ensure!(client.driver.ask(call)?.value()? == "gone");
    let answer = client.call("spit", json!(1))?.text()?.unwrap_or_default();
    ensure!(answer.len() == LARGE + 2, "{} bytes", answer.len());
    Ok(())
}

fn an_input_beyond_the_limit_is_refused_and_the_client_goes_on(bench: &mut Bench) -> Result<()> {
    let client = bench.client("client")?;
    client.offer("echo", json!({ "kind": "echo" }))?;
    let call = client.trigger("echo").with("fill", TOO_LARGE);
    client.driver.ask(call)?.fails_with("payload_too_large")?;
    ensure!(client.call("echo", json!(1))?.value()? == 1);
    stayed(&client.driver)
}

fn a_result_beyond_the_limit_is_refused_and_the_worker_goes_on(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.other("caller")?);
    worker.offer("large", json!({ "kind": "return", "fill": TOO_LARGE }))?;
    worker.offer("echo", json!({ "kind": "echo" }))?;
    caller
        .call("large", json!(1))?
        .fails_with("payload_too_large")?;
    ensure!(caller.call("echo", json!(1))?.value()? == 1);
    stayed(&worker.driver)
}

fn stayed(driver: &crate::driver::Driver) -> Result<()> {
    let broke = |event: &Value| event["state"] == "reconnecting";
    ensure!(!driver.has_event(broke), "the connection broke");
    Ok(())
}
