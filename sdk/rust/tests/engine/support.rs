//! Pairs of clients on a real engine.

use iii_kit::{Client, Context, HandlerError, RegisterFunction};
use iii_testkit::TestEngine;

/// An engine with a worker and a caller, connected in one of the two ways.
pub(crate) struct Stage {
    pub(crate) engine: TestEngine,
    pub(crate) worker: Client,
    pub(crate) caller: Client,
}

/// Runs a test with both clients in process, both over WebSocket, one of each, and both over TLS.
pub(crate) async fn on_every_transport(test: impl AsyncFn(&Stage)) {
    for (worker_over_ws, caller_over_ws, tls) in [
        (false, false, false),
        (true, true, false),
        (false, true, false),
        (true, true, true),
    ] {
        let engine = if tls {
            TestEngine::with_tls().await
        } else {
            TestEngine::start().await
        };
        let worker = connect(&engine, "worker", worker_over_ws).await;
        let caller = connect(&engine, "caller", caller_over_ws).await;
        let stage = Stage {
            engine,
            worker,
            caller,
        };
        test(&stage).await;
        stage.caller.shutdown().await;
        stage.worker.shutdown().await;
        stage.engine.stop().await;
    }
}

async fn connect(engine: &TestEngine, name: &str, over_ws: bool) -> Client {
    if over_ws {
        engine.ws_client(name).await
    } else {
        engine.client(name).await
    }
}

pub(crate) fn echo() -> RegisterFunction {
    RegisterFunction::raw(|input, _: Context| async move { Ok::<_, HandlerError>(input) })
}
