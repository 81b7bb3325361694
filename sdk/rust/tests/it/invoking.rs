//! Invocations of this worker's functions.

use crate::support::{Engine, Peer, json, within};
use iii_kit::{
    CancellationToken, Client, Context, Error, HandlerError, InvocationId, Limits, Payload,
    RawTriggerRequest, RegisterFunction, current_context,
};
use iii_protocol::{CancelInvocation, InvocationResult, InvokeFunction, Message, TraceContext};
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::time::Duration;
use tokio::sync::Semaphore;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";

async fn offer(client: &Client, peer: &mut Peer, id: &str, function: RegisterFunction) {
    let (registered, _) = tokio::join!(
        client.register_function(id, function),
        peer.accept_function()
    );
    registered.unwrap();
}

/// A function that waits for a permit before it answers.
fn gated(gate: &Arc<Semaphore>) -> RegisterFunction {
    let gate = Arc::clone(gate);
    RegisterFunction::raw(move |input, _| {
        let gate = Arc::clone(&gate);
        async move {
            let permit = gate
                .acquire()
                .await
                .map_err(|_| HandlerError::failed("closed"))?;
            permit.forget();
            Ok::<_, HandlerError>(input)
        }
    })
}

fn id(number: u128) -> InvocationId {
    InvocationId::from_u128(number)
}

#[tokio::test(start_paused = true)]
async fn a_typed_function_answers() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let double = RegisterFunction::new(|n: u32, _| async move {
        n.checked_mul(2)
            .ok_or_else(|| HandlerError::new("too_big", "it does not fit"))
    });
    offer(&client, &mut peer, "math::double", double).await;
    peer.call(1, "math::double", "21").await;
    let result = peer.result().await;
    assert_eq!(result.invocation_id, id(1));
    assert_eq!(result.function_id.as_deref(), Some("math::double"));
    assert_eq!(result.result, Some(json("42")));
    assert_eq!(result.error, None);
    peer.call(2, "math::double", "4000000000").await;
    assert_eq!(peer.error().await.code, "too_big");
    peer.call(3, "math::double", r#""x""#).await;
    assert_eq!(peer.error().await.code, "deserialization_error");
}

#[tokio::test(start_paused = true)]
async fn a_raw_function_keeps_null_and_absent_apart() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let echo = RegisterFunction::raw(|input, _| async move { Ok::<_, HandlerError>(input) });
    offer(&client, &mut peer, "echo", echo).await;
    peer.call(1, "echo", "null").await;
    assert_eq!(peer.result().await.result, Some(json("null")));
    peer.send(Message::InvokeFunction(InvokeFunction {
        invocation_id: Some(id(2)),
        function_id: "echo".into(),
        ..InvokeFunction::default()
    }))
    .await;
    let result = peer.result().await;
    assert_eq!((result.result, result.error), (None, None));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_run_is_answered() {
    let engine = Engine::new();
    let limits = Limits {
        message_bytes_max: 64,
        ..Limits::default()
    };
    let client = engine.client_with(limits);
    let mut peer = engine.welcome().await;
    peer.call(1, "nobody::knows", "1").await;
    assert_eq!(peer.error().await.code, "function_not_found");

    let late = RegisterFunction::raw(|_, _| async {
        tokio::task::yield_now().await;
        assert!(current_context().is_none(), "a bug of the handler");
        Ok::<Option<Payload>, HandlerError>(None)
    });
    offer(&client, &mut peer, "panics::late", late).await;
    let early = RegisterFunction::raw(|_, context: Context| async move {
        assert_eq!(context.function_id(), "", "a bug of the handler");
        Ok::<Option<Payload>, HandlerError>(None)
    });
    offer(&client, &mut peer, "panics::early", early).await;
    for function_id in ["panics::late", "panics::early"] {
        peer.call(2, function_id, "1").await;
        let error = peer.error().await;
        assert_eq!(error.code, "invocation_failed");
        assert!(error.message.contains("a bug of the handler"), "{error:?}");
    }

    let bad = RegisterFunction::new(|(): (), _| async { Ok::<_, HandlerError>(NoJson) });
    offer(&client, &mut peer, "bad::output", bad).await;
    peer.call(3, "bad::output", "null").await;
    assert_eq!(peer.error().await.code, "serialization_error");

    let big =
        RegisterFunction::new(|n: usize, _| async move { Ok::<_, HandlerError>("x".repeat(n)) });
    offer(&client, &mut peer, "big::output", big).await;
    peer.call(4, "big::output", "100").await;
    assert_eq!(peer.error().await.code, "payload_too_large");
}

