//! Calls through the engine.

use crate::support::{echo, on_every_transport};
use iii_kit::serde_json::{Value, json};
use iii_kit::{
    Context, Error, HandlerError, Payload, RawTriggerRequest, RegisterError, RegisterFunction,
    TriggerAction, TriggerRequest, WorkerOptions, to_payload,
};
use iii_testkit::{PATIENCE, within};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

#[tokio::test]
async fn results_errors_and_misses_come_back() {
    on_every_transport(async |stage| {
        let divide = RegisterFunction::new(|(a, b): (u32, u32), _: Context| async move {
            a.checked_div(b)
                .ok_or_else(|| HandlerError::new("division_by_zero", "b is 0"))
        });
        let registered = stage.worker.register_function("math::divide", divide);
        let function = registered.await.unwrap();
        let divide = |a, b| TriggerRequest::new("math::divide", (a, b));
        assert_eq!(stage.caller.trigger(divide(6, 3)).await, Ok(2));
        let failed = stage.caller.trigger::<_, u32>(divide(6, 0)).await;
        assert_eq!(failed.unwrap_err().code(), "division_by_zero");
        let odd = Payload::parse(r#"{"b":1.50, "a":null}"#.into()).unwrap();
        stage
            .worker
            .register_function("echo", echo())
            .await
            .unwrap();
        let echoed = RawTriggerRequest::new("echo", Some(odd.clone()));
        assert_eq!(stage.caller.trigger_raw(echoed).await, Ok(Some(odd)));
        let absent = RawTriggerRequest::new("echo", None);
        assert_eq!(stage.caller.trigger_raw(absent).await, Ok(None));
        function.unregister().await.unwrap();
        // The next call of the same session finds the catalog changed.
        let missed = stage.worker.trigger::<_, u32>(divide(6, 3)).await;
        assert_eq!(missed.unwrap_err().code(), "function_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_handler_knows_its_caller_trace_and_metadata() {
    on_every_transport(async |stage| {
        let tell = RegisterFunction::new(|(): (), context: Context| async move {
            let metadata = context.metadata().map(|text| text.as_bytes().to_vec());
            let metadata = metadata.unwrap_or_default();
            let caller = context.caller().unwrap_or_default();
            Ok::<_, HandlerError>(json!({
                "caller": caller.worker_name,
                "trace": context.trace_id(),
                "metadata": String::from_utf8_lossy(&metadata),
                "attempt": context.attempt(),
                "message": context.message_id(),
                "queue": context.delivery().map(|delivery| delivery.queue.clone()),
                "bounded": context.deadline().is_some(),
            }))
        });
        stage.worker.register_function("tell", tell).await.unwrap();
        let request = TriggerRequest::new("tell", ()).metadata(&json!({ "m": 1 }));
        let told: Value = stage.caller.trigger(request).await.unwrap();
        assert_eq!(told["caller"], "caller");
        assert_eq!(told["trace"].as_str().unwrap().len(), 32);
        assert_eq!(told["metadata"], r#"{"m":1}"#);
        assert_eq!(told["attempt"], 1);
        assert!(told["message"].is_null() && told["queue"].is_null());
        assert_eq!(told["bounded"], true);

        let mut delivered = TriggerRequest::new("tell", ());
        delivered.attempt = Some(3);
        let delivery = json!({ "message_id": "m-1", "queue": "payments", "enqueued_at": 5 });
        delivered.delivery = Some(to_payload(&delivery).unwrap());
        let told: Value = stage.caller.trigger(delivered).await.unwrap();
        assert_eq!(told["attempt"], 3);
        assert_eq!(
            (&told["message"], &told["queue"]),
            (&json!("m-1"), &json!("payments"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_call_made_in_a_handler_says_which_handler() {
    on_every_transport(async |stage| {
        let tell = RegisterFunction::new(|(): (), context: Context| async move {
            let caller = context.caller().unwrap_or_default();
            Ok::<_, HandlerError>((caller.worker_name, caller.function_id, caller.invocation_id))
        });
        stage.worker.register_function("tell", tell).await.unwrap();
        let relay = RegisterFunction::new(|(): (), context: Context| async move {
            let own = context.invocation_id().to_string();
            let told: (Value, Value, Value) =
                context.trigger(TriggerRequest::new("tell", ())).await?;
            Ok::<_, HandlerError>((told, own))
        });
        stage
            .worker
            .register_function("relay", relay)
            .await
            .unwrap();
        let request = TriggerRequest::new("relay", ());
        let ((worker, function, invocation), own): ((Value, Value, Value), String) =
            stage.caller.trigger(request).await.unwrap();
        assert_eq!(worker, "worker");
        assert_eq!(function, "relay");
        assert_eq!(invocation, own.as_str());
    })
    .await;
}

/// A function that waits until it is cancelled and then says so.
fn patient(cancelled: &Arc<Notify>, started: &Arc<Notify>) -> RegisterFunction {
    let (cancelled, started) = (Arc::clone(cancelled), Arc::clone(started));
    RegisterFunction::raw(move |_, context: Context| {
        let (cancelled, started) = (Arc::clone(&cancelled), Arc::clone(&started));
        async move {
            started.notify_one();
            context.cancelled().cancelled().await;
            cancelled.notify_one();
            Ok::<Option<Payload>, HandlerError>(None)
        }
    })
}

#[tokio::test]
async fn a_late_call_ends_at_its_deadline_and_its_handler_is_told() {
    on_every_transport(async |stage| {
        let (cancelled, started) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let function = patient(&cancelled, &started);
        stage
            .worker
            .register_function("patient", function)
            .await
            .unwrap();
        let timeout = Duration::from_millis(50);
        let request = RawTriggerRequest::new("patient", None).timeout(timeout);
        let ended = stage.caller.trigger_raw(request).await.unwrap_err();
        assert_eq!(ended.code(), "TIMEOUT");
        assert!(matches!(ended, Error::Timeout { .. }), "{ended:?}");
        within("the cancellation", cancelled.notified()).await;
    })
    .await;
}

#[tokio::test]
async fn a_dropped_call_cancels_its_handler_across_workers() {
    on_every_transport(async |stage| {
        let (cancelled, started) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let function = patient(&cancelled, &started);
        stage
            .worker
            .register_function("patient", function)
            .await
            .unwrap();
        let call = stage
            .caller
            .trigger_raw(RawTriggerRequest::new("patient", None));
        tokio::select! {
            answer = call => panic!("nobody answered, yet there is {answer:?}"),
            () = within("the start of the handler", started.notified()) => {}
        }
        within("the cancellation", cancelled.notified()).await;
    })
    .await;
}

#[tokio::test]
async fn a_nested_call_ends_no_later_than_its_parent() {
    on_every_transport(async |stage| {
        let (cancelled, started) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let function = patient(&cancelled, &started);
        stage
            .worker
            .register_function("inner", function)
            .await
            .unwrap();
        let outer = RegisterFunction::raw(|_, context: Context| async move {
            let inner = RawTriggerRequest::new("inner", None).timeout(PATIENCE);
            context.trigger_raw(inner).await
        });
        stage
            .caller
            .register_function("outer", outer)
            .await
            .unwrap();
        let timeout = Duration::from_millis(100);
        let request = RawTriggerRequest::new("outer", None).timeout(timeout);
        let ended = stage.caller.trigger_raw(request).await;
        assert_eq!(ended.unwrap_err().code(), "TIMEOUT");
        within("the cancellation", cancelled.notified()).await;
    })
    .await;
}

#[tokio::test]
async fn void_calls_run_and_enqueue_needs_a_queue() {
    on_every_transport(async |stage| {
        let (ran, mut runs) = mpsc::channel(4);
        let note = RegisterFunction::new(move |n: u32, _: Context| {
            let ran = ran.clone();
            async move {
                ran.send(n)
                    .await
                    .map_err(|_| HandlerError::failed("nobody listens"))
            }
        });
        stage.worker.register_function("note", note).await.unwrap();
        let void = TriggerRequest::new("note", 7).void();
        stage.caller.trigger::<_, ()>(void).await.unwrap();
        assert_eq!(within("the void call", runs.recv()).await, Some(7));
        let queue = "mails".to_owned();
        let later = TriggerRequest::new("note", 8).action(TriggerAction::Enqueue { queue });
        let refused = stage.caller.trigger::<_, Value>(later).await.unwrap_err();
        assert!(matches!(refused, Error::Remote { .. }), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_vanishes_stops_its_calls() {
    on_every_transport(async |stage| {
        let (cancelled, started) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let function = patient(&cancelled, &started);
        stage
            .worker
            .register_function("patient", function)
            .await
            .unwrap();
        let call = stage
            .caller
            .trigger_raw(RawTriggerRequest::new("patient", None));
        let (ended, ()) = tokio::join!(call, async {
            within("the start of the handler", started.notified()).await;
            stage.worker.shutdown_within(Duration::ZERO).await;
        });
        let error = ended.unwrap_err();
        assert_eq!(error.code(), "invocation_stopped");
        assert!(error.is_retryable());
    })
    .await;
}

#[tokio::test]
async fn an_id_has_one_owner() {
    on_every_transport(async |stage| {
        stage
            .worker
            .register_function("mine", echo())
            .await
            .unwrap();
        let taken = stage.caller.register_function("mine", echo()).await;
        let Err(RegisterError::Refused { code, .. }) = taken else {
            panic!("expected a refusal");
        };
        assert_eq!(code, "FUNCTION_NAMESPACE_CONFLICT");
        let still = RawTriggerRequest::new("mine", None);
        assert_eq!(stage.caller.trigger_raw(still).await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn a_namespace_keeps_functions_apart() {
    on_every_transport(async |stage| {
        let worker = WorkerOptions::new("eu-worker").namespace("eu");
        let options = iii_kit::ClientOptions::new(worker);
        let client = iii_kit::Client::connect(stage.engine.ws_dial(None), options);
        client
            .register_function("only::here", echo())
            .await
            .unwrap();
        let here = RawTriggerRequest::new("only::here", None);
        assert_eq!(client.trigger_raw(here.clone()).await, Ok(None));
        let missed = stage.caller.trigger_raw(here.clone()).await.unwrap_err();
        assert_eq!(missed.code(), "function_not_found");
        assert_eq!(
            stage.caller.trigger_raw(here.namespace("eu")).await,
            Ok(None)
        );
        client.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn draining_hands_over_without_losing_a_call() {
    on_every_transport(async |stage| {
        let (started, mut starts) = mpsc::channel(64);
        let slow = RegisterFunction::new(move |n: u32, _: Context| {
            let started = started.clone();
            async move {
                let _ = started.send(n).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, HandlerError>(n)
            }
        });
        stage.worker.register_function("slow", slow).await.unwrap();
        let calls = async {
            let call = |n| {
                let call = TriggerRequest::new("slow", n);
                Box::pin(stage.caller.trigger::<_, u32>(call))
            };
            tokio::join!(call(1), call(2), call(3))
        };
        let (answers, ()) = tokio::join!(calls, async {
            for _ in 0..3 {
                within("the start of a call", starts.recv()).await;
            }
            assert!(stage.worker.drain(PATIENCE).await);
            stage.worker.shutdown().await;
        });
        assert_eq!(answers, (Ok(1), Ok(2), Ok(3)));
    })
    .await;
}
