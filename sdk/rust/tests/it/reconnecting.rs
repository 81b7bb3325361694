//! What happens when the connection breaks, or is refused.

use crate::support::{Engine, FEATURE, json, within};
use iii_kit::serde_json::json as value;
use iii_kit::{
    ConnectionState, Context, Error, HandlerError, Limits, Payload, RawTriggerRequest,
    RegisterError, RegisterFunction, RegisterTriggerInput, TriggerRequest,
};
use iii_protocol::{ErrorBody, ErrorCode, ErrorMessage, Message, RegistrationRejected};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

fn echo() -> RegisterFunction {
    RegisterFunction::raw(|input, _: Context| async move { Ok::<_, HandlerError>(input) })
}

#[tokio::test(start_paused = true)]
async fn after_a_break_everything_is_announced_again() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    for id in ["b", "a"] {
        let (registered, _) =
            tokio::join!(client.register_function(id, echo()), peer.accept_function());
        registered.unwrap();
    }
    let gone = client.register_function("gone", echo());
    let (gone, _) = tokio::join!(gone, peer.accept_function());
    let trigger = RegisterTriggerInput::new("http", "a", &value!({}));
    client.register_trigger(trigger).await.unwrap();
    gone.unwrap().unregister().await.unwrap();
    drop(peer);
    let began = Instant::now();
    let mut peer = engine.accept().await;
    let pause = began.elapsed().as_millis();
    assert!((50..=151).contains(&pause), "{pause}");
    assert_eq!(client.connection_state(), ConnectionState::Reconnecting);
    peer.greet(&[FEATURE]).await;
    let Message::Reattach(reattach) = peer.receive().await else {
        panic!("expected to hear of the old connection first");
    };
    assert_eq!(reattach.previous_worker_id, "w1");
    assert_eq!(reattach.reattach_token.as_deref(), Some("again"));
    peer.introduction().await;
    assert_eq!(
        peer.accept_function().await.id,
        "b",
        "in the order of registration"
    );
    assert_eq!(peer.accept_function().await.id, "a");
    assert!(matches!(peer.receive().await, Message::RegisterTrigger(_)));
    peer.call(1, "a", "1").await;
    assert_eq!(peer.result().await.result, Some(json("1")));
}