/// A value whose JSON form does not exist.
#[derive(iii_kit::schemars::JsonSchema)]
struct NoJson;

impl serde::Serialize for NoJson {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("there is none"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiting_handler_holds_up_nobody() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let gate = Arc::new(Semaphore::new(0));
    offer(&client, &mut peer, "gated", gated(&gate)).await;
    let echo = RegisterFunction::raw(|input, _| async move { Ok::<_, HandlerError>(input) });
    offer(&client, &mut peer, "echo", echo).await;
    peer.call(1, "gated", "1").await;
    peer.call(2, "echo", "2").await;
    assert_eq!(peer.result().await.invocation_id, id(2));
    gate.add_permits(1);
    assert_eq!(peer.result().await.invocation_id, id(1));
}

#[tokio::test(start_paused = true)]
async fn beyond_the_limit_of_running_invocations_is_overloaded() {
    let engine = Engine::new();
    let limits = Limits {
        invocations_max: 2,
        ..Limits::default()
    };
    let client = engine.client_with(limits);
    let mut peer = engine.welcome().await;
    let gate = Arc::new(Semaphore::new(0));
    offer(&client, &mut peer, "gated", gated(&gate)).await;
    for number in 1..=3 {
        peer.call(number, "gated", "1").await;
    }
    let error = peer.error().await;
    assert_eq!(error.code, "overloaded");
    assert!(error.message.contains("invocations_max"), "{error:?}");
    gate.add_permits(2);
    let mut ended = [peer.result().await, peer.result().await].map(|result| result.invocation_id);
    ended.sort();
    assert_eq!(ended, [id(1), id(2)]);
    peer.call(4, "gated", "1").await;
    gate.add_permits(1);
    assert_eq!(peer.result().await.invocation_id, id(4));
}

#[tokio::test(start_paused = true)]
async fn cancelling_and_deadline_reach_the_handler() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let patient = RegisterFunction::new(|(): (), context: Context| async move {
        assert_eq!(context.remaining(), Some(Duration::from_millis(250)));
        let token: CancellationToken = context.cancelled();
        token.cancelled().await;
        assert!(context.is_cancelled());
        Err::<(), _>(HandlerError::new("gave_up", "nobody waits"))
    });
    offer(&client, &mut peer, "patient", patient).await;
    peer.send(Message::InvokeFunction(InvokeFunction {
        invocation_id: Some(id(1)),
        function_id: "patient".into(),
        timeout_ms: Some(250),
        ..InvokeFunction::default()
    }))
    .await;
    peer.send(Message::CancelInvocation(CancelInvocation {
        invocation_id: id(1),
        reason: Some("caller_gone".into()),
    }))
    .await;
    assert_eq!(peer.error().await.code, "gave_up");
}

#[tokio::test(start_paused = true)]
async fn nested_calls_belong_to_their_invocation() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let outer = client.clone();
    let nests = RegisterFunction::raw(move |_, context: Context| {
        let outer = outer.clone();
        async move {
            let call = || RawTriggerRequest::new("inner", None);
            context.trigger_raw(call()).await?;
            // The client the handler was made with knows where it runs.
            outer.trigger_raw(call()).await?;
            context.client().trigger_raw(call().detached()).await
        }
    });
    offer(&client, &mut peer, "nests", nests).await;
    peer.send(Message::InvokeFunction(InvokeFunction {
        invocation_id: Some(id(7)),
        function_id: "nests".into(),
        timeout_ms: Some(1500),
        trace: TraceContext {
            traceparent: Some(TRACEPARENT.into()),
            tracestate: Some("a=b".into()),
            baggage: Some("k=v".into()),
        },
        ..InvokeFunction::default()
    }))
    .await;
    for _ in 0..2 {
        let call = peer.invoke().await;
        assert_eq!(call.parent, Some(id(7)));
        assert_eq!(call.timeout_ms, Some(1500), "no more than its parent has");
        assert_eq!(call.trace.traceparent.as_deref(), Some(TRACEPARENT));
        assert_eq!(call.trace.tracestate.as_deref(), Some("a=b"));
        assert_eq!(call.trace.baggage.as_deref(), Some("k=v"));
        peer.answer(&call, "1").await;
    }
    let detached = peer.invoke().await;
    assert_eq!(detached.parent, None);
    assert_eq!(detached.timeout_ms, Some(30_000));
    assert_eq!(detached.trace.traceparent.as_deref(), Some(TRACEPARENT));
    peer.fail(&detached, "inner_code", "no").await;
    assert_eq!(peer.error().await.code, "inner_code", "codes travel up");
}

