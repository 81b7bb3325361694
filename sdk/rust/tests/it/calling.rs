//! Calls this worker makes.

use crate::support::{Engine, FEATURE, json, within};
use iii_kit::serde_json::json as value;
use iii_kit::{
    CancellationToken, EnqueueReceipt, Error, Limits, RawTriggerRequest, TriggerAction,
    TriggerRequest, trace_id,
};
use iii_protocol::Message;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_call_brings_the_functions_result() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let request = TriggerRequest::new("math::double", 21).metadata(&value!({ "m": 1 }));
    let (result, ()) = tokio::join!(client.trigger::<_, u32>(request), async {
        let call = peer.invoke().await;
        assert_eq!(call.function_id, "math::double");
        assert_eq!(call.data, Some(json("21")));
        assert_eq!(call.metadata, Some(json(r#"{"m":1}"#)));
        assert_eq!(call.namespace, None);
        assert_eq!(call.action, None);
        assert_eq!(call.timeout_ms, Some(30_000));
        assert_eq!(call.parent, None);
        assert!(trace_id(&call.trace).is_some());
        peer.answer(&call, "42").await;
    });
    assert_eq!(result, Ok(42));
}

#[tokio::test(start_paused = true)]
async fn payloads_pass_untouched_and_null_is_not_absent() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let call = |payload| client.trigger_raw(RawTriggerRequest::new("f", payload));
    let odd = r#"{"b":1.50, "a":null}"#;
    let (result, ()) = tokio::join!(call(Some(json(odd))), async {
        let call = peer.invoke().await;
        assert_eq!(call.data, Some(json(odd)));
        peer.answer(&call, odd).await;
    });
    assert_eq!(result, Ok(Some(json(odd))));
    let (result, ()) = tokio::join!(call(None), async {
        let call = peer.invoke().await;
        assert_eq!(call.data, None);
        peer.answer(&call, "null").await;
    });
    assert_eq!(result, Ok(Some(json("null"))));
}

#[tokio::test(start_paused = true)]
async fn errors_keep_their_code() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let request = TriggerRequest::new("stock::take", "bolts");
    let (result, ()) = tokio::join!(client.trigger::<_, u32>(request), async {
        let call = peer.invoke().await;
        peer.fail(&call, "out_of_stock", "no bolts left").await;
    });
    let error = result.unwrap_err();
    assert_eq!(error.code(), "out_of_stock");
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("no bolts left"));
}

#[tokio::test(start_paused = true)]
async fn a_result_of_the_wrong_type_is_an_error() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let request = TriggerRequest::new("math::double", 21);
    let (result, ()) = tokio::join!(client.trigger::<_, u32>(request), async {
        let call = peer.invoke().await;
        peer.answer(&call, r#""many""#).await;
    });
    assert_eq!(result.unwrap_err().code(), "deserialization_error");
}

