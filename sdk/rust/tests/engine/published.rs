//! What programs of the published client count on beyond what they share with those of ours.

use iii_kit::published::helpers::create_channel;
use iii_kit::published::iii_helpers::observability::{current_trace_id, run_in_span};
use iii_kit::published::protocol::TriggerRequest;
use iii_kit::published::runtime::{IIIConnectionState, WorkerMetadata};
use iii_kit::published::{
    Error, IIIClient, InitOptions, RegisterFunction, Source, WorkerIdentityMode,
    current_invocation, register_worker, scope,
};
use iii_kit::serde_json::{Value, json};
use iii_testkit::TestEngine;
use std::future::Future;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

async fn within<T>(step: impl Future<Output = T>) -> T {
    iii_testkit::within("the next step", step).await
}

fn worker(engine: &TestEngine, name: &str) -> IIIClient {
    let metadata = WorkerMetadata {
        name: name.to_owned(),
        ..WorkerMetadata::default()
    };
    let options = InitOptions {
        metadata: Some(metadata),
        identity: WorkerIdentityMode::Explicit,
        ..InitOptions::default()
    };
    register_worker(&engine.url(), options)
}

fn echo() -> RegisterFunction {
    RegisterFunction::new(|data: Value| Ok(data))
}

#[tokio::test]
async fn what_is_registered_first_is_there_when_it_is_called() {
    let engine = TestEngine::start().await;
    let worker = worker(&engine, "many");
    // More than a task may do in one turn.
    for n in 0..1000 {
        worker.register_function(format!("f{n}"), echo());
    }
    let answer = worker.trigger(TriggerRequest::new("f999", json!(1)));
    assert_eq!(within(answer).await.unwrap(), json!(1));
    worker.shutdown_async().await;
    engine.stop().await;
}

#[tokio::test]
async fn a_worker_lives_on_when_nobody_holds_it() {
    let engine = TestEngine::start().await;
    let caller = worker(&engine, "caller");
    worker(&engine, "forgotten").register_function("echo", echo());
    let ask = || caller.trigger(TriggerRequest::new("echo", json!(1)));
    within(async {
        while ask().await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(ask().await.unwrap(), json!(1));
    caller.shutdown_async().await;
    engine.stop().await;
}

#[tokio::test]
async fn shutting_down_blocks_no_longer_than_it_takes() {
    let engine = TestEngine::start().await;
    let worker = worker(&engine, "short");
    worker.wait_until_registered(PATIENCE).await.unwrap();
    assert_eq!(worker.get_connection_state(), IIIConnectionState::Connected);
    assert_eq!(worker.engine_supports_observe(), Some(false));
    // In the runtime's only thread, which the connection must do without.
    worker.shutdown();
    assert_eq!(
        worker.get_connection_state(),
        IIIConnectionState::Disconnected
    );
    let late = worker.trigger(TriggerRequest::new("echo", json!(1))).await;
    assert!(matches!(late, Err(Error::NotConnected)), "{late:?}");
    engine.stop().await;
}

#[tokio::test]
async fn a_late_answer_is_a_timeout_and_the_handler_goes_on() {
    let engine = TestEngine::start().await;
    let worker = worker(&engine, "slow");
    let (done, mut is_done) = tokio::sync::mpsc::channel(1);
    let client = worker.clone();
    worker.register_function("echo", echo());
    let slow = RegisterFunction::new_async(move |_: Value| {
        let (done, client) = (done.clone(), client.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            // Nobody waits for this handler any more; what it calls is answered all the same.
            let answer = client.trigger(TriggerRequest::new("echo", json!(2))).await;
            done.send(answer).await.map_err(|_| "the test has ended")?;
            Ok::<_, Error>(Value::Null)
        }
    });
    worker.register_function("slow", slow);
    let call = TriggerRequest {
        timeout_ms: Some(50),
        ..TriggerRequest::new("slow", Value::Null)
    };
    let late = within(worker.trigger(call)).await;
    assert!(matches!(late, Err(Error::Timeout)), "{late:?}");
    let answer = within(is_done.recv()).await.unwrap();
    assert_eq!(answer.unwrap(), json!(2));
    worker.shutdown_async().await;
    engine.stop().await;
}

#[tokio::test]
async fn a_channel_can_be_written_and_closed_before_it_is_read() {
    let engine = TestEngine::start().await;
    let worker = worker(&engine, "alone");
    let channel = within(create_channel(&worker, None)).await.unwrap();
    channel.writer.write(b"some data").await.unwrap();
    within(channel.writer.close()).await.unwrap();
    channel.writer.close().await.unwrap();
    let read = within(channel.reader.read_all()).await.unwrap();
    assert_eq!(read, b"some data");
    let late = channel.writer.write(b"more").await;
    assert!(matches!(late, Err(Error::NotConnected)), "{late:?}");
    worker.shutdown_async().await;
    engine.stop().await;
}

#[tokio::test]
async fn a_writer_that_is_only_dropped_ends_its_stream() {
    let engine = TestEngine::start().await;
    let worker = worker(&engine, "careless");
    let channel = within(create_channel(&worker, None)).await.unwrap();
    let (writer, reader) = (channel.writer, channel.reader);
    let write = async move {
        writer.write(b"some data").await.unwrap();
        drop(writer);
    };
    let (read, ()) = within(async { tokio::join!(reader.read_all(), write) }).await;
    assert_eq!(read.unwrap(), b"some data");
    worker.shutdown_async().await;
    engine.stop().await;
}

#[tokio::test]
async fn observing_ends_in_an_error_once_the_engine_is_known() {
    let engine = TestEngine::start().await;
    let worker = worker(&engine, "observer");
    let observer = worker.observe(Source::function("a::b"), "c::d");
    let refused = within(observer.ready()).await.unwrap_err();
    let code = refused.invocation_error().unwrap().code;
    assert_eq!(code, "UNSUPPORTED");
    let (told, mut tell) = tokio::sync::mpsc::channel(1);
    let _listener = worker.on_engine_supports_observe(move |supported| {
        told.try_send(supported).unwrap();
    });
    assert_eq!(within(tell.recv()).await, Some(false));
    worker.shutdown_async().await;
    engine.stop().await;
}

#[tokio::test]
async fn one_trace_runs_through_spans_handlers_and_what_they_spawn() {
    let engine = TestEngine::start().await;
    let worker = worker(&engine, "traced");
    let handler = RegisterFunction::new_async(|_: Value| async {
        let here = current_invocation();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(scope(here, async { current_trace_id() }));
        let spawned = tasks.join_next().await.and_then(Result::ok).flatten();
        tasks.spawn(async { current_trace_id() });
        let unscoped = tasks.join_next().await.and_then(Result::ok).flatten();
        Ok::<_, Error>(json!([current_trace_id(), spawned, unscoped]))
    });
    worker.register_function("traced", handler);
    let traced = run_in_span("test", None, || async {
        let call = TriggerRequest::new("traced", Value::Null);
        (current_trace_id(), worker.trigger(call).await)
    });
    let (here, there) = within(Box::pin(traced)).await;
    assert!(here.is_some());
    assert_eq!(there.unwrap(), json!([here, here, null]));
    worker.shutdown_async().await;
    engine.stop().await;
}

#[tokio::test]
#[should_panic(expected = "offers the function `twice` already")]
async fn a_function_registered_twice_is_a_mistake() {
    let client = IIIClient::new("ws://127.0.0.1:1");
    client.register_function("twice", echo()).unregister();
    client.register_function("twice", echo());
    client.register_function("twice", echo());
}
