//! A scripted engine.

use iii_kit::{
    BoxFuture, Client, ClientOptions, Dial, DialError, InvocationId, Limits, Payload, Text,
    WorkerOptions,
};
use iii_protocol::{
    ErrorBody, FunctionRegistered, InvocationResult, InvokeFunction, Message, WorkerRegistered,
};
use iii_transport::memory::{MemoryChannel, MemoryConnection, channel_pair, pair};
use iii_transport::{ChannelEnd, Connection, Direction, Inbound, flush, receive};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

/// No exchange of a test takes longer. With a paused clock it costs nothing.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) const FEATURE: &str = "iii-kit.v1";

/// Hands the engine's end of every connection to the test.
pub(crate) struct TestDial {
    peers: mpsc::Sender<Peer>,
    channels: mpsc::Sender<(String, String, Direction, MemoryChannel)>,
    pub(crate) unreachable: AtomicUsize,
    pub(crate) refuse: Option<u16>,
}

/// What the test holds of an engine.
pub(crate) struct Engine {
    pub(crate) dial: Arc<TestDial>,
    peers: Mutex<mpsc::Receiver<Peer>>,
    channels: Mutex<mpsc::Receiver<(String, String, Direction, MemoryChannel)>>,
}

impl Engine {
    pub(crate) fn new() -> Self {
        Self::refusing(None)
    }

    /// Answers every dial with an HTTP status.
    pub(crate) fn refusing(status: Option<u16>) -> Self {
        let (peers, queue) = mpsc::channel(64);
        let (channels, channel_queue) = mpsc::channel(64);
        Self {
            dial: Arc::new(TestDial {
                peers,
                channels,
                unreachable: AtomicUsize::new(0),
                refuse: status,
            }),
            peers: Mutex::new(queue),
            channels: Mutex::new(channel_queue),
        }
    }

    /// The next connection of the client, not greeted yet.
    pub(crate) async fn accept(&self) -> Peer {
        let mut peers = self.peers.lock().await;
        within(peers.recv()).await.expect("the dialler lives")
    }

    /// The next connection of the client, greeted, its introduction read.
    pub(crate) async fn welcome(&self) -> Peer {
        let mut peer = self.accept().await;
        peer.greet(&[FEATURE]).await;
        peer.introduction().await;
        peer
    }

    /// The engine's side of the next channel end that is attached.
    pub(crate) async fn channel(&self) -> (String, String, Direction, MemoryChannel) {
        let mut channels = self.channels.lock().await;
        within(channels.recv()).await.expect("the dialler lives")
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(Limits::default())
    }

    pub(crate) fn client_with(&self, limits: Limits) -> Client {
        let worker = WorkerOptions::new("tester");
        let options = ClientOptions::new(worker).limits(limits);
        Client::connect(Arc::clone(&self.dial) as Arc<dyn Dial>, options)
    }

    /// A client and its first, greeted connection.
    pub(crate) async fn connected(&self) -> (Client, Peer) {
        let client = self.client();
        let peer = self.welcome().await;
        client.wait_connected().await.unwrap();
        (client, peer)
    }
}

impl Dial for TestDial {
    fn dial(&self) -> BoxFuture<'_, Result<Box<dyn Connection>, DialError>> {
        Box::pin(async {
            let address = self.address().to_owned();
            if let Some(status) = self.refuse {
                let reason = "no".to_owned();
                return Err(DialError::Refused {
                    address,
                    status,
                    reason,
                });
            }
            let down = |left: usize| left.checked_sub(1);
            let order = Ordering::SeqCst;
            if self.unreachable.fetch_update(order, order, down).is_ok() {
                let reason = "nobody listens".to_owned();
                return Err(DialError::Unreachable { address, reason });
            }
            let (ours, theirs) = pair(iii_transport::memory::Limits::default());
            let peer = Peer {
                connection: theirs,
                inbound: VecDeque::new(),
            };
            self.peers.send(peer).await.expect("the test lives");
            Ok(Box::new(ours) as Box<dyn Connection>)
        })
    }

    fn dial_channel<'a>(
        &'a self,
        channel_id: &'a str,
        access_key: &'a str,
        direction: Direction,
    ) -> BoxFuture<'a, Result<Box<dyn ChannelEnd>, DialError>> {
        Box::pin(async move {
            let (ours, theirs) = channel_pair(iii_transport::memory::Limits::default());
            let attached = (
                channel_id.to_owned(),
                access_key.to_owned(),
                direction,
                theirs,
            );
            self.channels.send(attached).await.expect("the test lives");
            Ok(Box::new(ours) as Box<dyn ChannelEnd>)
        })
    }

    fn address(&self) -> &'static str {
        "memory:test"
    }
}

