//! Trigger types of one language, used by another.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

group!("triggers":
    a_provider_serves_what_others_bind,
    a_trigger_waits_for_its_provider,
    an_unbound_trigger_is_let_go,
    a_provider_that_goes_lets_its_triggers_wait,
    a_registrant_that_leaves_takes_its_triggers_along,
    a_refusal_reaches_the_registrant,
    a_condition_that_says_false_blocks,
    only_the_literal_false_blocks,
    a_condition_that_fails_means_not_run,
    metadata_of_the_trigger_reaches_the_function,
    namespaces_of_functions_are_kept,
    a_failing_function_fails_the_firing,
);

/// Who provides, and who uses: alone, provided by Rust, used by Rust.
fn roles(bench: &mut Bench) -> Result<[(Client, Client); 3]> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    Ok([
        (ours.clone(), ours.clone()),
        (theirs.clone(), ours.clone()),
        (ours, theirs),
    ])
}

/// Plays a story for each, with names of its own: trigger type, function, trigger.
fn each(bench: &mut Bench, story: impl Fn(&Client, &Client, &Names) -> Result<()>) -> Result<()> {
    for (at, (provider, user)) in roles(bench)?.iter().enumerate() {
        let names = Names {
            kind: format!("kind-{at}"),
            function: format!("function-{at}"),
            condition: format!("condition-{at}"),
            trigger: format!("trigger-{at}"),
        };
        let role = ["alone", "provided by Rust", "used by Rust"][at];
        story(provider, user, &names).context(role)?;
    }
    Ok(())
}

struct Names {
    kind: String,
    function: String,
    condition: String,
    trigger: String,
}

fn id(bound: &Value) -> Result<&str> {
    bound["id"].as_str().context("a bound trigger has an id")
}

/// Provides, offers an echo and binds it; what the provider was handed.
fn bound(provider: &Client, user: &Client, names: &Names, config: Value) -> Result<Value> {
    provider.provide(&names.kind)?;
    user.offer(&names.function, json!({ "kind": "echo", "report": true }))?;
    user.bind(&names.trigger, &names.kind, &names.function, config)?;
    provider.bound(&names.kind)
}

fn a_provider_serves_what_others_bind(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        let config = json!({ "path": "/orders", "nested": { "n": [1, 2.5, null] } });
        let bound = bound(provider, user, names, config.clone())?;
        ensure!(bound["function_id"] == names.function.as_str(), "{bound}");
        ensure!(bound["config"] == config, "{bound}");
        ensure!(bound["namespace"] == "default", "{bound}");
        ensure!(bound.get("metadata").is_none(), "{bound}");
        let fired = provider
            .fire(&names.kind, id(&bound)?, json!({ "n": 1 }))?
            .value()?;
        ensure!(fired == json!({ "ran": { "n": 1 } }), "{fired}");
        user.called(&names.function).map(drop)
    })
}

fn a_trigger_waits_for_its_provider(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        user.offer(&names.function, json!({ "kind": "return" }))?;
        user.bind(&names.trigger, &names.kind, &names.function, json!({}))?;
        provider.provide(&names.kind)?;
        let bound = provider.bound(&names.kind)?;
        let fired = provider.fire(&names.kind, id(&bound)?, json!(1))?.value()?;
        ensure!(fired == json!({ "ran": true }), "{fired}");
        Ok(())
    })
}

fn an_unbound_trigger_is_let_go(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        let bound = bound(provider, user, names, json!({}))?;
        user.unbind(&names.trigger)?;
        provider.unbound(id(&bound)?)
    })
}

fn a_provider_that_goes_lets_its_triggers_wait(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        let first = bound(provider, user, names, json!({ "n": 1 }))?;
        let request = provider.request("unregister_trigger_type");
        let request = request.with("trigger_type", &names.kind);
        provider.driver.ask(request)?.nothing()?;
        provider.unbound(id(&first)?)?;
        provider.provide(&names.kind)?;
        let again = provider.bound(&names.kind)?;
        ensure!(again["config"] == json!({ "n": 1 }), "{again}");
        Ok(())
    })
}

fn a_registrant_that_leaves_takes_its_triggers_along(bench: &mut Bench) -> Result<()> {
    let (provider, user) = (bench.client("provider")?, bench.other("user")?);
    let names = Names {
        kind: "kind".into(),
        function: "function".into(),
        condition: String::new(),
        trigger: "trigger".into(),
    };
    let bound = bound(&provider, &user, &names, json!({}))?;
    user.shutdown()?;
    provider.unbound(id(&bound)?)
}

