//! Trigger types this worker provides.

use crate::support::{Engine, FEATURE, Peer, json};
use iii_kit::{
    BoundTrigger, BoxFuture, Client, FireOptions, Fired, HandlerError, RegisterTriggerType,
    TraceContext, TriggerHandler, TriggerTypeRef,
};
use iii_protocol::{
    ErrorBody, Message, RegisterTrigger, TriggerRegistrationResult, TriggerTypeRegistered,
    UnregisterTrigger,
};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Keeps what it is given, and lets every operation wait for a permit.
#[derive(Clone)]
struct Keeper {
    bound: Arc<Mutex<Vec<BoundTrigger>>>,
    log: Arc<Mutex<Vec<String>>>,
    gate: Arc<Semaphore>,
}

impl Keeper {
    fn new(permits: usize) -> Self {
        Self {
            bound: Arc::default(),
            log: Arc::default(),
            gate: Arc::new(Semaphore::new(permits)),
        }
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().clone()
    }
}

impl TriggerHandler for Keeper {
    fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>> {
        Box::pin(async move {
            self.gate.acquire().await.unwrap().forget();
            self.log.lock().push(format!("+{}", trigger.id));
            match trigger.config.as_bytes() {
                br#""refuse""# => Err(HandlerError::new("route_taken", "no")),
                br#""panic""# => panic!("a bug of the provider"),
                _ => {
                    self.bound.lock().push(trigger);
                    Ok(())
                }
            }
        })
    }

    fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.gate.acquire().await.unwrap().forget();
            self.log.lock().push(format!("-{id}"));
        })
    }
}

async fn provide(client: &Client, peer: &mut Peer, keeper: &Keeper) -> TriggerTypeRef {
    let kind = RegisterTriggerType::new("tick", "fires").config_format_of::<u64>();
    let providing = client.register_trigger_type(kind, keeper.clone());
    let (provided, ()) = tokio::join!(providing, async {
        let Message::RegisterTriggerType(announced) = peer.receive().await else {
            panic!("expected a trigger type");
        };
        assert_eq!(announced.id, "tick");
        assert!(announced.trigger_request_format.is_some());
        let registered = TriggerTypeRegistered {
            id: announced.id,
            namespace: "default".into(),
        };
        peer.send(Message::TriggerTypeRegistered(registered)).await;
    });
    provided.unwrap()
}

