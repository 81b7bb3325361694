//! What a developer sees: states of the connection, where a handler failed, and how far a
//! cancellation reaches.

use crate::support::{Engine, FEATURE, Peer, json, within};
use iii_kit::{
    Client, ClientOptions, ConnectionState, Context, Dial, Error, HandlerError, InvocationId,
    Payload, RawTriggerRequest, RegisterFunction, WorkerOptions,
};
use iii_protocol::{CancelInvocation, Message};
use std::sync::Arc;

async fn offer(client: &Client, peer: &mut Peer, id: &str, function: RegisterFunction) {
    let (registered, _) = tokio::join!(
        client.register_function(id, function),
        peer.accept_function()
    );
    registered.unwrap();
}

fn fails() -> RegisterFunction {
    RegisterFunction::raw(|_, _: Context| async {
        Err::<Option<Payload>, _>(HandlerError::new("mine", "no"))
    })
}

#[tokio::test(start_paused = true)]
async fn every_state_is_shown_once_and_the_last_one_ends_it() {
    let engine = Engine::new();
    let client = engine.client();
    let mut states = client.connection_states();
    assert_eq!(states.next().await, Some(ConnectionState::Connecting));
    let peer = engine.welcome().await;
    assert_eq!(states.next().await, Some(ConnectionState::Connected));
    drop(peer);
    assert_eq!(states.next().await, Some(ConnectionState::Reconnecting));
    let mut peer = engine.accept().await;
    peer.greet(&[FEATURE]).await;
    assert_eq!(states.next().await, Some(ConnectionState::Connected));
    client.shutdown().await;
    assert_eq!(states.next().await, Some(ConnectionState::Closed));
    assert_eq!(states.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn where_a_handler_failed_is_told_only_in_development() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    offer(&client, &mut peer, "fails", fails()).await;
    peer.call(1, "fails", "1").await;
    assert_eq!(peer.error().await.stacktrace, None);

    let options = ClientOptions::new(WorkerOptions::new("open")).development();
    let client = Client::connect(Arc::clone(&engine.dial) as Arc<dyn Dial>, options);
    let mut peer = engine.welcome().await;
    offer(&client, &mut peer, "fails", fails()).await;
    peer.call(1, "fails", "1").await;
    let place = peer.error().await.stacktrace.unwrap();
    assert!(place.contains("development.rs:"), "{place}");
}

#[tokio::test(start_paused = true)]
async fn a_stack_of_the_handlers_own_comes_first() {
    let engine = Engine::new();
    let options = ClientOptions::new(WorkerOptions::new("open")).development();
    let client = Client::connect(Arc::clone(&engine.dial) as Arc<dyn Dial>, options);
    let mut peer = engine.welcome().await;
    let tells = RegisterFunction::raw(|_, _: Context| async {
        let mut error = HandlerError::failed("no");
        error.stacktrace = Some("script line 7".to_owned());
        Err::<Option<Payload>, _>(error)
    });
    offer(&client, &mut peer, "tells", tells).await;
    peer.call(1, "tells", "1").await;
    let body = peer.error().await;
    assert_eq!(body.stacktrace.as_deref(), Some("script line 7"));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_handler_gives_its_calls_up_and_may_still_tidy() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let tidies = RegisterFunction::raw(|_, context: Context| async move {
        let lost = context
            .trigger_raw(RawTriggerRequest::new("slow", None))
            .await;
        assert_eq!(lost, Err(Error::Cancelled));
        let tidied = RawTriggerRequest::new("tidy", None);
        context.trigger_raw(tidied).await
    });
    offer(&client, &mut peer, "tidies", tidies).await;
    peer.call(1, "tidies", "1").await;
    let slow = within(peer.invoke()).await;
    assert_eq!(slow.function_id, "slow");
    peer.send(Message::CancelInvocation(CancelInvocation {
        invocation_id: InvocationId::from_u128(1),
        reason: None,
    }))
    .await;
    let Message::CancelInvocation(cancelled) = peer.receive().await else {
        panic!("the inner call is given up first");
    };
    assert_eq!(Some(cancelled.invocation_id), slow.invocation_id);
    let tidy = peer.invoke().await;
    assert_eq!(tidy.function_id, "tidy");
    peer.answer(&tidy, "2").await;
    assert_eq!(peer.result().await.result, Some(json("2")));
}
