//! Triggers through the engine: one client provides the type, the other binds to it.

use crate::support::on_every_transport;
use iii_kit::serde_json::{Value, json};
use iii_kit::{
    BoundTrigger, BoxFuture, Client, Context, Fired, HandlerError, Payload, RegisterError,
    RegisterFunction, RegisterTriggerInput, RegisterTriggerType, TriggerHandler, TriggerRequest,
    TriggerStatus,
};
use iii_testkit::within;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Hands every change to the test.
struct Provider {
    changes: mpsc::Sender<Change>,
}

enum Change {
    Bound(Box<BoundTrigger>),
    Unbound(String),
}

impl TriggerHandler for Provider {
    fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>> {
        Box::pin(async move {
            if trigger.config.as_bytes() == br#""bad""# {
                return Err(HandlerError::new("bad_config", "not like this"));
            }
            let sent = self.changes.send(Change::Bound(Box::new(trigger))).await;
            sent.map_err(|_| HandlerError::failed("the test is over"))
        })
    }

    fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let _ = self.changes.send(Change::Unbound(id.to_owned())).await;
        })
    }
}

async fn provide(client: &Client) -> mpsc::Receiver<Change> {
    let (changes, queue) = mpsc::channel(64);
    let kind = RegisterTriggerType::new("tick", "fires when the test says so");
    let provider = Provider { changes };
    client.register_trigger_type(kind, provider).await.unwrap();
    queue
}

async fn bound(queue: &mut mpsc::Receiver<Change>) -> BoundTrigger {
    match within("a trigger", queue.recv()).await {
        Some(Change::Bound(trigger)) => *trigger,
        Some(Change::Unbound(id)) => panic!("`{id}` was unbound"),
        None => panic!("the provider is gone"),
    }
}

async fn unbound(queue: &mut mpsc::Receiver<Change>) -> String {
    match within("the end of a trigger", queue.recv()).await {
        Some(Change::Unbound(id)) => id,
        Some(Change::Bound(trigger)) => panic!("`{}` was bound", trigger.id),
        None => panic!("the provider is gone"),
    }
}

/// Adds one to its input.
fn on_tick() -> RegisterFunction {
    RegisterFunction::new(|n: u32, context: Context| async move {
        let metadata = context.metadata().is_some();
        Ok::<_, HandlerError>(json!({ "n": n + 1, "metadata": metadata }))
    })
}

fn tick(config: &Value) -> RegisterTriggerInput {
    RegisterTriggerInput::new("tick", "on::tick", config).metadata(&json!({ "m": 1 }))
}

fn number(n: u32) -> Payload {
    iii_kit::to_payload(&n).unwrap()
}

#[tokio::test]
async fn a_bound_trigger_fires_until_it_is_taken_back() {
    on_every_transport(async |stage| {
        let mut changes = provide(&stage.worker).await;
        stage
            .caller
            .register_function("on::tick", on_tick())
            .await
            .unwrap();
        let registered = stage
            .caller
            .register_trigger(tick(&json!({})))
            .await
            .unwrap();
        assert_eq!(registered.status(), TriggerStatus::Active);
        let trigger = bound(&mut changes).await;
        let Ok(Fired::Ran(Some(answer))) = trigger.fire(number(1)).await else {
            panic!("it did not fire");
        };
        let answer: Value = serde_json::from_slice(answer.as_bytes()).unwrap();
        assert_eq!(answer, json!({ "n": 2, "metadata": true }));
        assert_eq!(trigger.fire_void(number(1)).await, Ok(true));
        registered.unregister().await.unwrap();
        assert_eq!(unbound(&mut changes).await, trigger.id.as_str());
    })
    .await;
}

#[tokio::test]
async fn triggers_wait_for_their_provider_and_end_with_their_owner() {
    on_every_transport(async |stage| {
        let registered = stage.caller.register_trigger(tick(&json!({}))).await;
        assert_eq!(registered.unwrap().status(), TriggerStatus::Active);
        let mut changes = provide(&stage.worker).await;
        let trigger = bound(&mut changes).await;
        stage.caller.shutdown().await;
        assert_eq!(unbound(&mut changes).await, trigger.id.as_str());
    })
    .await;
}

#[tokio::test]
async fn a_providers_refusal_reaches_the_registrant() {
    on_every_transport(async |stage| {
        let _changes = provide(&stage.worker).await;
        let refused = stage.caller.register_trigger(tick(&json!("bad"))).await;
        let Err(RegisterError::Refused { code, message, .. }) = refused else {
            panic!(
                "expected a refusal, got {:?}",
                refused.map(|trigger| trigger.status())
            );
        };
        assert_eq!(
            (code.as_str(), message.as_str()),
            ("bad_config", "not like this")
        );
    })
    .await;
}

#[tokio::test]
async fn a_condition_decides() {
    on_every_transport(async |stage| {
        let mut changes = provide(&stage.worker).await;
        stage
            .caller
            .register_function("on::tick", on_tick())
            .await
            .unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let is_odd = RegisterFunction::new(move |n: u32, _: Context| {
            log.lock().push(n);
            async move { Ok::<_, HandlerError>(n % 2 == 1) }
        });
        stage
            .caller
            .register_function("is::odd", is_odd)
            .await
            .unwrap();
        let config = json!({ "condition_function_id": "is::odd" });
        stage.caller.register_trigger(tick(&config)).await.unwrap();
        let trigger = bound(&mut changes).await;
        assert!(matches!(trigger.fire(number(1)).await, Ok(Fired::Ran(_))));
        assert_eq!(trigger.fire(number(2)).await, Ok(Fired::Blocked));
        assert_eq!(trigger.fire_void(number(4)).await, Ok(false));
        assert_eq!(*asked.lock(), [1, 2, 4]);
        let missing = json!({ "condition_function_id": "is::nowhere" });
        stage.caller.register_trigger(tick(&missing)).await.unwrap();
        let trigger = bound(&mut changes).await;
        let error = trigger.fire(number(1)).await.unwrap_err();
        assert_eq!(error.code(), "function_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_trigger_type_of_another_worker_is_refused_aloud() {
    on_every_transport(async |stage| {
        let _queue = provide(&stage.worker).await;
        let listing: Value = stage
            .caller
            .trigger(TriggerRequest::new("engine::triggers::list", json!({})))
            .await
            .unwrap();
        let listed = listing["triggers"].as_array().unwrap().iter();
        // Once the registration has returned the type is in the catalog.
        assert_eq!(listed.filter(|kind| kind["id"] == "tick").count(), 1);
        let (changes, _queue) = mpsc::channel(1);
        let kind = RegisterTriggerType::new("tick", "somebody else's");
        let provider = Provider { changes };
        let taken = stage.caller.register_trigger_type(kind, provider).await;
        let Err(RegisterError::Refused { id, code, message }) = taken else {
            panic!("the type is the worker's");
        };
        assert_eq!((&*id, &*code), ("tick", "FUNCTION_NAMESPACE_CONFLICT"));
        assert!(
            message.contains("belongs to the worker `worker`"),
            "{message}"
        );
    })
    .await;
}
