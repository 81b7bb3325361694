//! What spans say: the same in every language.

use super::support::{attribute, call, end, request, spans, stage, whereabouts};
use iii_kit::opentelemetry::context::FutureExt;
use iii_kit::opentelemetry::trace::{SpanKind, Status};
use iii_kit::{Context, HandlerError, RegisterFunction, TriggerRequest};
use iii_kit::{Error, serde_json::Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

#[tokio::test]
async fn spans_say_which_function_and_invocation() {
    let (engine, worker, caller) = stage().await;
    worker
        .register_function("shape::echo", whereabouts())
        .await
        .unwrap();
    let (context, identity) = request("request");
    let mut again: TriggerRequest<()> = call("shape::echo");
    again.attempt = Some(3);
    let _: String = caller.trigger(again).with_context(context).await.unwrap();
    let spans = spans(identity.trace_id());
    let (asked, executed) = (&spans["call shape::echo"], &spans["execute shape::echo"]);
    assert_eq!(asked.span_kind, SpanKind::Client);
    assert_eq!(executed.span_kind, SpanKind::Server);
    assert_eq!(asked.instrumentation_scope.name(), "iii-kit");
    assert_eq!(
        (&asked.status, &executed.status),
        (&Status::Unset, &Status::Unset)
    );
    for span in [asked, executed] {
        assert_eq!(
            attribute(span, "iii.function.id"),
            Some("shape::echo".into())
        );
    }
    assert!(attribute(executed, "iii.invocation.id").is_some());
    assert_eq!(attribute(executed, "iii.attempt"), Some(3.into()));
    assert!(executed.parent_span_is_remote);
    end(engine, [caller, worker]).await;
}

#[tokio::test]
async fn a_call_that_waits_for_nothing_produces() {
    let (engine, worker, caller) = stage().await;
    let (ran, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let told = Arc::clone(&ran);
    let notes = RegisterFunction::new(move |(): (), _: Context| {
        let told = Arc::clone(&told);
        async move {
            told.notify_one();
            Ok::<_, HandlerError>(())
        }
    });
    worker
        .register_function("shape::notes", notes)
        .await
        .unwrap();
    let (context, identity) = request("request");
    let void = caller.trigger::<_, Value>(call("shape::notes").void());
    void.with_context(context).await.unwrap();
    ran.notified().await;
    done.notify_one();
    let spans = spans(identity.trace_id());
    assert_eq!(spans["call shape::notes"].span_kind, SpanKind::Producer);
    end(engine, [caller, worker]).await;
}

#[tokio::test]
async fn spans_say_how_it_failed() {
    let (engine, worker, caller) = stage().await;
    let fails = RegisterFunction::new(|(): (), _: Context| async move {
        Err::<(), _>(HandlerError::new("out_of_stock", "no bolts left"))
    });
    worker
        .register_function("shape::fails", fails)
        .await
        .unwrap();
    let (context, identity) = request("request");
    let failed = caller.trigger::<_, ()>(call("shape::fails"));
    let failed = failed.with_context(context).await.unwrap_err();
    assert_eq!(failed.code(), "out_of_stock");
    let spans = spans(identity.trace_id());
    for name in ["call shape::fails", "execute shape::fails"] {
        let span = &spans[name];
        assert_eq!(span.status, Status::error("no bolts left"), "{name}");
        assert_eq!(attribute(span, "error.type"), Some("out_of_stock".into()));
        assert_eq!(span.events.iter().count(), 1);
        assert_eq!(span.events.iter().next().unwrap().name, "exception");
    }
    end(engine, [caller, worker]).await;
}

#[tokio::test]
async fn a_call_that_was_given_up_says_so() {
    let (engine, worker, caller) = stage().await;
    let began = Arc::new(Notify::new());
    let told = Arc::clone(&began);
    let hangs = RegisterFunction::new(move |(): (), context: Context| {
        let told = Arc::clone(&told);
        async move {
            told.notify_one();
            context.cancelled().cancelled().await;
            Ok::<_, HandlerError>(())
        }
    });
    worker
        .register_function("shape::hangs", hangs)
        .await
        .unwrap();
    let (context, identity) = request("request");
    let hanging = caller.trigger::<_, ()>(call("shape::hangs"));
    let mut hanging = Box::pin(hanging.with_context(context.clone()));
    tokio::select! {
        _ = &mut hanging => panic!("nobody answers"),
        () = began.notified() => {}
    }
    drop(hanging);
    let given_up = &spans(identity.trace_id())["call shape::hangs"];
    assert_eq!(attribute(given_up, "error.type"), Some("cancelled".into()));

    let late = call("shape::hangs").timeout(Duration::from_millis(20));
    let late = caller.trigger::<_, ()>(late).with_context(context).await;
    assert!(matches!(late, Err(Error::Timeout { .. })), "{late:?}");
    let late = &spans(identity.trace_id())["call shape::hangs"];
    assert_eq!(attribute(late, "error.type"), Some("TIMEOUT".into()));
    end(engine, [caller, worker]).await;
}
