//! Workers of one name.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use anyhow::{Result, ensure};
use serde_json::json;

group!("replicas":
    two_of_one_name_share_the_calls,
    one_that_leaves_leaves_the_calls_to_the_other,
    replicas_of_two_languages_share_the_calls,
    an_exclusive_function_has_one_that_serves,
    a_trigger_of_replicas_fires_once,
);

/// A worker of a service; `handle` tells it from the others.
fn replica(bench: &mut Bench, handle: &str, partner: bool) -> Result<Client> {
    let url = bench.url();
    let driver = if partner {
        bench.partner()?
    } else {
        bench.driver()?
    };
    let client = Client::named(driver, handle, &url, "service", &json!({}))?;
    client.reaches("connected")?;
    Ok(client)
}

fn offer(replica: &Client) -> Result<()> {
    let answer = json!({ "kind": "return", "value": replica.name });
    replica.offer("who", answer)
}

/// Who answers so many calls, one after the other.
fn answers(caller: &Client, calls: usize) -> Result<Vec<String>> {
    (0..calls)
        .map(|_| {
            let answer = caller.call("who", json!(1))?.value()?;
            Ok(answer.as_str().unwrap_or_default().to_owned())
        })
        .collect()
}

fn shared(caller: &Client) -> Result<()> {
    let answers = answers(caller, 10)?;
    for name in ["a", "b"] {
        let share = answers.iter().filter(|answer| *answer == name).count();
        ensure!(share >= 3, "`{name}` answered {share} of {answers:?}");
    }
    Ok(())
}

fn two_of_one_name_share_the_calls(bench: &mut Bench) -> Result<()> {
    let caller = bench.other("caller")?;
    for handle in ["a", "b"] {
        offer(&replica(bench, handle, false)?)?;
    }
    shared(&caller)
}

fn one_that_leaves_leaves_the_calls_to_the_other(bench: &mut Bench) -> Result<()> {
    let caller = bench.other("caller")?;
    let (a, b) = (replica(bench, "a", false)?, replica(bench, "b", false)?);
    offer(&a)?;
    offer(&b)?;
    shared(&caller)?;
    a.shutdown()?;
    // Not one call fails: who leaves says so first.
    let answers = answers(&caller, 10)?;
    ensure!(answers.iter().all(|answer| answer == "b"), "{answers:?}");
    Ok(())
}

fn replicas_of_two_languages_share_the_calls(bench: &mut Bench) -> Result<()> {
    let caller = bench.client("caller")?;
    offer(&replica(bench, "a", false)?)?;
    offer(&replica(bench, "b", true)?)?;
    shared(&caller)
}

fn an_exclusive_function_has_one_that_serves(bench: &mut Bench) -> Result<()> {
    let caller = bench.other("caller")?;
    let (a, b) = (replica(bench, "a", false)?, replica(bench, "b", false)?);
    for replica in [&a, &b] {
        let answer = json!({ "kind": "return", "value": replica.name });
        replica
            .offer_with("who", answer, &json!({ "exclusive": true }))?
            .nothing()?;
    }
    let before = answers(&caller, 6)?;
    ensure!(before.iter().all(|answer| answer == "a"), "{before:?}");
    a.shutdown()?;
    let after = answers(&caller, 6)?;
    ensure!(after.iter().all(|answer| answer == "b"), "{after:?}");
    Ok(())
}

fn a_trigger_of_replicas_fires_once(bench: &mut Bench) -> Result<()> {
    let provider = bench.other("provider")?;
    let (a, b) = (replica(bench, "a", false)?, replica(bench, "b", false)?);
    provider.provide("tick")?;
    for replica in [&a, &b] {
        offer(replica)?;
        let trigger = format!("trigger-{}", replica.name);
        replica.bind(
            &trigger,
            "tick",
            "who",
            json!({ "every": 1, "on": ["mon", "tue"] }),
        )?;
    }
    let bound = provider.bound("tick")?;
    let second = provider.driver.has_event(|event| event["event"] == "bound");
    ensure!(!second, "the second replica's trigger is another one");
    let id = bound["id"].as_str().unwrap_or_default();
    provider.fire("tick", id, json!(1))?.value()?;
    // It lives as long as one of them.
    a.shutdown()?;
    provider.call("engine::workers::list", json!({}))?.value()?;
    let gone = provider
        .driver
        .has_event(|event| event["event"] == "unbound");
    ensure!(!gone, "it ended with the first replica");
    b.shutdown()?;
    provider.unbound(id)
}
