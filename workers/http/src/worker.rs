//! The worker itself: the trigger type and the listener that serves it.

use crate::Config;
use crate::gate::Front;
use crate::server::{Endpoint, Listeners, Server};
use crate::tasks::Tasks;
use crate::trigger::{RouteConfig, Routes, Triggers};
use iii_kit::{
    BoxFuture, Client, Clock, RegisterTriggerType, Running, StartError, Worker, WorkerOptions,
};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// The `http` worker: provides the trigger type `http` and serves its triggers.
pub struct Http {
    config: Config,
    clock: Arc<dyn Clock>,
    serving: watch::Sender<Option<Arc<Listeners>>>,
}

/// Tells where an [`Http`] worker listens, once it does.
#[derive(Clone)]
pub struct Listening {
    serving: Serving,
}

/// Gives a running [`Http`] worker new settings.
#[derive(Clone)]
pub struct Control {
    serving: Serving,
}

type Serving = watch::Receiver<Option<Arc<Listeners>>>;

impl Http {
    /// A worker that is not started yet.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        let (serving, _) = watch::channel(None);
        Self {
            config,
            clock,
            serving,
        }
    }

    /// A handle that learns the addresses; with port 0 the system chooses the port.
    pub fn listening(&self) -> Listening {
        Listening {
            serving: self.serving.subscribe(),
        }
    }

    /// A handle for changes of the settings.
    pub fn control(&self) -> Control {
        Control {
            serving: self.serving.subscribe(),
        }
    }

    async fn serve(self, client: Client) -> Result<Running, StartError> {
        let routes = Arc::new(Routes::default());
        let tasks = Tasks::current();
        let front = Front::new(&self.config, &client, &self.clock, &tasks);
        let front = Arc::new(front.map_err(StartError::Config)?);
        let server = Server::new(
            self.config,
            client.clone(),
            Arc::clone(&routes),
            Arc::clone(&front),
            self.clock,
            tasks,
        );
        let triggers = Triggers::new(routes, front);
        let (listeners, waiting) = Listeners::bind(server, triggers.clone())?;
        client
            .register_trigger_type(trigger_type(), triggers)
            .await?;
        listeners.serve(waiting);
        let listeners = Arc::new(listeners);
        self.serving.send_replace(Some(Arc::clone(&listeners)));
        Ok(Running::new(move || async move { listeners.stop().await }))
    }
}

impl Listening {
    /// Waits for the address, with several listeners for that of the first; `None` when the worker
    /// ended before it listened.
    pub async fn address(self) -> Option<SocketAddr> {
        let endpoints = self.endpoints().await;
        endpoints.first().map(|endpoint| endpoint.address)
    }

    /// Waits for where it can be reached, in the order of the configuration; nowhere when the
    /// worker ended before it listened.
    pub async fn endpoints(mut self) -> Vec<Endpoint> {
        match self.serving.wait_for(Option::is_some).await {
            Ok(serving) => serving
                .as_deref()
                .map(Listeners::endpoints)
                .unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }
}

impl Control {
    /// Brings the worker to new settings while it runs: routes, and connections of listeners that
    /// stay, are not disturbed; listeners that go are drained. Gives where it can be reached now.
    ///
    /// # Errors
    /// The settings cannot be used, an address is not to be had, or the worker does not run; then
    /// it goes on as before.
    pub fn reconfigure(&self, config: Config) -> Result<Vec<Endpoint>, StartError> {
        let serving = self.serving.borrow().clone();
        let Some(listeners) = serving else {
            return Err(StartError::Unavailable("it does not run".to_owned()));
        };
        listeners.reconfigure(config)?;
        Ok(listeners.endpoints())
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Listening").finish_non_exhaustive()
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Worker for Http {
    fn options(&self) -> WorkerOptions {
        WorkerOptions::new("http").description("HTTP endpoints as triggers")
    }

    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>> {
        Box::pin(self.serve(client))
    }
}

fn trigger_type() -> RegisterTriggerType {
    RegisterTriggerType::new("http", "a request to a path of the HTTP server")
        .config_format_of::<RouteConfig>()
        .call_format_of::<crate::shape::Call>()
}
