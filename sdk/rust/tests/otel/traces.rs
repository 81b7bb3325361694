//! One trace, whatever lies between its parts.

use super::support::{are_a_line, call, end, request, spans, stage, whereabouts};
use iii_kit::opentelemetry::baggage::BaggageExt;
use iii_kit::opentelemetry::context::FutureExt;
use iii_kit::opentelemetry::trace::{TraceContextExt, Tracer};
use iii_kit::opentelemetry::{Context as OtelContext, KeyValue, global};
use iii_kit::{Client, Context, HandlerError, RegisterFunction};
use tokio::task::yield_now;

/// Something is instrumented without knowing of us, and goes on later.
async fn library<T>(work: impl Future<Output = T>) -> T {
    yield_now().await;
    let span = global::tracer("library").start("library work");
    work.with_context(OtelContext::current_with_span(span))
        .await
}

fn tenant() -> Option<String> {
    let context = OtelContext::current();
    context.baggage().get("tenant").map(ToString::to_string)
}

/// Calls `inner` through a library, after an asynchronous gap.
fn outer(client: &Client) -> RegisterFunction {
    let client = client.clone();
    RegisterFunction::new(move |(): (), context: Context| {
        let client = client.clone();
        async move {
            yield_now().await;
            let inner = library(client.trigger::<_, (String, String)>(call("otel::inner")));
            let (trace, tenant) = inner.await?;
            yield_now().await;
            assert_eq!(context.trace_id(), Some(trace.as_str()));
            Ok::<_, HandlerError>((trace, tenant))
        }
    })
}

fn inner() -> RegisterFunction {
    RegisterFunction::new(|(): (), context: Context| async move {
        yield_now().await;
        let trace = context.trace_id().unwrap_or_default().to_owned();
        Ok::<_, HandlerError>((trace, tenant().unwrap_or_default()))
    })
}

#[tokio::test]
async fn calls_handlers_and_libraries_share_one_trace() {
    let (engine, worker, caller) = stage().await;
    worker
        .register_function("otel::outer", outer(&worker))
        .await
        .unwrap();
    worker
        .register_function("otel::inner", inner())
        .await
        .unwrap();
    let (context, identity) = request("request");
    let context = context.with_baggage([KeyValue::new("tenant", "a b, c")]);
    let answer = caller.trigger::<_, (String, String)>(call("otel::outer"));
    let (trace, tenant) = answer.with_context(context.clone()).await.unwrap();
    context.span().end();
    assert_eq!(trace, identity.trace_id().to_string());
    assert_eq!(tenant, "a b, c");
    let line = [
        "request",
        "call otel::outer",
        "execute otel::outer",
        "library work",
        "call otel::inner",
        "execute otel::inner",
    ];
    let spans = spans(identity.trace_id());
    assert_eq!(spans.len(), line.len(), "{:?}", spans.keys());
    are_a_line(&spans, &line);
    end(engine, [caller, worker]).await;
}

#[tokio::test]
async fn without_a_span_around_it_a_call_begins_a_trace() {
    let (engine, worker, caller) = stage().await;
    worker
        .register_function("otel::root", whereabouts())
        .await
        .unwrap();
    super::support::provider();
    let text: String = caller.trigger(call("otel::root")).await.unwrap();
    let context = iii_kit::TraceContext {
        traceparent: Some(text.as_str().into()),
        ..iii_kit::TraceContext::default()
    };
    let trace = u128::from_str_radix(iii_kit::trace_id(&context).unwrap(), 16).unwrap();
    let spans = spans(trace.into());
    are_a_line(&spans, &["call otel::root", "execute otel::root"]);
    let root = &spans["call otel::root"];
    assert_eq!(root.parent_span_id.to_string(), "0".repeat(16));
    let execute = spans["execute otel::root"].span_context.span_id();
    assert!(text.contains(&format!("-{execute}-01")), "{text}");
    end(engine, [caller, worker]).await;
}

/// A task that a handler spawns is in the trace when its context goes along, or when it calls
/// through the handler's.
#[tokio::test]
async fn spawned_tasks_take_their_context_along() {
    let (engine, worker, caller) = stage().await;
    worker
        .register_function("otel::where", whereabouts())
        .await
        .unwrap();
    let client = worker.clone();
    let spawns = RegisterFunction::new(move |(): (), context: Context| {
        let (client, through) = (client.clone(), context);
        async move {
            let kept = async move { client.trigger::<_, String>(call("otel::where")).await };
            let kept = tokio::spawn(kept.with_current_context());
            let through = async move { through.trigger::<_, String>(call("otel::where")).await };
            let through = tokio::spawn(through);
            let kept = kept.await.unwrap()?;
            let through = through.await.unwrap()?;
            Ok::<_, HandlerError>((kept, through))
        }
    });
    worker
        .register_function("otel::spawns", spawns)
        .await
        .unwrap();
    let (context, identity) = request("request");
    let answer = caller.trigger::<_, (String, String)>(call("otel::spawns"));
    let (kept, through) = answer.with_context(context).await.unwrap();
    let trace = format!("00-{}-", identity.trace_id());
    assert!(
        kept.starts_with(&trace) && through.starts_with(&trace),
        "{kept} {through}"
    );
    assert_ne!(kept, through);
    end(engine, [caller, worker]).await;
}

/// What the sampler left out is left out further on, and still one trace.
#[tokio::test]
async fn an_unsampled_trace_is_carried_and_not_recorded() {
    let (engine, worker, caller) = stage().await;
    worker
        .register_function("otel::where", whereabouts())
        .await
        .unwrap();
    super::support::provider();
    let mut request = call("otel::where");
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    request.trace = Some(iii_kit::TraceContext {
        traceparent: Some(parent.into()),
        tracestate: Some("vendor=1".into()),
        baggage: None,
    });
    let text: String = caller.trigger(request).await.unwrap();
    assert!(
        text.starts_with("00-0af7651916cd43dd8448eb211c80319c-"),
        "{text}"
    );
    assert!(
        text.ends_with("-00") && !text.contains("b7ad6b7169203331"),
        "{text}"
    );
    let trace = u128::from_str_radix("0af7651916cd43dd8448eb211c80319c", 16).unwrap();
    assert!(spans(trace.into()).is_empty());
    end(engine, [caller, worker]).await;
}
