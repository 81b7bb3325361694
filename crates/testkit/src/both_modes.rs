//! The suite of a worker, once with the worker in the engine's process and once over WebSocket.

use crate::TestEngine;
use iii_kit::{Attached, Client, Worker};
use std::time::Duration;

/// How the worker under test is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On a thread of the engine, over memory.
    InProcess,
    /// Over WebSocket, as in a process of its own.
    OverWebSocket,
}

/// An engine, the worker under test, and a client to call it.
pub struct Bench {
    /// How worker and client are connected.
    pub mode: Mode,
    /// The engine.
    pub engine: TestEngine,
    /// The worker under test.
    pub worker: Attached,
    /// An ordinary client, connected in the same way as the worker.
    pub client: Client,
}

/// Runs one test in both modes, each with an engine and a worker of its own.
///
/// ```no_run
/// # fn make() -> Box<dyn iii_kit::Worker> { unimplemented!() }
/// # async fn test() {
/// iii_testkit::in_both_modes(make, async |bench| {
///     // let answer = bench.client.trigger(...).await;
/// })
/// .await;
/// # }
/// ```
///
/// # Panics
/// The worker does not start, or the test panics.
pub async fn in_both_modes(make: impl Fn() -> Box<dyn Worker>, test: impl AsyncFn(&Bench)) {
    for mode in [Mode::InProcess, Mode::OverWebSocket] {
        announce(mode);
        let bench = Bench::start(mode, make()).await;
        test(&bench).await;
        bench.stop().await;
    }
}

/// Says which mode a failure belongs to.
#[expect(
    clippy::print_stderr,
    reason = "shown by the test runner when a test fails"
)]
fn announce(mode: Mode) {
    eprintln!("mode: {mode:?}");
}

impl Bench {
    /// An engine with the worker and a client, for tests that start workers one after the other.
    ///
    /// # Panics
    /// The worker does not start.
    pub async fn start(mode: Mode, worker: Box<dyn Worker>) -> Self {
        let name = worker.options().name;
        let engine = TestEngine::with_reserved_names(&[&name]).await;
        let attached = match mode {
            Mode::InProcess => engine.attach(worker).await,
            Mode::OverWebSocket => engine.attach_over_ws(worker).await,
        };
        let worker = match attached {
            Ok(worker) => worker,
            Err(error) => panic!("`{name}` does not start ({mode:?}): {error}"),
        };
        let client = match mode {
            Mode::InProcess => engine.client("test").await,
            Mode::OverWebSocket => engine.ws_client("test").await,
        };
        Self {
            mode,
            engine,
            worker,
            client,
        }
    }

    /// Ends the worker while the client is still there, then the others: what the client's
    /// functions were doing for the worker is broken off by the worker's own end.
    pub async fn stop_worker_first(self) {
        self.worker.stop(Duration::from_secs(1)).await;
        self.client.shutdown().await;
        self.engine.stop().await;
    }

    /// Ends client, worker and engine, in this order.
    pub async fn stop(self) {
        self.client.shutdown().await;
        self.worker.stop(Duration::from_secs(1)).await;
        self.engine.stop().await;
    }
}
