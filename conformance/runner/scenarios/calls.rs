//! Calls: what goes in comes out, and failures say why.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

group!("calls":
    null_and_absent_differ,
    the_order_of_keys_is_kept,
    the_text_of_numbers_is_kept,
    every_kind_of_text_arrives,
    an_error_keeps_its_code_and_message,
    an_error_without_a_code_is_invocation_failed,
    where_it_failed_is_told_only_in_development,
    an_unknown_function_is_not_found,
    many_at_once_are_not_mixed_up,
    a_void_call_returns_at_once_and_runs,
    an_action_reaches_its_provider,
    metadata_travels_beside_the_input,
    namespaces_are_apart,
);

fn pair(bench: &mut Bench) -> Result<(Client, Client)> {
    Ok((bench.client("worker")?, bench.other("caller")?))
}

/// The driver under test as worker and as caller.
fn both_ways(bench: &mut Bench, story: fn(&Client, &Client) -> Result<()>) -> Result<()> {
    let (ours, theirs) = pair(bench)?;
    story(&ours, &ours).context("alone")?;
    let (ours, theirs) = (ours, theirs);
    story(&ours, &theirs).context("called by Rust")?;
    story(&theirs, &ours).context("calling Rust")
}

/// Offers a function for one story.
fn with_function(
    worker: &Client,
    behaviour: Value,
    story: impl FnOnce() -> Result<()>,
) -> Result<()> {
    worker.offer("f", behaviour)?;
    story()?;
    worker.unregister("f")?;
    worker.gone("f")
}

fn null_and_absent_differ(bench: &mut Bench) -> Result<()> {
    both_ways(bench, |worker, caller| {
        with_function(worker, json!({ "kind": "echo" }), || {
            let null = caller.call("f", Value::Null)?.value()?;
            ensure!(null.is_null(), "{null}");
            caller.driver.ask(caller.trigger("f"))?.nothing()
        })?;
        with_function(worker, json!({ "kind": "return", "value": null }), || {
            caller.call("f", json!(1))?.value().map(drop)
        })?;
        with_function(worker, json!({ "kind": "return" }), || {
            caller.call("f", json!(1))?.nothing()
        })
    })
}

fn returned(worker: &Client, caller: &Client, text: &str) -> Result<()> {
    with_function(worker, json!({ "kind": "echo" }), || {
        let answer = caller.driver.ask(caller.trigger("f").raw("data", text))?;
        let answer = answer.text()?.context("a result")?;
        ensure!(answer == text, "{answer}\ninstead of\n{text}");
        Ok(())
    })
}

fn the_order_of_keys_is_kept(bench: &mut Bench) -> Result<()> {
    both_ways(bench, |worker, caller| {
        returned(
            worker,
            caller,
            r#"{"z":1,"a":{"y":2,"b":3},"m":[{"q":4,"c":5}]}"#,
        )
    })
}

fn the_text_of_numbers_is_kept(bench: &mut Bench) -> Result<()> {
    if !bench.has("number_text")? {
        return Ok(());
    }
    both_ways(bench, |worker, caller| {
        let text = r#"{"a":1.0,"b":1e2,"c":12345678901234567890123,"d":0.10,"e":-0}"#;
        returned(worker, caller, text)
    })
}

fn every_kind_of_text_arrives(bench: &mut Bench) -> Result<()> {
    both_ways(bench, |worker, caller| {
        with_function(worker, json!({ "kind": "echo" }), || {
            let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
            let texts = json!([
                "",
                "\u{0}\u{1f}",
                "\"\\/",
                "é",
                "日本",
                "👩‍👩‍👧",
                "\u{2028}\u{2029}",
                "a\r\nb",
                9_007_199_254_740_991_i64,
                -1.5,
                true,
                {},
                [],
                deep,
            ]);
            let answer = caller.call("f", texts.clone())?.value()?;
            ensure!(answer == texts, "{answer}");
            Ok(())
        })
    })
}

fn an_error_keeps_its_code_and_message(bench: &mut Bench) -> Result<()> {
    both_ways(bench, |worker, caller| {
        let behaviour = json!({ "kind": "fail", "code": "out_of_stock", "message": "no é left" });
        with_function(worker, behaviour, || {
            let failure = caller.call("f", json!(1))?.fails_with("out_of_stock")?;
            ensure!(failure.message == "no é left", "{failure:?}");
            Ok(())
        })
    })
}

fn an_error_without_a_code_is_invocation_failed(bench: &mut Bench) -> Result<()> {
    both_ways(bench, |worker, caller| {
        let behaviour = json!({ "kind": "fail", "message": "it broke" });
        with_function(worker, behaviour, || {
            let failure = caller
                .call("f", json!(1))?
                .fails_with("invocation_failed")?;
            ensure!(failure.message.contains("it broke"), "{failure:?}");
            Ok(())
        })
    })
}

