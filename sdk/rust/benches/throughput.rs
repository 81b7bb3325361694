//! What the SDK costs per call, 64 in flight, over the in-process transport and on one thread. The
//! engine's part is played by a loop that only answers.
#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot run has nothing to say"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use iii_kit::{
    BoxFuture, Client, ClientOptions, Context, Dial, DialError, HandlerError, InvocationId,
    RawTriggerRequest, RegisterFunction, WorkerOptions,
};
use iii_protocol::{InvocationResult, InvokeFunction, Message, WorkerRegistered};
use iii_transport::memory::{Limits, MemoryConnection, pair};
use iii_transport::{ChannelEnd, Connection, Direction, Inbound, flush, receive};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinSet, yield_now};

const IN_FLIGHT: u64 = 64;
const BATCH: usize = 256;

struct OneConnection(Mutex<Option<MemoryConnection>>);

impl Dial for OneConnection {
    fn dial(&self) -> BoxFuture<'_, Result<Box<dyn Connection>, DialError>> {
        Box::pin(async {
            let connection = self.0.lock().await.take().unwrap();
            Ok(Box::new(connection) as Box<dyn Connection>)
        })
    }

    fn dial_channel<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: Direction,
    ) -> BoxFuture<'a, Result<Box<dyn ChannelEnd>, DialError>> {
        Box::pin(std::future::pending())
    }

    fn address(&self) -> &'static str {
        "memory:bench"
    }
}

/// A greeted client and the engine's end of its connection.
async fn connected() -> (Client, MemoryConnection) {
    let (ours, mut theirs) = pair(Limits::default());
    let dial = Arc::new(OneConnection(Mutex::new(Some(ours))));
    let client = Client::connect(dial, ClientOptions::new(WorkerOptions::new("bench")));
    theirs.send(&Message::WorkerRegistered(Box::new(WorkerRegistered {
        worker_id: "w".into(),
        reattach_token: None,
        features: Vec::new(),
        channel_secret: None,
    })));
    flush(&mut theirs).await.unwrap();
    client.wait_connected().await.unwrap();
    (client, theirs)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// The worker runs functions: an invocation in, a result out.
fn invoked(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("invoked");
    group.throughput(Throughput::Elements(IN_FLIGHT));
    let at_once =
        RegisterFunction::raw(|input, _: Context| async move { Ok::<_, HandlerError>(input) });
    let typed =
        RegisterFunction::new(|n: u64, _: Context| async move { Ok::<_, HandlerError>(n + 1) });
    let waits = RegisterFunction::raw(|input, _: Context| async move {
        yield_now().await;
        Ok::<_, HandlerError>(input)
    });
    for (name, function) in [("at once", at_once), ("typed", typed), ("waits", waits)] {
        let runtime = runtime();
        let (client, mut engine) = runtime.block_on(async {
            let (client, engine) = connected().await;
            client
                .register_function("bench::f", function)
                .await
                .unwrap();
            (client, engine)
        });
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(exchange(&mut engine)));
        });
        runtime.block_on(client.shutdown());
    }
    group.finish();
}

async fn exchange(engine: &mut MemoryConnection) {
    for number in 0..IN_FLIGHT {
        engine.send(&Message::InvokeFunction(InvokeFunction {
            invocation_id: Some(InvocationId::from_u128(u128::from(number))),
            function_id: "bench::f".into(),
            data: Some(iii_kit::to_payload(&number).unwrap()),
            timeout_ms: Some(30_000),
            ..InvokeFunction::default()
        }));
    }
    flush(engine).await.unwrap();
    let (mut answered, mut inbound) = (0, Vec::new());
    while answered < IN_FLIGHT {
        receive(engine, &mut inbound, BATCH).await.unwrap();
        for item in inbound.drain(..) {
            answered += u64::from(matches!(
                item,
                Inbound::Message(Message::InvocationResult(_))
            ));
        }
    }
}

/// The worker calls functions: a call out, a result in.
fn calling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calling");
    group.throughput(Throughput::Elements(IN_FLIGHT));
    let runtime = runtime();
    let mut tasks = JoinSet::new();
    let (client, todo) = runtime.block_on(async {
        let (client, engine) = connected().await;
        tasks.spawn(answer_all(engine));
        let (todo, orders) = mpsc::channel(1);
        tasks.spawn(call_all(client.clone(), orders));
        (client, todo)
    });
    group.bench_function("raw", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let (done, is_done) = tokio::sync::oneshot::channel();
                todo.send(done).await.unwrap();
                is_done.await.unwrap();
            });
        });
    });
    group.finish();
    runtime.block_on(client.shutdown());
}

async fn call_all(client: Client, mut orders: mpsc::Receiver<tokio::sync::oneshot::Sender<()>>) {
    let payload = iii_kit::to_payload(&"x".repeat(64)).unwrap();
    while let Some(done) = orders.recv().await {
        let mut calls = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let request = RawTriggerRequest::new("bench::f", Some(payload.clone()));
            calls.spawn(client.trigger_raw(request));
        }
        while let Some(answer) = calls.join_next().await {
            answer.unwrap().unwrap();
        }
        let _ = done.send(());
    }
}

async fn answer_all(mut engine: MemoryConnection) {
    let mut inbound = Vec::new();
    while receive(&mut engine, &mut inbound, BATCH).await.is_ok() {
        for item in inbound.drain(..) {
            if let Inbound::Message(Message::InvokeFunction(call)) = item
                && let Some(invocation_id) = call.invocation_id
            {
                engine.send(&Message::InvocationResult(InvocationResult {
                    invocation_id,
                    result: call.data,
                    ..InvocationResult::default()
                }));
            }
        }
        if flush(&mut engine).await.is_err() {
            return;
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = invoked, calling
}
criterion_main!(benches);