fn a_refusal_reaches_the_registrant(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        let refuse = json!({ "code": "bad_schedule", "message": "no such day" });
        let request = provider.request("register_trigger_type");
        let request = request
            .with("trigger_type", &names.kind)
            .with("refuse", refuse);
        provider.driver.ask(request)?.nothing()?;
        user.offer(&names.function, json!({ "kind": "echo" }))?;
        let binding = user.binding(&names.trigger, &names.kind, &names.function, json!({}));
        let failure = user.driver.ask(binding)?.fails_with("bad_schedule")?;
        ensure!(failure.message.contains("no such day"), "{failure:?}");
        Ok(())
    })
}

/// Fires a trigger whose condition behaves like that.
fn fired(
    provider: &Client,
    user: &Client,
    names: &Names,
    condition: Value,
) -> Result<crate::outcome::Outcome> {
    user.offer(&names.condition, condition)?;
    let config = json!({ "condition_function_id": names.condition });
    let bound = bound(provider, user, names, config)?;
    provider.fire(&names.kind, id(&bound)?, json!({ "n": 1 }))
}

fn ran(user: &Client, names: &Names) -> bool {
    let function = names.function.as_str();
    let running = |event: &Value| event["event"] == "called" && event["function"] == function;
    user.driver.has_event(running)
}

fn a_condition_that_says_false_blocks(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        let condition = json!({ "kind": "return", "value": false, "report": true });
        let fired = fired(provider, user, names, condition)?.value()?;
        ensure!(fired == json!({ "blocked": true }), "{fired}");
        user.called(&names.condition)?;
        ensure!(!ran(user, names), "it ran");
        Ok(())
    })
}

fn only_the_literal_false_blocks(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    let verdicts = [
        json!(true),
        json!(null),
        json!(0),
        json!(""),
        json!("false"),
        json!([]),
    ];
    for (at, verdict) in verdicts.into_iter().enumerate() {
        let names = Names {
            kind: format!("kind-{at}"),
            function: format!("function-{at}"),
            condition: format!("condition-{at}"),
            trigger: format!("trigger-{at}"),
        };
        let condition = json!({ "kind": "return", "value": verdict });
        let fired = fired(&ours, &theirs, &names, condition)?.value()?;
        ensure!(fired == json!({ "ran": { "n": 1 } }), "{verdict}: {fired}");
    }
    Ok(())
}

fn a_condition_that_fails_means_not_run(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        let condition = json!({ "kind": "fail", "code": "undecided", "message": "who knows" });
        fired(provider, user, names, condition)?.fails_with("undecided")?;
        ensure!(!ran(user, names), "it ran");
        Ok(())
    })
}

fn metadata_of_the_trigger_reaches_the_function(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        provider.provide(&names.kind)?;
        user.offer(&names.function, json!({ "kind": "context" }))?;
        let metadata = json!({ "tenant": "t1" });
        let binding = user.binding(&names.trigger, &names.kind, &names.function, json!({}));
        user.driver
            .ask(binding.with("metadata", &metadata))?
            .nothing()?;
        let bound = provider.bound(&names.kind)?;
        ensure!(bound["metadata"] == metadata, "{bound}");
        let fired = provider.fire(&names.kind, id(&bound)?, json!(1))?.value()?;
        ensure!(fired["ran"]["metadata"] == metadata, "{fired}");
        Ok(())
    })
}

fn namespaces_of_functions_are_kept(bench: &mut Bench) -> Result<()> {
    let (provider, url) = (bench.client("provider")?, bench.url());
    let options = json!({ "namespace": "eu" });
    for (at, driver) in [bench.partner()?, bench.driver()?].into_iter().enumerate() {
        let user = Client::connecting(driver, &url, &format!("eu-{at}"), &options)?;
        user.reaches("connected")?;
        let (kind, function) = (format!("kind-{at}"), format!("where-{at}"));
        provider.provide(&kind)?;
        user.offer(&function, json!({ "kind": "return", "value": "eu" }))?;
        user.bind(&format!("t-{at}"), &kind, &function, json!({}))?;
        let bound = provider.bound(&kind)?;
        ensure!(bound["namespace"] == "eu", "{bound}");
        let fired = provider.fire(&kind, id(&bound)?, json!(1))?.value()?;
        ensure!(fired == json!({ "ran": "eu" }), "{fired}");
    }
    Ok(())
}

fn a_failing_function_fails_the_firing(bench: &mut Bench) -> Result<()> {
    each(bench, |provider, user, names| {
        provider.provide(&names.kind)?;
        let fails = json!({ "kind": "fail", "code": "mine", "message": "no" });
        user.offer(&names.function, fails)?;
        user.bind(&names.trigger, &names.kind, &names.function, json!({}))?;
        let bound = provider.bound(&names.kind)?;
        provider
            .fire(&names.kind, id(&bound)?, json!(1))?
            .fails_with("mine")?;
        Ok(())
    })
}
