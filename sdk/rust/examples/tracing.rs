//! Traces: a call, its handler and what the handler does are one trace, seen by the tracer provider
//! that the program installs.
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use iii_kit::opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use iii_kit::opentelemetry::{Context as OtelContext, global};
use iii_kit::{
    Context, DEFAULT_ENGINE_URL, HandlerError, InitOptions, RegisterFunction, TriggerRequest,
    register_worker,
};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use std::error::Error;

async fn charge(amount: u32, _: Context) -> Result<u32, HandlerError> {
    let asking = global::tracer("bank").start("ask the bank");
    let asking = OtelContext::current_with_span(asking);
    Ok(async move { amount + 1 }.with_context(asking).await)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A program exports to a collector; this one keeps its spans.
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone());
    global::set_tracer_provider(provider.build());

    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or(DEFAULT_ENGINE_URL);
    let iii = register_worker(address, InitOptions::new("payments"))?;
    let function = RegisterFunction::new(charge);
    iii.register_function("payments::charge", function).await?;
    let call = TriggerRequest::new("payments::charge", 41);
    let charged: u32 = iii.trigger(call).await?;
    println!("{charged}");
    iii.shutdown().await;
    for span in spans.get_finished_spans()? {
        println!("{:?} {}", span.span_kind, span.name);
    }
    Ok(())
}