async fn bind(peer: &mut Peer, id: &str, config: &'static str) {
    let trigger = RegisterTrigger {
        id: id.into(),
        trigger_type: "tick".into(),
        function_id: "on::tick".into(),
        config: json(config),
        metadata: Some(json(r#"{"m":1}"#)),
        namespace: Some("eu".into()),
        trigger_namespace: None,
    };
    peer.send(Message::RegisterTrigger(Box::new(trigger))).await;
}

async fn unbind(peer: &mut Peer, id: &str) {
    let trigger = UnregisterTrigger {
        id: id.into(),
        trigger_type: Some("tick".into()),
    };
    peer.send(Message::UnregisterTrigger(trigger)).await;
}

async fn answer(peer: &mut Peer) -> TriggerRegistrationResult {
    match peer.receive().await {
        Message::TriggerRegistrationResult(answer) => *answer,
        other => panic!("expected an answer, got {other:?}"),
    }
}

/// A client with one bound trigger of this configuration.
async fn bound(engine: &Engine, config: &'static str) -> (Client, Peer, BoundTrigger) {
    let (client, mut peer) = engine.connected().await;
    let keeper = Keeper::new(64);
    provide(&client, &mut peer, &keeper).await;
    bind(&mut peer, "t1", config).await;
    assert_eq!(answer(&mut peer).await.error, None);
    let trigger = keeper.bound.lock()[0].clone();
    (client, peer, trigger)
}

#[tokio::test(start_paused = true)]
async fn triggers_are_bound_in_order_and_answered() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let keeper = Keeper::new(0);
    let provided = provide(&client, &mut peer, &keeper).await;
    bind(&mut peer, "t1", "1").await;
    bind(&mut peer, "t2", r#""refuse""#).await;
    bind(&mut peer, "t3", r#""panic""#).await;
    bind(&mut peer, "t4", "1").await;
    unbind(&mut peer, "t4").await;
    unbind(&mut peer, "t1").await;
    unbind(&mut peer, "unknown").await;
    bind(&mut peer, "t5", "1").await;
    // All of that has arrived once a later message is answered.
    peer.call(1, "nobody", "1").await;
    assert_eq!(peer.error().await.code, "function_not_found");
    keeper.gate.add_permits(64);
    let first = answer(&mut peer).await;
    assert_eq!((first.id.as_str(), first.error), ("t1", None));
    let codes = [answer(&mut peer).await, answer(&mut peer).await]
        .map(|answer| ErrorBody::from_payload(&answer.error.unwrap()).code);
    assert_eq!(codes, ["route_taken", "trigger_registration_failed"]);
    assert_eq!(answer(&mut peer).await.id, "t5");
    // The first one was under way, the fourth one had not begun and was forgotten.
    assert_eq!(keeper.log(), ["+t1", "+t2", "+t3", "-t1", "+t5"]);
    provided.unregister().await.unwrap();
    assert!(matches!(
        peer.receive().await,
        Message::UnregisterTriggerType(_)
    ));
    client.shutdown().await;
    assert_eq!(keeper.log().last().unwrap(), "-t5");
}

#[tokio::test(start_paused = true)]
async fn unknown_types_and_bad_conditions_are_refused() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    bind(&mut peer, "t1", "1").await;
    let refusal = answer(&mut peer).await.error.unwrap();
    assert_eq!(
        ErrorBody::from_payload(&refusal).code,
        "trigger_type_not_found"
    );
    let keeper = Keeper::new(64);
    provide(&client, &mut peer, &keeper).await;
    bind(&mut peer, "t2", r#"{"condition_function_id":7}"#).await;
    let refusal = answer(&mut peer).await.error.unwrap();
    assert_eq!(ErrorBody::from_payload(&refusal).code, "INVALID_ARGUMENTS");
    assert!(keeper.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_unbinds_what_the_engine_will_send_again() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let keeper = Keeper::new(64);
    provide(&client, &mut peer, &keeper).await;
    bind(&mut peer, "t1", "1").await;
    bind(&mut peer, "t2", "1").await;
    answer(&mut peer).await;
    answer(&mut peer).await;
    drop(peer);
    let mut peer = engine.accept().await;
    assert_eq!(
        keeper.log(),
        ["+t1", "+t2"],
        "served on while the engine is away"
    );
    peer.greet(&[FEATURE]).await;
    assert!(matches!(peer.receive().await, Message::Reattach(_)));
    peer.introduction().await;
    assert!(matches!(
        peer.receive().await,
        Message::RegisterTriggerType(_)
    ));
    bind(&mut peer, "t2", "1").await;
    assert_eq!(answer(&mut peer).await.id, "t2");
    assert_eq!(keeper.log(), ["+t1", "+t2", "-t1", "-t2", "+t2"]);
}

#[tokio::test(start_paused = true)]
async fn firing_calls_the_function_with_namespace_and_metadata() {
    let engine = Engine::new();
    let (_client, mut peer, trigger) = bound(&engine, "{}").await;
    let trace = TraceContext {
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03".into()),
        ..TraceContext::default()
    };
    let options = FireOptions::new()
        .timeout(Duration::from_secs(2))
        .trace(trace.clone())
        .attempt(3)
        .delivery(json(r#"{"message_id":"m","queue":"q","enqueued_at":1}"#));
    let (fired, ()) = tokio::join!(trigger.fire_with(json("[1]"), options), async {
        let call = peer.invoke().await;
        assert_eq!(call.function_id, "on::tick");
        assert_eq!(call.data, Some(json("[1]")));
        assert_eq!(call.metadata, Some(json(r#"{"m":1}"#)));
        assert_eq!(call.namespace.as_deref(), Some("eu"));
        assert_eq!(call.timeout_ms, Some(2000));
        assert_eq!(call.attempt, Some(3));
        assert!(call.delivery.is_some());
        assert_eq!(call.trace, trace);
        peer.answer(&call, "2").await;
    });
    assert_eq!(fired, Ok(Fired::Ran(Some(json("2")))));
    assert_eq!(trigger.fire_void(json("[2]")).await, Ok(true));
    let call = peer.invoke().await;
    assert_eq!(call.action, Some(json(r#"{"type":"void"}"#)));
    assert_eq!(call.timeout_ms, None);
}

const CONDITIONAL: &str = r#"{"condition_function_id":"is::weekday"}"#;

#[tokio::test(start_paused = true)]
async fn only_false_blocks() {
    let engine = Engine::new();
    let (_client, mut peer, trigger) = bound(&engine, CONDITIONAL).await;
    for (verdict, runs) in [
        ("false", false),
        ("true", true),
        ("null", true),
        ("0", true),
        (r#""false""#, true),
    ] {
        let (fired, ()) = tokio::join!(trigger.fire(json("[1]")), async {
            let condition = peer.invoke().await;
            assert_eq!(condition.function_id, "is::weekday");
            assert_eq!(condition.data, Some(json("[1]")));
            assert_eq!(condition.namespace.as_deref(), Some("eu"));
            peer.answer(&condition, verdict).await;
            if runs {
                let call = peer.invoke().await;
                assert_eq!(call.function_id, "on::tick");
                peer.answer(&call, "1").await;
            }
        });
        let expected = if runs {
            Fired::Ran(Some(json("1")))
        } else {
            Fired::Blocked
        };
        assert_eq!(fired, Ok(expected), "{verdict}");
    }
    let (fired, ()) = tokio::join!(trigger.fire_void(json("[1]")), async {
        let condition = peer.invoke().await;
        peer.answer(&condition, "false").await;
    });
    assert_eq!(fired, Ok(false));
}

#[tokio::test(start_paused = true)]
async fn a_failing_condition_means_not_run() {
    let engine = Engine::new();
    let (client, mut peer, trigger) = bound(&engine, CONDITIONAL).await;
    let (fired, ()) = tokio::join!(trigger.fire(json("1")), async {
        let condition = peer.invoke().await;
        peer.fail(&condition, "function_not_found", "no").await;
    });
    assert_eq!(fired.unwrap_err().code(), "function_not_found");
    let (_, next) = tokio::join!(
        client.trigger_raw(iii_kit::RawTriggerRequest::new("next", None).void()),
        peer.invoke()
    );
    assert_eq!(next.function_id, "next", "the function was not called");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_spans_condition_and_function() {
    let engine = Engine::new();
    let (_client, mut peer, trigger) = bound(&engine, CONDITIONAL).await;
    let options = FireOptions::new().timeout(Duration::from_secs(3));
    let (fired, ()) = tokio::join!(trigger.fire_with(json("1"), options), async {
        let condition = peer.invoke().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        peer.answer(&condition, "true").await;
        let call = peer.invoke().await;
        assert_eq!(call.timeout_ms, Some(2000));
        peer.answer(&call, "1").await;
    });
    assert_eq!(fired, Ok(Fired::Ran(Some(json("1")))));
}
