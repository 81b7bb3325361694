//! The engine is killed and never comes back: calls end in time, wherever they are.

use crate::support::send_signal;
use iii_kit::serde_json::Value;
use iii_kit::{
    Client, Context, Error, HandlerError, InitOptions, Payload, RegisterFunction, TriggerRequest,
    register_worker,
};
use iii_testkit::{EngineProcess, connect, within};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

const TIMEOUT: Duration = Duration::from_secs(3);
/// What a call may last beyond its timeout, on a machine that does other things too.
const SLACK: Duration = Duration::from_millis(1500);
const CALLS: usize = 16;
/// So many large calls are more than sockets and the client's own queue take.
const LARGE_CALLS: usize = 40;
const LARGE: usize = 1 << 20;

type Ended = (Result<Value, Error>, Duration);

fn call(calls: &mut JoinSet<Ended>, client: &Client, size: usize) {
    let client = client.clone();
    let request = TriggerRequest::new("gone::hold", "x".repeat(size)).timeout(TIMEOUT);
    calls.spawn(async move {
        let began = Instant::now();
        let answer = client.trigger::<_, Value>(request).await;
        (answer, began.elapsed())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_end_in_time_when_the_engine_never_comes_back() {
    let mut engine = EngineProcess::start();
    let worker = connect(engine.url(), "worker").await;
    let caller = connect(engine.url(), "caller").await;
    let arrived = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&arrived);
    let hold = RegisterFunction::raw(move |_: Option<Payload>, _: Context| {
        told.add_permits(1);
        std::future::pending::<Result<Option<Payload>, HandlerError>>()
    });
    worker.register_function("gone::hold", hold).await.unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        call(&mut calls, &caller, 1);
    }
    let all = arrived.acquire_many(CALLS as u32);
    within("the calls", all).await.unwrap().forget();
    // It reads no more: what is called now waits before the socket, in it, or behind that.
    send_signal(engine.pid(), "STOP");
    for _ in 0..LARGE_CALLS {
        call(&mut calls, &caller, LARGE);
    }
    for _ in 0..CALLS {
        call(&mut calls, &caller, 1);
    }
    tokio::task::yield_now().await;
    engine.kill();
    let late = register_worker(engine.url(), InitOptions::new("late")).unwrap();
    for _ in 0..CALLS {
        call(&mut calls, &caller, 1);
        call(&mut calls, &late, 1);
    }
    all_end_in_time(calls).await;
}

/// The engine hangs, and no connection breaks.
#[tokio::test(flavor = "multi_thread")]
async fn calls_end_in_time_when_the_engine_hangs() {
    let engine = EngineProcess::start();
    let caller = connect(engine.url(), "caller").await;
    send_signal(engine.pid(), "STOP");
    let mut calls = JoinSet::new();
    for _ in 0..LARGE_CALLS {
        call(&mut calls, &caller, LARGE);
    }
    for _ in 0..CALLS {
        call(&mut calls, &caller, 1);
    }
    all_end_in_time(calls).await;
    send_signal(engine.pid(), "CONT");
}

async fn all_end_in_time(calls: JoinSet<Ended>) {
    for (answer, took) in within("the end of all calls", calls.join_all()).await {
        let error = answer.unwrap_err();
        assert!(took <= TIMEOUT + SLACK, "after {took:?}: {error}");
        let ended = matches!(error, Error::Timeout { .. } | Error::ConnectionLost);
        assert!(ended, "{error}");
    }
}
