//! The worker itself: the trigger type and the listener that serves it.

use crate::Config;
use crate::gate::Front;
use crate::server::{Bound, Server};
use crate::tasks::Tasks;
use crate::trigger::{RouteConfig, Routes, Triggers};
use iii_kit::{
    BoxFuture, Client, Clock, RegisterTriggerType, Running, StartError, Worker, WorkerOptions,
};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// The `http` worker: provides the trigger type `http` and serves its triggers on a TCP port.
pub struct Http {
    config: Config,
    clock: Arc<dyn Clock>,
    address: watch::Sender<Option<SocketAddr>>,
}

/// Tells where an [`Http`] worker listens, once it does.
#[derive(Clone, Debug)]
pub struct Listening {
    address: watch::Receiver<Option<SocketAddr>>,
}

impl Http {
    /// A worker that is not started yet.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        let (address, _) = watch::channel(None);
        Self {
            config,
            clock,
            address,
        }
    }

    /// A handle that learns the address; with port 0 the system chooses it.
    pub fn listening(&self) -> Listening {
        Listening {
            address: self.address.subscribe(),
        }
    }

    async fn serve(self, client: Client) -> Result<Running, StartError> {
        let routes = Arc::new(Routes::default());
        let tasks = Tasks::current();
        let front = Front::new(&self.config, &client, &self.clock, &tasks);
        let front = Arc::new(front.map_err(StartError::Config)?);
        let server = Arc::new(Server::new(
            self.config,
            client.clone(),
            Arc::clone(&routes),
            Arc::clone(&front),
            self.clock,
            tasks,
        ));
        let wanted = SocketAddr::new(server.config.host, server.config.port);
        let bound = Bound::bind(wanted).await.map_err(|error| {
            StartError::Unavailable(format!(
                "cannot listen on `{wanted}`: {error}; \
                 set `host` and `port` of worker `http`, or stop what listens there"
            ))
        })?;
        client
            .register_trigger_type(trigger_type(), Triggers { routes, front })
            .await?;
        let listener = bound.serve(server);
        tracing::info!(address = %listener.address(), "http.listening");
        self.address.send_replace(Some(listener.address()));
        Ok(Running::new(move || listener.stop()))
    }
}

impl Listening {
    /// Waits for the address; `None` when the worker ended before it listened.
    pub async fn address(mut self) -> Option<SocketAddr> {
        let known = self.address.wait_for(Option::is_some).await;
        known.ok().and_then(|address| *address)
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