/// The engine's end of a connection.
pub(crate) struct Peer {
    connection: MemoryConnection,
    inbound: VecDeque<Inbound>,
}

impl Peer {
    pub(crate) async fn greet(&mut self, features: &[&'static str]) {
        self.send(Message::WorkerRegistered(Box::new(WorkerRegistered {
            worker_id: "w1".into(),
            reattach_token: Some("again".into()),
            features: features.iter().map(|name| Text::from(*name)).collect(),
            channel_secret: Some("c2VjcmV0".into()),
        })))
        .await;
    }

    /// The worker's introduction, as JSON.
    pub(crate) async fn introduction(&mut self) -> serde_json::Value {
        let invoke = self.invoke().await;
        assert_eq!(invoke.function_id, "engine::workers::register");
        assert_eq!(invoke.invocation_id, None);
        assert_eq!(
            invoke.action.unwrap().as_bytes(),
            br#"{"type":"void"}"#.as_slice()
        );
        serde_json::from_slice(invoke.data.unwrap().as_bytes()).unwrap()
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.connection.send(&message);
        within(flush(&mut self.connection)).await.unwrap();
    }

    /// The next message; `None` when the client has closed the connection.
    pub(crate) async fn try_receive(&mut self) -> Option<Message> {
        loop {
            match self.inbound.pop_front() {
                Some(Inbound::Message(message)) => return Some(message),
                Some(Inbound::Alive) => {}
                Some(other) => panic!("unexpected: {other:?}"),
                None => {
                    let mut batch = Vec::new();
                    let received = receive(&mut self.connection, &mut batch, 64);
                    within(received).await.ok()?;
                    self.inbound.extend(batch);
                }
            }
        }
    }

    pub(crate) async fn receive(&mut self) -> Message {
        self.try_receive().await.expect("an open connection")
    }

    pub(crate) async fn invoke(&mut self) -> InvokeFunction {
        match self.receive().await {
            Message::InvokeFunction(invoke) => invoke,
            other => panic!("expected a call, got {other:?}"),
        }
    }

    pub(crate) async fn result(&mut self) -> InvocationResult {
        match self.receive().await {
            Message::InvocationResult(result) => result,
            other => panic!("expected a result, got {other:?}"),
        }
    }

    /// The error of the next result.
    pub(crate) async fn error(&mut self) -> ErrorBody {
        let result = self.result().await;
        ErrorBody::from_payload(&result.error.expect("a failure"))
    }

    /// Sends an invocation and returns its id.
    pub(crate) async fn call(&mut self, number: u128, function_id: &str, data: &'static str) {
        self.send(Message::InvokeFunction(InvokeFunction {
            invocation_id: Some(InvocationId::from_u128(number)),
            function_id: function_id.into(),
            data: Some(json(data)),
            ..InvokeFunction::default()
        }))
        .await;
    }

    pub(crate) async fn answer(&mut self, call: &InvokeFunction, result: &'static str) {
        self.send(Message::InvocationResult(InvocationResult {
            invocation_id: call.invocation_id.clone().expect("a call that waits"),
            result: Some(json(result)),
            ..InvocationResult::default()
        }))
        .await;
    }

    pub(crate) async fn fail(&mut self, call: &InvokeFunction, code: &str, message: &str) {
        let body = ErrorBody {
            code: code.into(),
            message: message.into(),
            stacktrace: None,
            details: None,
        };
        self.send(Message::InvocationResult(InvocationResult {
            invocation_id: call.invocation_id.clone().expect("a call that waits"),
            error: Some(body.to_payload()),
            ..InvocationResult::default()
        }))
        .await;
    }

    /// Reads a function's registration and acknowledges it.
    pub(crate) async fn accept_function(&mut self) -> iii_protocol::RegisterFunction {
        let Message::RegisterFunction(function) = self.receive().await else {
            panic!("expected a registration");
        };
        self.send(Message::FunctionRegistered(FunctionRegistered {
            id: function.id.clone(),
            namespace: "default".into(),
        }))
        .await;
        *function
    }
}

pub(crate) fn json(text: &'static str) -> Payload {
    Payload::parse(text.into()).unwrap()
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it takes too long")
}
