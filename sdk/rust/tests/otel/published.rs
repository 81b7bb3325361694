//! Spans of the published names are made by the provider too.

use super::support::{are_a_line, attribute, call, end, provider, spans, stage, whereabouts};
use iii_kit::opentelemetry::trace::{SpanKind as ApiKind, Status, TraceId};
use iii_kit::published::iii_helpers::observability::{
    SpanKind, capture_otel_context, current_trace_id, run_in_span, run_with_baggage,
    set_current_span_attribute, with_span,
};
use tokio::task::yield_now;

fn trace_of(text: &str) -> TraceId {
    TraceId::from_hex(text).unwrap()
}

#[tokio::test]
async fn a_span_around_work_carries_into_calls() {
    provider();
    let (engine, worker, caller) = stage().await;
    worker
        .register_function("old::where", whereabouts())
        .await
        .unwrap();
    let given = "00-1bf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let settle = with_span("settle", Some(given), Some(SpanKind::Consumer), || async {
        yield_now().await;
        set_current_span_attribute("lines", "3");
        let answer = run_in_span("step", None, || {
            caller.trigger::<_, String>(call("old::where"))
        });
        let text = answer.await?;
        Err::<(), _>(text.into())
    });
    let text = Box::pin(settle).await.unwrap_err().to_string();
    let trace = "1bf7651916cd43dd8448eb211c80319c";
    assert!(text.contains(trace), "{text}");
    let spans = spans(trace_of(trace));
    are_a_line(
        &spans,
        &["settle", "step", "call old::where", "execute old::where"],
    );
    let settle = &spans["settle"];
    assert_eq!(settle.parent_span_id.to_string(), "b7ad6b7169203331");
    assert_eq!(settle.span_kind, ApiKind::Consumer);
    assert_eq!(attribute(settle, "lines"), Some("3".into()));
    assert_eq!(settle.status, Status::error(text));
    end(engine, [caller, worker]).await;
}

#[tokio::test]
async fn captured_spans_and_baggage_go_along() {
    provider();
    let (captured, id) = run_in_span("capturing", None, || async {
        let captured = run_with_baggage(&[("tenant", "a")], async { capture_otel_context() });
        (captured.await, current_trace_id())
    })
    .await;
    let found = tokio::spawn(captured.attach(async { current_trace_id() }));
    assert_eq!(found.await.unwrap(), id);
    assert!(spans(trace_of(&id.unwrap())).contains_key("capturing"));
}
