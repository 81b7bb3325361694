//! Programs that use `tracing` and its bridge: the context of a span that is entered is current.

use super::support::{are_a_line, call, end, provider, spans, stage, whereabouts};
use iii_kit::opentelemetry::Context as OtelContext;
use iii_kit::opentelemetry::trace::{TraceContextExt, TracerProvider};
use iii_kit::{Client, Context, HandlerError, RegisterFunction};
use tokio::task::yield_now;
use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;

fn calls_inside_a_span(client: &Client) -> RegisterFunction {
    let client = client.clone();
    RegisterFunction::new(move |(): (), _: Context| {
        let client = client.clone();
        let work = async move {
            yield_now().await;
            client.trigger::<_, String>(call("bridge::inner")).await
        };
        async move {
            yield_now().await;
            let text = work.instrument(tracing::info_span!("validate")).await?;
            Ok::<_, HandlerError>(text)
        }
    })
}

#[tokio::test]
async fn spans_of_tracing_are_part_of_the_trace() {
    let bridge = tracing_opentelemetry::layer().with_tracer(provider().tracer("bridge"));
    let subscriber = tracing_subscriber::registry().with(bridge);
    let _current = tracing::subscriber::set_default(subscriber);
    let (engine, worker, caller) = stage().await;
    let outer = calls_inside_a_span(&worker);
    worker
        .register_function("bridge::outer", outer)
        .await
        .unwrap();
    worker
        .register_function("bridge::inner", whereabouts())
        .await
        .unwrap();
    let root = tracing::info_span!("request");
    let answer = async {
        let trace = OtelContext::current().span().span_context().trace_id();
        let text = caller
            .trigger::<_, String>(call("bridge::outer"))
            .await
            .unwrap();
        (trace, text)
    };
    let (trace, text) = answer.instrument(root).await;
    assert!(text.contains(&trace.to_string()), "{text}");
    let line = [
        "request",
        "call bridge::outer",
        "execute bridge::outer",
        "validate",
        "call bridge::inner",
        "execute bridge::inner",
    ];
    are_a_line(&spans(trace), &line);
    end(engine, [caller, worker]).await;
}
