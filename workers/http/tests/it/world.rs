//! An engine, an `http` worker and a worker with functions, put together as a test wants them.

use iii_kit::{
    Attached, Client, ClientOptions, Context, Dial, HandlerError, Payload, RawTriggerRequest,
    RegisterError, RegisterFunction, RegisterTriggerInput, SystemClock, TriggerRef, Worker,
    WorkerOptions,
};
use iii_testkit::TestEngine;
use iii_worker_http::{Config, Control, Endpoint, Http};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How the workers reach the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Memory,
    WebSocket,
}

pub(crate) struct World {
    /// Of the first listener.
    pub(crate) address: SocketAddr,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) control: Control,
    pub(crate) app: Client,
    http: Attached,
    engine: TestEngine,
    mode: Mode,
    names: AtomicUsize,
}

/// The configuration tests begin with: the defaults on a port of the system's choice.
pub(crate) fn config(changes: Value) -> Config {
    let mut value = json!({ "drain_timeout_ms": 5000 });
    if changes.get("listeners").is_none() {
        value["port"] = json!(0);
    }
    for (key, change) in changes.as_object().unwrap() {
        value[key] = change.clone();
    }
    serde_json::from_value(value).unwrap()
}

impl World {
    pub(crate) async fn start(mode: Mode, changes: Value) -> Self {
        let engine = TestEngine::start().await;
        let http = Http::new(config(changes), Arc::new(SystemClock::default()));
        let (listening, control) = (http.listening(), http.control());
        let options = ClientOptions::new(http.options());
        let here = dial(&engine, mode, 0);
        let http = iii_kit::attach(here, Box::new(http), options)
            .await
            .unwrap();
        // Messages of one session are handled in order: when this is answered, the trigger type is
        // in the catalog, and a trigger is acknowledged by its provider instead of parked.
        let list = RawTriggerRequest::new("engine::triggers::list", None);
        http.client().trigger_raw(list).await.unwrap();
        let app = Client::connect(
            dial(&engine, mode, 1),
            ClientOptions::new(WorkerOptions::new("app")),
        );
        let endpoints = listening.endpoints().await;
        Self {
            address: endpoints[0].address,
            endpoints,
            control,
            app,
            http,
            engine,
            mode,
            names: AtomicUsize::new(0),
        }
    }

    /// Offers a function of the worker `app`.
    pub(crate) async fn function<F, Fut>(&self, id: &str, handler: F)
    where
        F: Fn(Value, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Value>, HandlerError>> + Send + 'static,
    {
        register(&self.app, id, handler).await;
    }

    /// Binds a function of any id.
    pub(crate) async fn bind(&self, id: &str, config: Value) -> Result<TriggerRef, RegisterError> {
        bind(&self.app, id, config).await
    }

    /// Offers a function and binds it to `METHOD /path`.
    pub(crate) async fn route<F, Fut>(&self, route: &str, handler: F) -> TriggerRef
    where
        F: Fn(Value, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Value>, HandlerError>> + Send + 'static,
    {
        self.route_with(route, json!({}), handler).await
    }

    /// [`World::route`] with more configuration.
    pub(crate) async fn route_with<F, Fut>(
        &self,
        route: &str,
        more: Value,
        handler: F,
    ) -> TriggerRef
    where
        F: Fn(Value, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Value>, HandlerError>> + Send + 'static,
    {
        let (method, path) = route.split_once(' ').unwrap();
        let mut config = json!({ "api_path": path, "http_method": method });
        for (key, value) in more.as_object().unwrap() {
            config[key] = value.clone();
        }
        let id = format!("app::f{}", self.names.fetch_add(1, Ordering::Relaxed));
        self.function(&id, handler).await;
        self.bind(&id, config).await.unwrap()
    }

    /// A further worker.
    pub(crate) fn worker(&self, name: &str) -> Client {
        let dial = dial(&self.engine, self.mode, 1);
        Client::connect(dial, ClientOptions::new(WorkerOptions::new(name)))
    }

    /// Why a second `http` worker does not start.
    pub(crate) async fn start_another(&self, changes: Value) -> String {
        let http = Http::new(config(changes), Arc::new(SystemClock::default()));
        let options = ClientOptions::new(http.options());
        let dial = dial(&self.engine, self.mode, 0);
        match iii_kit::attach(dial, Box::new(http), options).await {
            Ok(_) => panic!("it started"),
            Err(error) => error.to_string(),
        }
    }

    /// Stops everything in order.
    pub(crate) async fn stop(self) {
        self.http.stop(Duration::from_secs(5)).await;
        self.app.shutdown().await;
        self.engine.stop().await;
    }
}

/// Offers a function of any worker.
pub(crate) async fn register<F, Fut>(client: &Client, id: &str, handler: F)
where
    F: Fn(Value, Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Value>, HandlerError>> + Send + 'static,
{
    let function = RegisterFunction::raw(move |input: Option<Payload>, context: Context| {
        let running = handler(iii_kit::from_payload(input.as_ref()).unwrap(), context);
        async move {
            let output = running.await?;
            Ok::<_, HandlerError>(output.map(|value| iii_kit::to_payload(&value).unwrap()))
        }
    });
    client.register_function(id, function).await.unwrap();
}

/// Binds a function for any worker.
pub(crate) async fn bind(
    client: &Client,
    id: &str,
    config: Value,
) -> Result<TriggerRef, RegisterError> {
    let trigger = RegisterTriggerInput::new("http", id, &config);
    client.register_trigger(trigger).await
}

fn dial(engine: &TestEngine, mode: Mode, thread: usize) -> Arc<dyn Dial> {
    match mode {
        Mode::Memory => engine.engine().memory_dialer(thread),
        Mode::WebSocket => engine.ws_dial(None),
    }
}

/// Runs each named test, a function of a [`Mode`], once over memory and once over WebSocket.
macro_rules! in_both_modes {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::world::Mode;

            #[tokio::test]
            async fn in_memory() {
                Box::pin(super::$name(Mode::Memory)).await;
            }

            #[tokio::test]
            async fn over_websocket() {
                Box::pin(super::$name(Mode::WebSocket)).await;
            }
        }
    )*};
}
pub(crate) use in_both_modes;
