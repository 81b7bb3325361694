//! The end of an engine.

use iii_kit::{Context, HandlerError, Payload, RegisterFunction, TriggerRequest};
use iii_testkit::{Ended, EngineProcess, ProcessOptions, connect, within};
use std::sync::Arc;
use tokio::sync::Notify;

/// A function that says when it runs and ends when it is told.
fn held(started: &Arc<Notify>, finish: &Arc<Notify>) -> RegisterFunction {
    let (started, finish) = (Arc::clone(started), Arc::clone(finish));
    RegisterFunction::raw(move |_: Option<Payload>, _: Context| {
        let (started, finish) = (Arc::clone(&started), Arc::clone(&finish));
        async move {
            started.notify_one();
            finish.notified().await;
            Ok::<_, HandlerError>(Some(Payload::from_trusted("\"done\"".into())))
        }
    })
}

#[test]
fn an_idle_engine_ends_at_once() {
    let mut engine = EngineProcess::start();
    engine.terminate();
    assert_eq!(engine.wait(), Ended::Code(0));
    engine.wait_for_stderr("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_call_may_finish() {
    let mut engine = EngineProcess::start();
    let (started, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let worker = connect(engine.url(), "slow").await;
    let _slow = worker
        .register_function("slow::call", held(&started, &finish))
        .await
        .unwrap();
    let caller = connect(engine.url(), "caller").await;
    let call = tokio::join!(
        caller.trigger::<_, String>(TriggerRequest::new("slow::call", ())),
        async {
            within("the call", started.notified()).await;
            engine.terminate();
            engine.wait_for_stderr("finishing running calls");
            finish.notify_one();
        }
    );
    assert_eq!(call.0.unwrap(), "done");
    assert_eq!(engine.wait(), Ended::Code(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_does_not_end_is_not_waited_for_for_ever() {
    let config = "listeners: [{ bind: '127.0.0.1:0' }]\nlimits: { drain_timeout_ms: 50 }\n";
    let mut engine = EngineProcess::with(ProcessOptions::with_config(config));
    let (started, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let worker = connect(engine.url(), "slow").await;
    let _slow = worker
        .register_function("slow::call", held(&started, &finish))
        .await
        .unwrap();
    let caller = connect(engine.url(), "caller").await;
    let call = tokio::join!(
        caller.trigger::<_, String>(TriggerRequest::new("slow::call", ())),
        async {
            within("the call", started.notified()).await;
            engine.terminate();
        }
    );
    call.0.unwrap_err();
    assert_eq!(engine.wait(), Ended::Code(0));
    engine.wait_for_stderr("some calls had not ended in time");
}
