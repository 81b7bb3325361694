//! Registrations and their acknowledgements.

use crate::support::{Engine, FEATURE, json, within};
use iii_kit::serde_json::json as value;
use iii_kit::{
    Context, HandlerError, RegisterError, RegisterFunction, RegisterTriggerInput, TriggerStatus,
};
use iii_protocol::{Message, RegistrationRejected, TriggerRegistrationResult};
use std::time::Duration;

fn double() -> RegisterFunction {
    RegisterFunction::new(|n: u32, _: Context| async move { Ok::<_, HandlerError>(n * 2) })
}

fn http(function_id: &str) -> RegisterTriggerInput {
    RegisterTriggerInput::new("http", function_id, &value!({ "api_path": "/double" }))
}

#[tokio::test(start_paused = true)]
async fn the_worker_introduces_itself_first() {
    let engine = Engine::new();
    let _client = engine.client();
    let mut peer = engine.accept().await;
    peer.greet(&[FEATURE]).await;
    let data = peer.introduction().await;
    assert_eq!(data["runtime"], "rust");
    assert_eq!(data["name"], "tester");
    assert_eq!(data["pid"], std::process::id());
    assert_eq!(data["namespace"], value!(null));
    assert_eq!(data["features"], value!([FEATURE]));
}

#[tokio::test(start_paused = true)]
async fn a_registration_waits_for_its_acknowledgement() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let function = double()
        .description("twice")
        .timeout(Duration::from_secs(5))
        .exclusive();
    let mut registering = Box::pin(client.register_function("math::double", function));
    let announced = tokio::select! {
        message = peer.receive() => message,
        _ = &mut registering => panic!("it resolved before the engine knew"),
    };
    let Message::RegisterFunction(announced) = announced else {
        panic!("expected a registration");
    };
    assert_eq!(announced.id, "math::double");
    assert_eq!(announced.description.as_deref(), Some("twice"));
    assert_eq!(announced.timeout_ms, Some(5000));
    assert!(announced.exclusive);
    let schema = announced.request_format.unwrap();
    let schema: serde_json::Value = serde_json::from_slice(schema.as_bytes()).unwrap();
    assert_eq!(schema["type"], "integer");
    let acknowledged = iii_protocol::FunctionRegistered {
        id: "math::double".into(),
        namespace: "default".into(),
    };
    peer.send(Message::FunctionRegistered(acknowledged)).await;
    assert_eq!(within(registering).await.unwrap().id(), "math::double");
}

#[tokio::test(start_paused = true)]
async fn engines_without_acknowledgements_are_taken_at_their_word() {
    let engine = Engine::new();
    let client = engine.client();
    let mut peer = engine.accept().await;
    peer.greet(&[]).await;
    peer.introduction().await;
    within(client.register_function("math::double", double()))
        .await
        .unwrap();
    let trigger = within(client.register_trigger(http("math::double"))).await;
    assert_eq!(trigger.unwrap().status(), TriggerStatus::Active);
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_is_never_acknowledged_fails_and_is_taken_back() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let failed = client.register_function("math::double", double()).await;
    assert!(matches!(failed, Err(RegisterError::Timeout { .. })));
    assert!(matches!(peer.receive().await, Message::RegisterFunction(_)));
    assert!(matches!(
        peer.receive().await,
        Message::UnregisterFunction(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn a_taken_id_fails_that_registration_only() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let rejected = RegistrationRejected {
        code: "FUNCTION_NAMESPACE_CONFLICT".into(),
        namespace: "default".into(),
        worker_name: None,
        function_id: Some("math::double".into()),
        trigger_type: None,
        owner_worker_id: "other".into(),
        message: None,
    };
    let (failed, ()) = tokio::join!(client.register_function("math::double", double()), async {
        peer.receive().await;
        peer.send(Message::RegistrationRejected(Box::new(rejected)))
            .await;
    });
    let Err(RegisterError::Refused { code, message, .. }) = failed else {
        panic!("expected a refusal");
    };
    assert_eq!(code, "FUNCTION_NAMESPACE_CONFLICT");
    assert!(message.contains("`math::double` is taken"), "{message}");
    let (registered, _) = tokio::join!(
        client.register_function("math::double", double()),
        peer.accept_function(),
    );
    registered.unwrap();
}

#[tokio::test(start_paused = true)]
async fn bad_and_double_ids_are_refused_here() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    for id in [String::new(), " ".to_owned(), "x".repeat(5000)] {
        let failed = client.register_function(id, double()).await;
        assert!(matches!(failed, Err(RegisterError::BadId { .. })));
    }
    let (first, _) = tokio::join!(
        client.register_function("math::double", double()),
        peer.accept_function(),
    );
    let second = client.register_function("math::double", double()).await;
    assert!(matches!(second, Err(RegisterError::Duplicate { .. })));
    first.unwrap().unregister().await.unwrap();
    assert!(matches!(
        peer.receive().await,
        Message::UnregisterFunction(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn a_trigger_is_active_once_its_provider_serves_it() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let (trigger, ()) = tokio::join!(client.register_trigger(http("math::double")), async {
        let Message::RegisterTrigger(trigger) = peer.receive().await else {
            panic!("expected a trigger");
        };
        assert_eq!(trigger.config, json(r#"{"api_path":"/double"}"#));
        let answer = TriggerRegistrationResult {
            id: trigger.id,
            trigger_type: trigger.trigger_type,
            function_id: None,
            error: None,
        };
        peer.send(Message::TriggerRegistrationResult(Box::new(answer)))
            .await;
    });
    let trigger = trigger.unwrap();
    assert_eq!(trigger.status(), TriggerStatus::Active);
    trigger.unregister().await.unwrap();
    let Message::UnregisterTrigger(unregistered) = peer.receive().await else {
        panic!("expected the end of the trigger");
    };
    assert_eq!(unregistered.id, trigger.id());
    assert_eq!(unregistered.trigger_type.as_deref(), Some("http"));
}

#[tokio::test(start_paused = true)]
async fn a_trigger_whose_provider_does_not_answer_waits() {
    let engine = Engine::new();
    let (client, _peer) = engine.connected().await;
    let trigger = client.register_trigger(http("math::double")).await.unwrap();
    assert_eq!(trigger.status(), TriggerStatus::Waiting);
}

#[tokio::test(start_paused = true)]
async fn a_refused_trigger_tells_the_providers_reason() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let (refused, ()) = tokio::join!(client.register_trigger(http("math::double")), async {
        let Message::RegisterTrigger(trigger) = peer.receive().await else {
            panic!("expected a trigger");
        };
        let answer = TriggerRegistrationResult {
            id: trigger.id,
            trigger_type: trigger.trigger_type,
            function_id: None,
            error: Some(json(r#"{"code":"route_taken","message":"no"}"#)),
        };
        peer.send(Message::TriggerRegistrationResult(Box::new(answer)))
            .await;
    });
    let Err(RegisterError::Refused { code, .. }) = refused else {
        panic!("expected a refusal");
    };
    assert_eq!(code, "route_taken");
    assert!(matches!(
        peer.receive().await,
        Message::UnregisterTrigger(_)
    ));
}