#[tokio::test(start_paused = true)]
async fn an_invocation_past_its_deadline_calls_nobody() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let late = RegisterFunction::raw(|_, context: Context| async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let result = context
            .trigger_raw(RawTriggerRequest::new("inner", None))
            .await;
        assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
        result
    });
    offer(&client, &mut peer, "late", late).await;
    peer.send(Message::InvokeFunction(InvokeFunction {
        invocation_id: Some(id(1)),
        function_id: "late".into(),
        timeout_ms: Some(1000),
        ..InvokeFunction::default()
    }))
    .await;
    assert_eq!(peer.error().await.code, "TIMEOUT");
}

/// Needs real threads: the handler blocks the one it runs on.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_handler_that_blocks_gets_a_task_of_its_own() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let (release, released) = blocking::channel::<()>();
    let released = parking_lot::Mutex::new(released);
    let slow = RegisterFunction::raw(move |input: Option<Payload>, _| {
        if input == Some(json("1")) {
            std::thread::sleep(Duration::from_millis(2));
        } else {
            // Ends only when the other function runs meanwhile.
            let waited = released.lock().recv_timeout(Duration::from_secs(60));
            assert!(waited.is_ok(), "the connection was held up");
        }
        async { Ok::<Option<Payload>, HandlerError>(None) }
    });
    offer(&client, &mut peer, "slow", slow).await;
    let quick = RegisterFunction::raw(move |_, _| {
        let _ = release.send(());
        async { Ok::<Option<Payload>, HandlerError>(None) }
    });
    offer(&client, &mut peer, "quick", quick).await;
    for number in [10, 11, 1] {
        peer.call(number, "slow", "1").await;
        assert_eq!(peer.result().await.invocation_id, id(number));
    }
    peer.call(2, "slow", "2").await;
    peer.call(3, "quick", "3").await;
    let ended = [within(peer.result()).await, within(peer.result()).await];
    assert!(
        ended.iter().all(|result| result.error.is_none()),
        "{ended:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_an_error_says_about_trying_again_reaches_the_caller() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let advising = RegisterFunction::raw(|_, _| async move {
        let error = HandlerError::new("busy", "come back")
            .retry_after(Duration::from_millis(1500))
            .not_retryable()
            .released()
            .detail("code", "never")
            .detail("queue", "payments");
        Err::<Option<Payload>, _>(error)
    });
    offer(&client, &mut peer, "advises", advising).await;
    peer.call(1, "advises", "1").await;
    let error = peer.result().await.error.expect("the handler failed");
    let told: serde_json::Value = serde_json::from_slice(error.as_bytes()).unwrap();
    let expected = serde_json::json!({
        "code": "busy", "message": "come back", "queue": "payments",
        "retry_after_ms": 1500, "retryable": false, "released": true,
    });
    assert_eq!(told, expected);
    // The same body, on the other side.
    let (failed, ()) = tokio::join!(
        client.trigger_raw(RawTriggerRequest::new("advises", None)),
        async {
            let call = peer.invoke().await;
            let invocation_id = call.invocation_id.expect("a call that waits");
            peer.send(Message::InvocationResult(InvocationResult {
                invocation_id,
                error: Some(error),
                ..InvocationResult::default()
            }))
            .await;
        }
    );
    let failed = failed.unwrap_err();
    let advice = failed.retry_advice();
    assert_eq!(advice.after, Some(Duration::from_millis(1500)));
    assert_eq!((advice.retryable, advice.released), (Some(false), true));
    assert_eq!((failed.code(), failed.is_retryable()), ("busy", false));
    let Error::Remote { details, .. } = &failed else {
        panic!("{failed:?}");
    };
    let details = details.as_ref().expect("the error says more");
    let details: serde_json::Value = serde_json::from_slice(details.as_bytes()).unwrap();
    assert_eq!(details["queue"], "payments");
}
