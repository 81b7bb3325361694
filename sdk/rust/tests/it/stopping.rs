//! Drain, shutdown, and workers as components.

use crate::support::{Engine, Peer, json};
use iii_kit::{
    BoxFuture, Client, ClientOptions, ConnectionState, Context, Error, HandlerError, Payload,
    RawTriggerRequest, RegisterError, RegisterFunction, Running, StartError, Worker, WorkerOptions,
    attach,
};
use iii_protocol::Message;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

fn gated(gate: &Arc<Semaphore>) -> RegisterFunction {
    let gate = Arc::clone(gate);
    RegisterFunction::raw(move |input, _: Context| {
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.unwrap().forget();
            Ok::<_, HandlerError>(input)
        }
    })
}

async fn offer(client: &Client, peer: &mut Peer, id: &str, function: RegisterFunction) {
    let (registered, _) = tokio::join!(
        client.register_function(id, function),
        peer.accept_function()
    );
    registered.unwrap();
}

#[tokio::test(start_paused = true)]
async fn draining_lets_running_invocations_finish() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let gate = Arc::new(Semaphore::new(0));
    offer(&client, &mut peer, "gated", gated(&gate)).await;
    peer.call(1, "gated", "1").await;
    let (drained, ()) = tokio::join!(client.drain(Duration::from_secs(60)), async {
        assert!(matches!(peer.receive().await, Message::Drain(_)));
        let barrier = peer.invoke().await;
        // This one crossed the client's word on the way.
        peer.call(2, "gated", "2").await;
        peer.answer(&barrier, "null").await;
        gate.add_permits(2);
        for _ in 0..2 {
            assert_eq!(peer.result().await.error, None);
        }
    });
    assert!(drained);
}

#[tokio::test(start_paused = true)]
async fn draining_ends_at_its_limit() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let gate = Arc::new(Semaphore::new(0));
    offer(&client, &mut peer, "gated", gated(&gate)).await;
    peer.call(1, "gated", "1").await;
    assert!(!client.drain(Duration::from_secs(5)).await);
}

#[tokio::test(start_paused = true)]
async fn shutdown_ends_everything() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let call = client.trigger_raw(RawTriggerRequest::new("f", None));
    let shutdown = async {
        peer.invoke().await;
        client.shutdown().await;
    };
    let (call, ()) = tokio::join!(call, shutdown);
    assert_eq!(call, Err(Error::ShutDown));
    assert_eq!(client.connection_state(), ConnectionState::Closed);
    assert_eq!(client.wait_ended().await, None);
    assert_eq!(peer.try_receive().await, None);
    let later = client.trigger_raw(RawTriggerRequest::new("f", None)).await;
    assert_eq!(later, Err(Error::ShutDown));
    client.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn the_connection_ends_with_the_last_handle() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    drop(client);
    assert_eq!(peer.try_receive().await, None);
}

/// Works from when it is started to when it is stopped, and says so.
struct Probe {
    log: Arc<Mutex<Vec<&'static str>>>,
    gate: Arc<Semaphore>,
    fails: bool,
}

impl Worker for Probe {
    fn options(&self) -> WorkerOptions {
        WorkerOptions::new("probe")
    }

    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>> {
        Box::pin(async move {
            if self.fails {
                return Err(StartError::Config("no port given".to_owned()));
            }
            client.register_function("gated", gated(&self.gate)).await?;
            let log = Arc::clone(&self.log);
            Ok(Running::new(
                move || async move { log.lock().push("stopped") },
            ))
        })
    }
}

fn probe(fails: bool) -> Probe {
    Probe {
        log: Arc::default(),
        gate: Arc::new(Semaphore::new(0)),
        fails,
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_stops_in_order() {
    let engine = Engine::new();
    let worker = probe(false);
    let (log, gate) = (Arc::clone(&worker.log), Arc::clone(&worker.gate));
    let options = ClientOptions::new(worker.options());
    let attaching = attach(engine.dial.clone(), Box::new(worker), options);
    let (attached, mut peer) = tokio::join!(attaching, async {
        let mut peer = engine.welcome().await;
        peer.accept_function().await;
        peer
    });
    peer.call(1, "gated", "1").await;
    let stopping = attached.unwrap().stop(Duration::from_secs(60));
    let ((), ()) = tokio::join!(stopping, async {
        assert!(matches!(peer.receive().await, Message::Drain(_)));
        let barrier = peer.invoke().await;
        peer.answer(&barrier, "null").await;
        assert!(log.lock().is_empty(), "an invocation still runs");
        gate.add_permits(1);
        assert_eq!(peer.result().await.result, Some(json("1")));
        assert_eq!(peer.try_receive().await, None);
    });
    assert_eq!(*log.lock(), ["stopped"]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_does_not_start_hangs_up() {
    let engine = Engine::new();
    let worker = probe(true);
    let options = ClientOptions::new(worker.options());
    let attached = attach(engine.dial.clone(), Box::new(worker), options).await;
    assert!(matches!(attached, Err(StartError::Config(_))));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_registered_after_the_end() {
    let engine = Engine::new();
    let (client, _peer) = engine.connected().await;
    client.shutdown().await;
    let echo = RegisterFunction::raw(|_, _| async { Ok::<Option<Payload>, HandlerError>(None) });
    let failed = client.register_function("echo", echo).await;
    assert!(matches!(failed, Err(RegisterError::ShutDown)));
}
