//! The worker as a component.

use crate::config::Config;
use crate::limits::STOP_WAIT;
use crate::store::Store;
use crate::tasks::Tasks;
use crate::{expiry, functions, trigger};
use iii_kit::{BoxFuture, CancellationToken, Client, Running, StartError, Worker, WorkerOptions};
use iii_ports::Clock;
use iii_ports::kv::Kv;
use std::sync::Arc;

/// The worker `state`: scoped key-value entries for everybody.
pub struct State {
    config: Config,
    kv: Arc<dyn Kv>,
    clock: Arc<dyn Clock>,
}

impl State {
    /// The worker's name.
    pub const NAME: &'static str = "state";

    /// A worker over this store. It assumes that nobody else writes to it.
    #[must_use]
    pub fn new(config: Config, kv: Arc<dyn Kv>, clock: Arc<dyn Clock>) -> Self {
        Self { config, kv, clock }
    }
}

impl Worker for State {
    fn options(&self) -> WorkerOptions {
        WorkerOptions::new(Self::NAME).description("Scoped key-value state with change events")
    }

    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>> {
        Box::pin(async move {
            let tasks = Tasks::default();
            let store = Arc::new(Store::new(&self.config, self.kv, self.clock));
            if self.config.triggers_enabled {
                let handler = trigger::Handler::new(store.feed.clone(), tasks.clone());
                client
                    .register_trigger_type(trigger::registration(), handler)
                    .await?;
            }
            // The engine acknowledges functions but no trigger types. It takes registrations in
            // order, so once it has the functions it has the trigger type as well.
            functions::register(&client, &store).await?;
            let stop = CancellationToken::new();
            tasks.spawn(expiry::run(store.clone(), stop.clone()));
            Ok(Running::new(move || async move {
                stop.cancel();
                tasks.wait(STOP_WAIT).await;
                store.feed.close();
            }))
        })
    }
}
