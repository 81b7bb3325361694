//! SIGKILL for the engine: calls end at once, and workers are back within two seconds of its
//! return with all they had.

use iii_kit::serde_json::{Value, json};
use iii_kit::{
    Client, Context, Error, HandlerError, Payload, RegisterFunction, RegisterTriggerInput,
    TriggerRequest, TriggerStatus,
};
use iii_testkit::{EngineProcess, connect, echo, within};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How soon after the engine listens again its workers must be back.
const BACK_WITHIN: Duration = Duration::from_secs(2);
/// Functions of the worker, each behind a path of its own.
const FUNCTIONS: usize = 20;
const CALLERS: usize = 16;
const DEATHS: usize = 3;

async fn worker(engine: &EngineProcess) -> Client {
    let worker = connect(engine.url(), "phoenix").await;
    for n in 0..FUNCTIONS {
        let id = format!("phoenix::{n}");
        worker.register_function(id.as_str(), echo()).await.unwrap();
        let config = json!({ "api_path": format!("/phoenix/{n}"), "http_method": "POST" });
        let trigger = RegisterTriggerInput::new("http", id.as_str(), &config);
        let trigger = worker.register_trigger(trigger).await.unwrap();
        assert_eq!(trigger.status(), TriggerStatus::Active);
    }
    worker
}

async fn call(client: &Client, n: usize) -> Result<Value, Error> {
    let call = TriggerRequest::new(format!("phoenix::{n}"), json!({ "n": n }));
    client.trigger(call.timeout(Duration::from_secs(60))).await
}

/// Calls until the engine is killed; every call is answered, or fails as one that cannot be known
/// to have run, or as one made anew before its worker is back.
async fn until_killed(client: Client, killed: Arc<AtomicBool>) {
    for n in (0..FUNCTIONS).cycle() {
        match call(&client, n).await {
            Ok(answer) => assert_eq!(answer, json!({ "n": n })),
            Err(error) => {
                let codes = ["connection_lost", "function_not_found"];
                assert!(codes.contains(&error.code()), "{error}");
            }
        }
        if killed.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// A function that never answers, and says how many calls have come.
fn held(arrived: &Arc<Semaphore>) -> RegisterFunction {
    let arrived = Arc::clone(arrived);
    RegisterFunction::raw(move |_: Option<Payload>, _: Context| {
        arrived.add_permits(1);
        std::future::pending::<Result<Option<Payload>, HandlerError>>()
    })
}

/// The status of a request to one of the worker's paths.
fn http_status(url: &str, n: usize) -> Option<u16> {
    let address = url.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(address).ok()?;
    let body = "{}";
    let head = format!(
        "POST /phoenix/{n} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_back_in_two_seconds_with_functions_and_triggers() {
    let mut engine = EngineProcess::start();
    let worker = worker(&engine).await;
    let caller = connect(engine.url(), "caller").await;
    let arrived = Arc::new(Semaphore::new(0));
    let hold = worker.register_function("phoenix::hold", held(&arrived));
    hold.await.unwrap();
    for _ in 0..DEATHS {
        let killed = Arc::new(AtomicBool::new(false));
        let (mut load, mut running) = (JoinSet::new(), JoinSet::new());
        for _ in 0..CALLERS {
            load.spawn(until_killed(caller.clone(), Arc::clone(&killed)));
            let call = TriggerRequest::new("phoenix::hold", ());
            let caller = caller.clone();
            running.spawn(async move { caller.trigger::<_, Value>(call).await });
        }
        let all = arrived.acquire_many(CALLERS as u32);
        within("the calls", all).await.unwrap().forget();
        killed.store(true, Ordering::Relaxed);
        engine.kill();
        // At once: none of them waits for its own deadline.
        let ended = tokio::time::timeout(BACK_WITHIN, async {
            while let Some(ended) = running.join_next().await {
                assert_eq!(ended.unwrap(), Err(Error::ConnectionLost));
            }
        });
        ended.await.unwrap();
        engine.restart();
        let back = async {
            for n in 0..FUNCTIONS {
                while call(&caller, n).await.is_err() {}
                while http_status(engine.http_url(), n) != Some(200) {
                    tokio::task::yield_now().await;
                }
            }
        };
        let back = tokio::time::timeout(BACK_WITHIN, back).await;
        assert!(back.is_ok(), "not back after {BACK_WITHIN:?}");
        let rest = async { while load.join_next().await.transpose().unwrap().is_some() {} };
        within("the rest of the load", rest).await;
    }
}