fn where_it_failed_is_told_only_in_development(bench: &mut Bench) -> Result<()> {
    let caller = bench.other("caller")?;
    let (driver, url) = (bench.driver()?, bench.url());
    for (name, development) in [("silent", false), ("open", true)] {
        let options = json!({ "development": development });
        let worker = Client::connecting(driver.clone(), &url, name, &options)?;
        worker.reaches("connected")?;
        let coded = format!("{name}::coded");
        let plain = format!("{name}::plain");
        let kinds = [
            (
                &coded,
                json!({ "kind": "fail", "code": "mine", "message": "no" }),
            ),
            (&plain, json!({ "kind": "fail", "message": "no" })),
        ];
        for (function, behaviour) in kinds {
            worker.offer(function, behaviour)?;
            let failure = caller.call(function, json!(1))?.failure()?;
            ensure!(
                failure.stacktrace.is_some() == development,
                "{function}: {failure:?}"
            );
        }
    }
    Ok(())
}

fn an_unknown_function_is_not_found(bench: &mut Bench) -> Result<()> {
    let caller = bench.client("caller")?;
    let failure = caller.call("nobody::offers", json!(1))?;
    let failure = failure.fails_with("function_not_found")?;
    ensure!(!failure.message.is_empty());
    Ok(())
}

fn many_at_once_are_not_mixed_up(bench: &mut Bench) -> Result<()> {
    both_ways(bench, |worker, caller| {
        with_function(worker, json!({ "kind": "echo" }), || {
            let calls: Result<Vec<_>> = (0..200).map(|n| caller.start("f", json!(n))).collect();
            for (n, call) in calls?.into_iter().enumerate() {
                let answer = call.wait()?.value()?;
                ensure!(answer == json!(n), "{answer} instead of {n}");
            }
            Ok(())
        })
    })
}

fn a_void_call_returns_at_once_and_runs(bench: &mut Bench) -> Result<()> {
    both_ways(bench, |worker, caller| {
        with_function(worker, json!({ "kind": "hold" }), || {
            let call = caller.trigger("f").with("data", 1);
            let call = call.with("action", json!({ "type": "void" }));
            caller.driver.ask(call)?.nothing()?;
            let running = worker.called("f")?;
            worker.release(&running, json!("nobody sees this"))
        })
    })
}

fn an_action_reaches_its_provider(bench: &mut Bench) -> Result<()> {
    let caller = bench.client("caller")?;
    let action = json!({ "type": "enqueue", "queue": "payments" });
    let call = caller.trigger("f").with("data", 1).with("action", action);
    // This engine has no queue: that it says so shows that the action arrived.
    caller.driver.ask(call)?.fails_with("enqueue_error")?;
    Ok(())
}

fn metadata_travels_beside_the_input(bench: &mut Bench) -> Result<()> {
    both_ways(bench, |worker, caller| {
        with_function(worker, json!({ "kind": "context" }), || {
            let metadata = json!({ "tenant": "t1", "nested": [1, null] });
            let call = caller
                .trigger("f")
                .with("data", 1)
                .with("metadata", &metadata);
            let context = caller.driver.ask(call)?.value()?;
            ensure!(context["metadata"] == metadata, "{context}");
            let context = caller.call("f", json!(1))?.value()?;
            ensure!(context.get("metadata").is_none(), "{context}");
            Ok(())
        })
    })
}

fn namespaces_are_apart(bench: &mut Bench) -> Result<()> {
    let (driver, url) = (bench.driver()?, bench.url());
    let plain = bench.client("plain")?;
    let options = json!({ "namespace": "eu" });
    let eu = Client::connecting(driver, &url, "eu-worker", &options)?;
    eu.reaches("connected")?;
    plain.offer("where", json!({ "kind": "return", "value": "default" }))?;
    eu.offer("where", json!({ "kind": "return", "value": "eu" }))?;
    eu.offer("only-eu", json!({ "kind": "return", "value": "eu" }))?;
    ensure!(plain.call("where", json!(1))?.value()? == "default");
    // A worker with a namespace means that one, unless it says otherwise.
    ensure!(eu.call("where", json!(1))?.value()? == "eu");
    let call = |from: &Client, namespace: &str| {
        let call = from
            .trigger("where")
            .with("data", 1)
            .with("namespace", namespace);
        from.driver.ask(call)?.value()
    };
    ensure!(call(&plain, "eu")? == "eu");
    ensure!(call(&eu, "default")? == "default");
    plain
        .call("only-eu", json!(1))?
        .fails_with("function_not_found")?;
    // The engine's own functions are found from everywhere.
    eu.call("engine::workers::list", json!({}))?.value()?;
    Ok(())
}
