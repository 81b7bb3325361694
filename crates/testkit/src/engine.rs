//! A real engine in the test's process.

use crate::authority::Authority;
use crate::wait::within;
use iii_engine::{Config, Engine, Listener, ListenerConfig, ReservedOnly};
use iii_kit::{Attached, Client, ClientOptions, Dial, StartError, Worker, WorkerOptions};
use iii_transport::ws::{DialOptions, WsDialer};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// What makes a session over WebSocket a trusted one.
const OPERATOR_TOKEN: &str = "test-operator";

/// An engine with one listener on a port that the system chose. It ends with this value.
pub struct TestEngine {
    engine: Engine,
    listener: Listener,
    /// There when the listener speaks TLS.
    authority: Option<Box<Authority>>,
}

impl TestEngine {
    /// An engine with the defaults, and two threads, so that calls between threads are tested too.
    ///
    /// # Panics
    /// The system refuses threads or a port.
    pub async fn start() -> Self {
        Self::with(Config {
            threads: 2,
            ..Config::default()
        })
        .await
    }

    /// An engine with limits, clock, tables or threads of the test's own.
    ///
    /// # Panics
    /// The system refuses threads or a port.
    #[expect(
        clippy::unused_async,
        reason = "starting may wait one day; tests need not change"
    )]
    pub async fn with(config: Config) -> Self {
        Self::open(config, None)
    }

    /// An engine with two threads whose listener speaks TLS, with a certificate of its own
    /// authority that its clients trust.
    ///
    /// # Panics
    /// The system refuses threads, a port or files.
    #[expect(
        clippy::unused_async,
        reason = "starting may wait one day; tests need not change"
    )]
    pub async fn with_tls() -> Self {
        let config = Config {
            threads: 2,
            ..Config::default()
        };
        Self::open(config, Some(Box::new(Authority::new())))
    }

    fn open(config: Config, authority: Option<Box<Authority>>) -> Self {
        let engine = match Engine::start(config) {
            Ok(engine) => engine,
            Err(error) => panic!("the engine does not start: {error}"),
        };
        let listener = ListenerConfig {
            operator_token: Some(OPERATOR_TOKEN.to_owned()),
            tls: authority
                .iter()
                .map(|ca| ca.issue(&["127.0.0.1"]))
                .collect(),
            ..ListenerConfig::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        };
        match engine.listen(listener) {
            Ok(listener) => Self {
                engine,
                listener,
                authority,
            },
            Err(error) => panic!("the engine does not listen: {error}"),
        }
    }

    /// An engine to which the names of these workers are reserved, as a host does.
    pub async fn with_reserved_names(names: &[&str]) -> Self {
        let authorizer = ReservedOnly {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            ..ReservedOnly::default()
        };
        Self::with(Config {
            threads: 2,
            authorizer: Arc::new(authorizer),
            ..Config::default()
        })
        .await
    }

    /// The engine itself.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where workers connect: `ws://127.0.0.1:PORT`, or `wss://` with TLS.
    pub fn url(&self) -> String {
        let scheme = self.authority.as_ref().map_or("ws", |_| "wss");
        format!("{scheme}://{}", self.listener.address())
    }

    /// A connected client in this process, over memory. Its session is trusted.
    ///
    /// # Panics
    /// It is not connected within [`crate::PATIENCE`].
    pub async fn client(&self, name: &str) -> Client {
        self.connect(self.engine.memory_dialer(0), name).await
    }

    /// A connected client over WebSocket: an ordinary worker without any token.
    ///
    /// # Panics
    /// It is not connected within [`crate::PATIENCE`].
    pub async fn ws_client(&self, name: &str) -> Client {
        self.connect(self.ws_dial(None), name).await
    }

    /// Runs a worker in this process as a host does, on a thread of the engine.
    ///
    /// # Errors
    /// What the worker's start failed with.
    ///
    /// # Panics
    /// It is not ready within [`crate::PATIENCE`].
    pub async fn attach(&self, worker: Box<dyn Worker>) -> Result<Attached, StartError> {
        let dial = self.engine.memory_dialer(1);
        let options = ClientOptions::new(worker.options());
        let attaching = self
            .engine
            .handle(1)
            .spawn(iii_kit::attach(dial, worker, options));
        match within("the start of a worker in process", attaching).await {
            Ok(attached) => attached,
            Err(panicked) => panic!("the worker panicked as it started: {panicked}"),
        }
    }

    /// Runs a worker over WebSocket with the operator token, as `iii worker run` does.
    ///
    /// # Errors
    /// What the worker's start failed with.
    ///
    /// # Panics
    /// It is not ready within [`crate::PATIENCE`].
    pub async fn attach_over_ws(&self, worker: Box<dyn Worker>) -> Result<Attached, StartError> {
        let options = ClientOptions::new(worker.options());
        let attaching = iii_kit::attach(self.ws_dial(Some(OPERATOR_TOKEN)), worker, options);
        within("the start of a worker over WebSocket", attaching).await
    }

    /// A way in over WebSocket.
    ///
    /// # Panics
    /// Never in practice: the address is valid.
    pub fn ws_dial(&self, token: Option<&str>) -> Arc<dyn Dial> {
        let options = DialOptions {
            token: token.map(str::to_owned),
            ca_file: self.authority.as_deref().map(Authority::ca_file),
            ..DialOptions::default()
        };
        match WsDialer::new(&self.url(), options) {
            Ok(dial) => Arc::new(dial),
            Err(error) => panic!("{error}"),
        }
    }

    async fn connect(&self, dial: Arc<dyn Dial>, name: &str) -> Client {
        let client = Client::connect(dial, ClientOptions::new(WorkerOptions::new(name)));
        match within("the connection of a client", client.wait_connected()).await {
            Ok(()) => client,
            Err(error) => panic!("`{name}` cannot connect: {error}"),
        }
    }

    /// Ends every connection in order, and the engine's threads.
    pub async fn stop(self) {
        self.engine.stop().await;
    }
}
