//! Functions come, are replaced and go.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use anyhow::{Result, ensure};
use serde_json::{Value, json};

group!("registering":
    a_function_is_there_once_acknowledged,
    discovery_shows_what_was_said,
    unregistered_it_is_gone,
    replaced_the_new_one_answers,
    an_id_twice_is_an_error,
    an_unusable_id_is_an_error,
    a_foreign_id_is_refused_and_nothing_else,
);

fn a_function_is_there_once_acknowledged(bench: &mut Bench) -> Result<()> {
    let (worker, caller) = (bench.client("worker")?, bench.other("caller")?);
    worker.offer("echo", json!({ "kind": "echo" }))?;
    let answer = caller.call("echo", json!({ "n": 1 }))?.value()?;
    ensure!(answer == json!({ "n": 1 }), "{answer}");
    Ok(())
}

fn info(client: &Client, function: &str) -> Result<Value> {
    let question = json!({ "function_id": function });
    client.call("engine::functions::info", question)?.value()
}

fn discovery_shows_what_was_said(bench: &mut Bench) -> Result<()> {
    let worker = bench.client("worker")?;
    let said = json!({
        "description": "answers with its input",
        "metadata": { "team": "orders" },
        "request_format": { "type": "object" },
        "response_format": { "type": "string" },
        "timeout_ms": 1234,
        "exclusive": true,
    });
    worker
        .offer_with("echo", json!({ "kind": "echo" }), &said)?
        .nothing()?;
    let shown = info(&worker, "echo")?;
    let expected = [
        ("worker_name", json!("worker")),
        ("namespace", json!("default")),
        ("description", said["description"].clone()),
        ("metadata", said["metadata"].clone()),
        ("request_schema", said["request_format"].clone()),
        ("response_schema", said["response_format"].clone()),
        ("timeout_ms", said["timeout_ms"].clone()),
        ("exclusive", said["exclusive"].clone()),
    ];
    for (field, value) in expected {
        ensure!(shown[field] == value, "{field} of {shown}");
    }
    Ok(())
}

fn unregistered_it_is_gone(bench: &mut Bench) -> Result<()> {
    let worker = bench.client("worker")?;
    worker.offer("echo", json!({ "kind": "echo" }))?;
    worker.offer("other", json!({ "kind": "echo" }))?;
    worker.call("echo", json!(1))?.value()?;
    worker.unregister("echo")?;
    worker.gone("echo")?;
    worker.call("other", json!(1))?.value()?;
    Ok(())
}

fn replaced_the_new_one_answers(bench: &mut Bench) -> Result<()> {
    let worker = bench.client("worker")?;
    for version in ["old", "new"] {
        let behaviour = json!({ "kind": "return", "value": version });
        let said = json!({ "description": version });
        worker.offer_with("f", behaviour, &said)?.nothing()?;
        let answer = worker.call("f", json!(0))?.value()?;
        ensure!(answer == version, "{answer}");
        ensure!(info(&worker, "f")?["description"] == version);
        worker.unregister("f")?;
    }
    worker.gone("f")
}

fn an_id_twice_is_an_error(bench: &mut Bench) -> Result<()> {
    let worker = bench.client("worker")?;
    worker.offer("f", json!({ "kind": "return", "value": "first" }))?;
    let second = json!({ "kind": "return", "value": "second" });
    worker.offer_with("f", second, &json!({}))?.failure()?;
    let answer = worker.call("f", json!(0))?.value()?;
    ensure!(answer == "first", "the first one serves on, not {answer}");
    Ok(())
}

fn an_unusable_id_is_an_error(bench: &mut Bench) -> Result<()> {
    let worker = bench.client("worker")?;
    for id in [String::new(), " ".to_owned(), "x".repeat(1025)] {
        let offered = worker.offer_with(&id, json!({ "kind": "echo" }), &json!({}))?;
        offered.failure()?;
    }
    worker.offer(&"x".repeat(1024), json!({ "kind": "echo" }))
}

fn a_foreign_id_is_refused_and_nothing_else(bench: &mut Bench) -> Result<()> {
    let (owner, late) = (bench.other("owner")?, bench.client("late")?);
    owner.offer("taken", json!({ "kind": "return", "value": "owner" }))?;
    owner.provide("taken-type")?;
    let offered = late.offer_with("taken", json!({ "kind": "echo" }), &json!({}))?;
    offered.fails_with("FUNCTION_NAMESPACE_CONFLICT")?;
    let provided = late
        .request("register_trigger_type")
        .with("trigger_type", "taken-type");
    let provided = late.driver.ask(provided)?;
    provided.fails_with("FUNCTION_NAMESPACE_CONFLICT")?;
    // The connection goes on.
    late.offer("free", json!({ "kind": "echo" }))?;
    ensure!(owner.call("free", json!(1))?.value()? == 1);
    ensure!(late.call("taken", json!(1))?.value()? == "owner");
    let broke = |event: &Value| event["client"] == "late" && event["state"] == "reconnecting";
    ensure!(!late.driver.has_event(broke), "the connection broke");
    // What was refused is not kept: the id can be tried again, once it is free.
    owner.unregister("taken")?;
    late.gone("taken")?;
    late.offer("taken", json!({ "kind": "return", "value": "late" }))?;
    ensure!(owner.call("taken", json!(1))?.value()? == "late");
    Ok(())
}