#[tokio::test(start_paused = true)]
async fn sent_calls_fail_at_once_and_unsent_ones_are_sent_later() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let sent = client.trigger_raw(RawTriggerRequest::new("first", None));
    let began = Instant::now();
    let (sent, ()) = tokio::join!(sent, async move {
        peer.invoke().await;
    });
    assert_eq!(sent, Err(Error::ConnectionLost));
    assert_eq!(began.elapsed(), Duration::ZERO);
    let unsent = client.trigger::<_, u32>(TriggerRequest::new("second", 1));
    let void = client.trigger::<_, ()>(TriggerRequest::new("third", 2).void());
    let (unsent, void, ()) = tokio::join!(unsent, void, async {
        let mut peer = engine.accept().await;
        peer.greet(&[FEATURE]).await;
        assert!(matches!(peer.receive().await, Message::Reattach(_)));
        peer.introduction().await;
        let call = peer.invoke().await;
        assert_eq!(call.function_id, "second");
        assert!(call.timeout_ms < Some(30_000), "time passes while waiting");
        peer.answer(&call, "7").await;
        assert_eq!(peer.invoke().await.function_id, "third");
    });
    assert_eq!(unsent, Ok(7));
    assert_eq!(void, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_connection_is_bounded_in_number_and_time() {
    let engine = Engine::new();
    engine.dial.unreachable.store(usize::MAX, Ordering::SeqCst);
    let limits = Limits {
        offline_calls_max: 1,
        ..Limits::default()
    };
    let client = engine.client_with(limits);
    let request = || RawTriggerRequest::new("f", None).timeout(Duration::from_secs(5));
    let began = Instant::now();
    let (first, second, void) = tokio::join!(
        client.trigger_raw(request()),
        client.trigger_raw(request()),
        client.trigger_raw(request().void())
    );
    assert!(matches!(first, Err(Error::Timeout { .. })), "{first:?}");
    assert_eq!(began.elapsed().as_secs(), 5, "no grace without an engine");
    let full = Error::Overloaded {
        limit: "offline_calls_max",
    };
    assert_eq!(second, Err(full.clone()));
    assert_eq!(void, Err(full));
    let again = client.trigger_raw(request()).await;
    assert!(
        matches!(again, Err(Error::Timeout { .. })),
        "there is room again"
    );
}

#[tokio::test(start_paused = true)]
async fn cancelled_calls_are_not_sent_later() {
    let engine = Engine::new();
    engine.dial.unreachable.store(3, Ordering::SeqCst);
    let client = engine.client();
    let mut dropped = Box::pin(client.trigger_raw(RawTriggerRequest::new("dropped", None)));
    tokio::select! {
        biased;
        _ = &mut dropped => panic!("there is no engine"),
        () = tokio::task::yield_now() => {}
    }
    drop(dropped);
    let kept = client.trigger_raw(RawTriggerRequest::new("kept", None).void());
    let (kept, mut peer) = tokio::join!(kept, engine.welcome());
    kept.unwrap();
    assert_eq!(peer.invoke().await.function_id, "kept");
}

#[tokio::test(start_paused = true)]
async fn a_break_cancels_running_handlers_and_their_late_answers_are_dropped() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let ended = Arc::new(Notify::new());
    let told = Arc::clone(&ended);
    let waits = RegisterFunction::raw(move |_, context: Context| {
        let told = Arc::clone(&told);
        async move {
            context.cancelled().cancelled().await;
            told.notify_one();
            Ok::<Option<Payload>, HandlerError>(None)
        }
    });
    let (registered, _) = tokio::join!(
        client.register_function("waits", waits),
        peer.accept_function()
    );
    registered.unwrap();
    peer.call(1, "waits", "1").await;
    // The handler runs once the next message is answered.
    peer.call(2, "nobody", "1").await;
    peer.error().await;
    drop(peer);
    within(ended.notified()).await;
    let mut peer = engine.accept().await;
    peer.greet(&[FEATURE]).await;
    assert!(matches!(peer.receive().await, Message::Reattach(_)));
    peer.introduction().await;
    peer.accept_function().await;
    peer.call(1, "nobody", "1").await;
    assert_eq!(peer.error().await.code, "function_not_found");
    assert!(
        client.drain(Duration::from_secs(60)).await,
        "nothing runs any more"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_engine_is_pinged_and_then_given_up() {
    let engine = Engine::new();
    let (client, peer) = engine.connected().await;
    let began = Instant::now();
    let next = engine.accept().await;
    let silent = began.elapsed().as_secs();
    assert_eq!(silent, 45, "two pings of 15 s each went unanswered");
    assert_eq!(client.connection_state(), ConnectionState::Reconnecting);
    drop((peer, next));
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_does_not_greet_is_given_up() {
    let engine = Engine::new();
    let _client = engine.client();
    let mute = engine.accept().await;
    let began = Instant::now();
    let next = engine.accept().await;
    assert_eq!(began.elapsed().as_secs(), 10);
    drop((mute, next));
}

fn rejected(code: &str) -> Message {
    Message::RegistrationRejected(Box::new(RegistrationRejected {
        code: code.into(),
        namespace: "default".into(),
        worker_name: Some("tester".into()),
        function_id: None,
        trigger_type: None,
        owner_worker_id: String::new().into(),
        message: Some("the name is taken".into()),
    }))
}

#[tokio::test(start_paused = true)]
async fn a_rejected_worker_ends_for_good() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let call = client.trigger_raw(RawTriggerRequest::new("f", None));
    let registering = client.register_function("g", echo());
    let trigger = RegisterTriggerInput::new("http", "g", &value!({}));
    let triggering = client.register_trigger(trigger);
    let (call, registered, triggered, ()) = tokio::join!(call, registering, triggering, async {
        for _ in 0..3 {
            peer.receive().await;
        }
        peer.send(rejected("WORKER_NAMESPACE_CONFLICT")).await;
    });
    let Err(Error::Rejected(rejection)) = call else {
        panic!("expected the rejection");
    };
    assert_eq!(rejection.code, "WORKER_NAMESPACE_CONFLICT");
    assert_eq!(rejection.message, "the name is taken");
    let is_rejected = |error| matches!(error, RegisterError::Rejected(_));
    assert!(registered.is_err_and(is_rejected));
    assert!(triggered.is_err_and(is_rejected));
    assert_eq!(client.wait_ended().await, Some(rejection.clone()));
    assert_eq!(
        client.connection_state(),
        ConnectionState::Failed(rejection)
    );
    let later = client.trigger_raw(RawTriggerRequest::new("f", None)).await;
    assert!(matches!(later, Err(Error::Rejected(_))), "{later:?}");
    assert!(client.wait_connected().await.is_err());
    assert_eq!(peer.try_receive().await, None, "it hung up");
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_ends_for_good_unless_the_engine_says_later() {
    let engine = Engine::new();
    let client = engine.client();
    let refusal = |code| {
        Message::Error(ErrorMessage {
            error: ErrorBody::new(code, "go away").to_payload(),
        })
    };
    let mut peer = engine.accept().await;
    peer.send(refusal(ErrorCode::Overloaded)).await;
    drop(peer);
    let mut peer = engine.accept().await;
    peer.send(refusal(ErrorCode::Unauthorized)).await;
    // Its last words count although it has hung up.
    drop(peer);
    assert_eq!(client.wait_ended().await.unwrap().code, "AUTH_ERROR");
}

#[tokio::test(start_paused = true)]
async fn an_http_refusal_ends_for_good_unless_it_is_temporary() {
    for (status, code) in [(401, "AUTH_ERROR"), (404, "INVALID_ARGUMENTS")] {
        let engine = Engine::refusing(Some(status));
        let client = engine.client();
        assert_eq!(client.wait_ended().await.unwrap().code, code);
    }
    let engine = Engine::refusing(Some(503));
    let client = engine.client();
    let ended = tokio::time::timeout(Duration::from_secs(60), client.wait_ended()).await;
    assert!(ended.is_err(), "it keeps trying");
}
