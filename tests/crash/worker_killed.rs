//! SIGKILL for a worker: whoever waits for it is told at once, and the next one takes over.

use crate::support::StateProcess;
use iii_kit::serde_json::{Value, json};
use iii_kit::{Client, Error, TriggerRequest};
use iii_testkit::{EngineProcess, ProcessOptions, connect, within};
use std::time::Duration;
use tokio::task::JoinSet;

/// Calls under way when the worker dies.
const IN_FLIGHT: usize = 64;
/// At once, on a busy machine; the calls' own deadline is far behind it.
const AT_ONCE: Duration = Duration::from_secs(2);

fn bare_engine() -> EngineProcess {
    EngineProcess::with(ProcessOptions::with_config(
        "listeners: [{ bind: '127.0.0.1:0' }]\n",
    ))
}

async fn set(client: Client, n: usize) -> Result<Value, Error> {
    let input = json!({ "scope": "s", "key": format!("k{n}"), "value": n });
    let call = TriggerRequest::new("state::set", input).timeout(Duration::from_secs(60));
    client.trigger(call).await
}

/// Makes calls until one succeeds.
async fn served_again(client: &Client) {
    while let Err(error) = set(client.clone(), 0).await {
        let codes = ["function_not_found", "invocation_stopped"];
        assert!(codes.contains(&error.code()), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_callers_are_told_at_once() {
    let engine = bare_engine();
    let worker = StateProcess::start(&engine);
    let caller = connect(engine.url(), "caller").await;
    set(caller.clone(), 0).await.unwrap();
    // What does not run any more cannot answer, so every one of these is mid-call.
    worker.freeze();
    let mut calls = JoinSet::new();
    for n in 0..IN_FLIGHT {
        calls.spawn(set(caller.clone(), n));
    }
    // Its own connection says when they have reached the engine.
    let listing = TriggerRequest::new("engine::workers::list", json!({}));
    let busy = async {
        loop {
            let listed: Value = caller.trigger(listing.clone()).await.unwrap();
            let workers = listed["workers"].as_array().unwrap();
            let state = workers.iter().find(|worker| worker["name"] == "state");
            if state.unwrap()["active_invocations"] == IN_FLIGHT {
                break;
            }
        }
    };
    within("the calls", busy).await;
    worker.kill();
    let told = async {
        while let Some(ended) = calls.join_next().await {
            assert_eq!(ended.unwrap().unwrap_err().code(), "invocation_stopped");
        }
    };
    tokio::time::timeout(AT_ONCE, told).await.unwrap();
    let after = set(caller.clone(), 0).await.unwrap_err();
    assert_eq!(after.code(), "function_not_found");
    // Another one serves, as if nothing had been.
    let _next = StateProcess::start(&engine);
    within("the next worker", served_again(&caller)).await;
}

/// Calls on and on until `enough` have succeeded, and says how many were stopped.
async fn steady(client: Client, enough: usize) -> usize {
    let (mut done, mut stopped) = (0, 0);
    while done < enough {
        match set(client.clone(), done).await {
            Ok(_) => done += 1,
            Err(error) if error.code() == "invocation_stopped" => stopped += 1,
            Err(error) => panic!("every call has an owner: {error}"),
        }
    }
    stopped
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_takes_over_under_load() {
    const CALLERS: usize = 16;
    const CALLS: usize = 400;
    let engine = bare_engine();
    let first = StateProcess::start(&engine);
    let _second = StateProcess::start(&engine);
    let caller = connect(engine.url(), "caller").await;
    let mut load = JoinSet::new();
    for _ in 0..CALLERS {
        load.spawn(steady(caller.clone(), CALLS));
    }
    for n in 0..CALLS / 2 {
        set(caller.clone(), n).await.unwrap();
    }
    first.kill();
    let ended = async {
        let mut stopped = 0;
        while let Some(count) = load.join_next().await {
            stopped += count.unwrap();
        }
        stopped
    };
    let stopped = within("every call", ended).await;
    // No more than were under way; nobody was refused in between.
    assert!(stopped <= CALLERS, "{stopped} calls were stopped");
}