#[tokio::test(start_paused = true)]
async fn void_and_enqueue_are_actions() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let void = TriggerRequest::new("mail::send", "hello").void();
    client.trigger::<_, ()>(void).await.unwrap();
    let call = peer.invoke().await;
    assert_eq!(call.action, Some(json(r#"{"type":"void"}"#)));
    assert_eq!(call.invocation_id, None);
    assert_eq!(call.timeout_ms, None);

    let queue = "mails".to_owned();
    let later = TriggerRequest::new("mail::send", "hi").action(TriggerAction::Enqueue { queue });
    let (receipt, ()) = tokio::join!(client.trigger::<_, EnqueueReceipt>(later), async {
        let call = peer.invoke().await;
        let action: serde_json::Value =
            serde_json::from_slice(call.action.as_ref().unwrap().as_bytes()).unwrap();
        assert_eq!(action, value!({ "type": "enqueue", "queue": "mails" }));
        peer.answer(&call, r#"{"messageReceiptId":"m1"}"#).await;
    });
    assert_eq!(receipt.unwrap().message_receipt_id, "m1");
}

#[tokio::test(start_paused = true)]
async fn the_engine_ends_late_calls_and_the_client_only_when_it_does_not() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let timeout = Duration::from_secs(2);
    let request = || RawTriggerRequest::new("slow", None).timeout(timeout);
    let (result, ()) = tokio::join!(client.trigger_raw(request()), async {
        let call = peer.invoke().await;
        assert_eq!(call.timeout_ms, Some(2000));
        tokio::time::sleep(timeout).await;
        peer.fail(&call, "TIMEOUT", "too late").await;
    });
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");

    let began = Instant::now();
    let result = client.trigger_raw(request()).await;
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
    assert_eq!(began.elapsed().as_secs(), 3, "timeout and grace");
    let call = peer.invoke().await;
    let Message::CancelInvocation(cancel) = peer.receive().await else {
        panic!("expected the call to be given up");
    };
    assert_eq!(Some(cancel.invocation_id), call.invocation_id);
    assert_eq!(cancel.reason.as_deref(), Some("timeout"));
}

#[tokio::test(start_paused = true)]
async fn a_functions_own_timeout_code_is_not_mistaken_for_the_calls() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let (result, ()) = tokio::join!(
        client.trigger_raw(RawTriggerRequest::new("asks::others", None)),
        async {
            let call = peer.invoke().await;
            peer.fail(&call, "TIMEOUT", "the other one was late").await;
        }
    );
    assert!(matches!(result, Err(Error::Remote { .. })), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_call_cancels_it() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let mut calling = Box::pin(client.trigger_raw(RawTriggerRequest::new("slow", None)));
    let call = tokio::select! {
        call = peer.invoke() => call,
        _ = &mut calling => panic!("nobody answered"),
    };
    drop(calling);
    let Message::CancelInvocation(cancel) = peer.receive().await else {
        panic!("expected the call to be given up");
    };
    assert_eq!(Some(cancel.invocation_id), call.invocation_id);
    assert_eq!(cancel.reason.as_deref(), Some("cancelled"));
}

#[tokio::test(start_paused = true)]
async fn a_token_cancels_a_call() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let token = CancellationToken::new();
    let request = || RawTriggerRequest::new("slow", None).cancel(token.clone());
    let (result, ()) = tokio::join!(client.trigger_raw(request()), async {
        peer.invoke().await;
        token.cancel();
        assert!(matches!(peer.receive().await, Message::CancelInvocation(_)));
    });
    assert_eq!(result, Err(Error::Cancelled));
    let result = client.trigger_raw(request()).await;
    assert_eq!(
        result,
        Err(Error::Cancelled),
        "a cancelled token lets nothing out"
    );
}

#[tokio::test(start_paused = true)]
async fn cancelling_reaches_the_engine_even_when_the_queue_is_full() {
    let limits = Limits {
        commands_max: 2,
        ..Limits::default()
    };
    let engine = Engine::new();
    let client = engine.client_with(limits);
    let mut peer = engine.welcome().await;
    client.wait_connected().await.unwrap();
    let mut calls = Vec::new();
    for _ in 0..5 {
        let mut call = Box::pin(client.trigger_raw(RawTriggerRequest::new("slow", None)));
        tokio::select! {
            _ = peer.invoke() => {}
            _ = &mut call => panic!("nobody answered"),
        }
        calls.push(call);
    }
    // All at once: the queue has room for two cancellations only.
    drop(calls);
    for _ in 0..5 {
        assert!(matches!(peer.receive().await, Message::CancelInvocation(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn limits_are_answered_with_overloaded() {
    let limits = Limits {
        calls_max: 1,
        message_bytes_max: 16,
        ..Limits::default()
    };
    let engine = Engine::new();
    let client = engine.client_with(limits);
    let mut peer = engine.welcome().await;
    client.wait_connected().await.unwrap();
    let big = TriggerRequest::new("f", "x".repeat(20));
    let result = client.trigger::<_, ()>(big).await;
    assert!(matches!(result, Err(Error::PayloadTooLarge { .. })));
    let request = || RawTriggerRequest::new("slow", None);
    let mut first = Box::pin(client.trigger_raw(request()));
    tokio::select! {
        _ = peer.invoke() => {}
        _ = &mut first => panic!("nobody answered"),
    }
    let second = client.trigger_raw(request()).await;
    assert_eq!(second, Err(Error::Overloaded { limit: "calls_max" }));
}

#[tokio::test(start_paused = true)]
async fn a_worker_with_a_namespace_means_its_own() {
    let engine = Engine::new();
    let worker = iii_kit::WorkerOptions::new("tester").namespace("eu");
    let options = iii_kit::ClientOptions::new(worker);
    let client = iii_kit::Client::connect(engine.dial.clone(), options);
    let mut peer = engine.accept().await;
    peer.greet(&[FEATURE]).await;
    peer.introduction().await;
    let namespace = async |client: &iii_kit::Client, peer: &mut crate::support::Peer, call| {
        let calling = client.trigger_raw(RawTriggerRequest::void(call));
        within(calling).await.unwrap();
        peer.invoke().await.namespace
    };
    let call = |id| RawTriggerRequest::new(id, None);
    let own = namespace(&client, &mut peer, call("orders::list")).await;
    assert_eq!(own.as_deref(), Some("eu"));
    let engines = namespace(&client, &mut peer, call("engine::functions::list")).await;
    assert_eq!(engines, None);
    let other = call("state::get").namespace("default");
    assert_eq!(namespace(&client, &mut peer, other).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_answer_ends_its_call() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let (result, ()) = tokio::join!(
        client.trigger_raw(RawTriggerRequest::new("big", None)),
        async {
            let call = peer.invoke().await;
            // The in-process transport reports an oversize message as such.
            let text = format!("\"{}\"", "x".repeat(65 << 20));
            let result = iii_protocol::InvocationResult {
                invocation_id: call.invocation_id.unwrap(),
                result: Some(iii_kit::Payload::parse(text.into()).unwrap()),
                ..Default::default()
            };
            peer.send(Message::InvocationResult(result)).await;
        }
    );
    assert_eq!(result.unwrap_err().code(), "payload_too_large");
}
