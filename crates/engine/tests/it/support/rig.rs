//! One engine with one listener, for one test.

use super::peer::{Peer, patient};
use super::request::Request;
use iii_engine::{Config, Engine, Listener, ListenerConfig, Tables};
use iii_protocol::Limits;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long one test may take.
const TEST_MAX: Duration = Duration::from_secs(60);

/// What is special about an engine.
#[derive(Clone)]
pub(crate) struct Setup {
    config: Config,
    listener: ListenerConfig,
}

/// A running engine.
pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) address: SocketAddr,
    _listener: Listener,
}

impl Setup {
    /// An engine as it comes.
    pub(crate) fn new() -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            config: Config::default(),
            listener: ListenerConfig::new(loopback),
        }
    }

    /// Other limits.
    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.config.limits);
        self
    }

    /// Other tables.
    pub(crate) fn tables(mut self, tables: Tables) -> Self {
        self.config.tables = tables;
        self
    }

    /// Another authorizer.
    pub(crate) fn authorizer(mut self, authorizer: impl iii_engine::Authorizer + 'static) -> Self {
        self.config.authorizer = Arc::new(authorizer);
        self
    }

    /// Another listener.
    pub(crate) fn listener(mut self, change: impl FnOnce(&mut ListenerConfig)) -> Self {
        change(&mut self.listener);
        self
    }

    /// Runs a test on one executor thread and on two.
    pub(crate) fn run(self, test: impl AsyncFn(&Rig)) {
        self.run_on(&[1, 2], test);
    }

    /// Runs a test on each of these numbers of executor threads.
    pub(crate) fn run_on(self, threads: &[usize], test: impl AsyncFn(&Rig)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        for threads in threads {
            let mut setup = self.clone();
            setup.config.threads = *threads;
            runtime.block_on(setup.play(&test));
        }
    }

    async fn play(self, test: &impl AsyncFn(&Rig)) {
        let engine = Engine::start(self.config).expect("an engine");
        let listener = engine.listen(self.listener).expect("a listener");
        let rig = Rig {
            engine,
            address: listener.address(),
            _listener: listener,
        };
        let played = tokio::time::timeout(TEST_MAX, Box::pin(test(&rig))).await;
        assert!(played.is_ok(), "the test takes too long");
        patient("the engine stops", rig.engine.stop()).await;
    }
}

impl Rig {
    /// A connection that has not said who it is.
    pub(crate) async fn connect(&self) -> Peer {
        let opened = Request::new(self.address).open().await;
        let mut peer = opened.expect("a connection");
        peer.welcome().await;
        peer
    }

    /// A worker that speaks our additions to the protocol.
    pub(crate) async fn worker(&self, name: &str) -> Peer {
        let mut peer = self.connect().await;
        peer.name(name, None, true).await;
        peer
    }

    /// A worker as published clients are.
    pub(crate) async fn plain(&self, name: &str) -> Peer {
        let mut peer = self.connect().await;
        peer.name(name, None, false).await;
        peer
    }

    /// Asks again and again, with a round trip through the engine in between.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let mut peer = self.connect().await;
        let asking = async {
            while !holds() {
                peer.sync().await;
            }
        };
        patient(what, asking).await;
    }
}
