//! Without a tracer provider: contexts are carried, and no span is invented.

use crate::support::on_every_transport;
use iii_kit::opentelemetry::baggage::BaggageExt;
use iii_kit::opentelemetry::context::FutureExt;
use iii_kit::opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use iii_kit::opentelemetry::{Context as OtelContext, KeyValue};
use iii_kit::{Context, HandlerError, RegisterFunction, TraceContext, TriggerRequest};
use tokio::task::yield_now;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";

fn call(function_id: &'static str) -> TriggerRequest<()> {
    TriggerRequest::new(function_id, ())
}

/// Answers with the texts it was called with, and with what OpenTelemetry says.
fn tells() -> RegisterFunction {
    RegisterFunction::new(|(): (), context: Context| async move {
        yield_now().await;
        let here = OtelContext::current();
        let span = here.span().span_context().clone();
        assert!(span.is_remote());
        let TraceContext {
            traceparent,
            tracestate,
            baggage,
        } = context.trace().clone();
        let texts = [traceparent, tracestate, baggage];
        let texts = texts.map(|text| text.unwrap_or_default().to_string());
        let known = format!("{}-{}", span.trace_id(), span.span_id());
        let tenant = here.baggage().get("tenant").map(ToString::to_string);
        Ok::<_, HandlerError>((texts, known, tenant))
    })
}

type Told = ([String; 3], String, Option<String>);

#[tokio::test]
async fn texts_pass_through_handlers_as_they_are() {
    on_every_transport(async |stage| {
        let worker = stage.worker.clone();
        let passes = RegisterFunction::new(move |(): (), _: Context| {
            let worker = worker.clone();
            async move {
                yield_now().await;
                let told: Told = worker.trigger(call("trace::tells")).await?;
                Ok::<_, HandlerError>(told)
            }
        });
        let worker = &stage.worker;
        worker
            .register_function("trace::tells", tells())
            .await
            .unwrap();
        worker
            .register_function("trace::passes", passes)
            .await
            .unwrap();
        let baggage = "tenant=a%20b;p=1,other=%7e";
        let request = call("trace::passes").trace(TraceContext {
            traceparent: Some(PARENT.into()),
            tracestate: Some("v=1".into()),
            baggage: Some(baggage.into()),
        });
        let (texts, known, tenant): Told = stage.caller.trigger(request).await.unwrap();
        assert_eq!(texts, [PARENT, "v=1", baggage]);
        assert_eq!(known, format!("{TRACE}-b7ad6b7169203331"));
        assert_eq!(tenant.as_deref(), Some("a b"));
    })
    .await;
}

#[tokio::test]
async fn a_call_takes_the_context_it_is_made_in() {
    on_every_transport(async |stage| {
        let worker = &stage.worker;
        worker
            .register_function("trace::tells", tells())
            .await
            .unwrap();
        let span = SpanContext::new(
            TraceId::from_hex(TRACE).unwrap(),
            SpanId::from_hex("b7ad6b7169203331").unwrap(),
            TraceFlags::SAMPLED,
            false,
            "v=2".parse::<TraceState>().unwrap(),
        );
        let here = OtelContext::new().with_remote_span_context(span);
        let tenant = KeyValue::new("tenant", "c");
        let here = here.with_baggage([tenant.clone()]);
        let called = stage.caller.trigger::<_, Told>(call("trace::tells"));
        let (texts, ..) = called.with_context(here).await.unwrap();
        let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
        assert_eq!(texts, [&parent, "v=2", "tenant=c"]);

        // Baggage alone is carried as well, with a trace that begins there.
        let alone = OtelContext::new().with_baggage([tenant]);
        let called = stage.caller.trigger::<_, Told>(call("trace::tells"));
        let (texts, _, tenant) = called.with_context(alone).await.unwrap();
        assert_eq!(
            (texts[2].as_str(), tenant.as_deref()),
            ("tenant=c", Some("c"))
        );
        assert_eq!(texts[0].len(), PARENT.len());
    })
    .await;
}
