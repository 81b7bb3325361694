//! The worker as a component.

use crate::config::Config;
use crate::durable::{self, Bindings, Relay};
use crate::limits::STOP_WAIT;
use crate::store::Store;
use crate::tasks::Tasks;
use crate::{expiry, functions, trigger};
use iii_kit::{BoxFuture, CancellationToken, Client, Running, StartError, Worker, WorkerOptions};
use iii_ports::Clock;
use iii_ports::kv::Kv;
use std::sync::Arc;
use std::time::Duration;

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
            let Self { config, kv, clock } = *self;
            let tasks = Tasks::default();
            let store = Store::new(&config, Arc::clone(&kv), Arc::clone(&clock), tasks.clone());
            let store = Arc::new(store);
            let stop = CancellationToken::new();
            let bindings = Bindings::new(
                Arc::clone(&kv),
                clock,
                client.clone(),
                (Arc::clone(&store.watches), Arc::clone(&store.outbox)),
                Duration::from_millis(config.durable_keep_ms),
            );
            let bindings = Arc::new(bindings);
            // Before the first write: what was watched before is watched still.
            let loaded = bindings.load().await;
            loaded.map_err(|error| StartError::Data(error.to_string()))?;
            if config.triggers_enabled {
                let (feed, tasks) = (Arc::clone(&store.feed), tasks.clone());
                let handler = trigger::Handler::new(feed, tasks, Arc::clone(&bindings));
                client
                    .register_trigger_type(trigger::registration(), handler)
                    .await?;
            }
            // The engine acknowledges functions but no trigger types. It takes registrations in
            // order, so once it has the functions it has the trigger type as well.
            functions::register(&client, &store).await?;
            functions::register_subscriptions(&client, &bindings).await?;
            tasks.spawn(expiry::run(Arc::clone(&store), stop.clone()));
            tasks.spawn(durable::retire(bindings, stop.clone()));
            let relay = Relay {
                kv,
                client,
                watches: Arc::clone(&store.watches),
                outbox: Arc::clone(&store.outbox),
            };
            tasks.spawn(relay.run(stop.clone()));
            Ok(Running::new(move || async move {
                stop.cancel();
                tasks.wait(STOP_WAIT).await;
                store.feed.close();
            }))
        })
    }
}
