//! The worker as a component.

use crate::commits::{self, Commits};
use crate::config::Config;
use crate::core::Broker;
use crate::hub::{Hub, Parts};
use crate::limits::{LEASE_TTL, RETIRE_MAX, RETIRE_MIN, STOP_WAIT};
use crate::tasks::Tasks;
use crate::{functions, open, presence, trigger};
use iii_kit::{BoxFuture, CancellationToken, Client, Running, StartError, Worker, WorkerOptions};
use iii_ports::lease::{Lease, Leases, Taking};
use iii_ports::log::Log;
use iii_ports::{Clock, UnixMs};
use parking_lot::Mutex;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// What the queues of a store belong to.
const LEASE: &str = "queue";

/// The worker `queue`: durable queues and topics for everybody.
pub struct Queue {
    config: Config,
    log: Arc<dyn Log>,
    leases: Arc<dyn Leases>,
    owner: String,
    clock: Arc<dyn Clock>,
    control: Control,
}

/// Gives a running worker new settings.
#[derive(Clone, Default)]
pub struct Control {
    hub: Arc<Mutex<Weak<Hub>>>,
}

impl Queue {
    /// The worker's name.
    pub const NAME: &'static str = "queue";

    /// A worker over this store. `owner` tells it from others over the same one: a worker that
    /// starts again under the same name need not wait for its former lease to end.
    #[must_use]
    pub fn new(
        config: Config,
        log: Arc<dyn Log>,
        leases: Arc<dyn Leases>,
        owner: impl Into<String>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            config,
            log,
            leases,
            owner: owner.into(),
            clock,
            control: Control::default(),
        }
    }

    /// What changes its settings while it runs.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    async fn take(&self) -> Result<Lease, StartError> {
        let now = self.clock.now();
        let taking = self.leases.take(LEASE, &self.owner, LEASE_TTL, now).await;
        match taking {
            Ok(Taking::Taken(lease)) => Ok(lease),
            Ok(Taking::Held { owner, .. }) => Err(StartError::Unavailable(format!(
                "the queues belong to `{owner}`"
            ))),
            Err(error) => Err(StartError::Data(error.to_string())),
        }
    }
}

impl Control {
    /// Gives the worker new settings: queues that are new or changed, and others that are named no
    /// more, which take no messages from then on and hand over those they have.
    ///
    /// # Errors
    /// The worker does not run, or the settings mean nothing; it goes on as before.
    pub fn reconfigure(&self, config: Config) -> Result<(), StartError> {
        config.check().map_err(StartError::Config)?;
        let hub = self.hub.lock().upgrade();
        let hub = hub.ok_or_else(|| StartError::Unavailable("the worker has ended".to_owned()))?;
        hub.reconfigure(config);
        Ok(())
    }
}

impl Hub {
    fn reconfigure(self: &Arc<Self>, config: Config) {
        let now = self.now();
        let queues = config.queues();
        let before = std::mem::replace(&mut *self.config.lock(), config);
        let mut changes = Vec::new();
        {
            let mut broker = self.broker.lock();
            for (name, settings) in &queues {
                changes.extend(broker.declare(name, settings, now));
            }
            let gone = before.queues().into_keys();
            for name in gone.filter(|name| !queues.contains_key(name)) {
                broker.close(&name);
            }
        }
        if !changes.is_empty() {
            let written = self.commits.plain(self, changes);
            self.tasks.spawn(async move {
                if let Err(error) = written.await {
                    tracing::warn!(%error, "queue.definition_not_written");
                }
            });
        }
        self.pump();
    }
}

impl Worker for Queue {
    fn options(&self) -> WorkerOptions {
        WorkerOptions::new(Self::NAME).description("Durable queues and topics")
    }

    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>> {
        Box::pin(async move {
            let lease = self.take().await?;
            let now = self.clock.now();
            let broker = open::open(&*self.log, lease.fence, &self.config, now).await;
            let broker = match broker {
                Ok(broker) => broker,
                Err(error) => {
                    let _ = self.leases.release(&lease, now).await;
                    return Err(error);
                }
            };
            let hub = begin(&self, &lease, broker, client);
            *self.control.hub.lock() = Arc::downgrade(&hub);
            let handler = trigger::Handler::new(Arc::clone(&hub));
            for registration in trigger::registrations() {
                hub.client
                    .register_trigger_type(registration, handler.clone())
                    .await?;
            }
            functions::register(&hub).await?;
            hub.pump();
            let leases = Arc::clone(&self.leases);
            Ok(Running::new(move || async move {
                hub.stop.cancel();
                hub.break_off();
                hub.tasks.wait(STOP_WAIT).await;
                let _ = leases.release(&lease, hub.now()).await;
            }))
        })
    }
}

fn begin(queue: &Queue, lease: &Lease, broker: Broker, client: Client) -> Arc<Hub> {
    let (commits, line) = Commits::new(lease.fence);
    let hub = Hub::new(Parts {
        broker,
        log: Arc::clone(&queue.log),
        clock: Arc::clone(&queue.clock),
        client,
        commits,
        tasks: Tasks::default(),
        stop: CancellationToken::new(),
        config: queue.config.clone(),
    });
    hub.tasks.spawn(commits::run(Arc::clone(&hub), line));
    hub.tasks.spawn(timers(Arc::clone(&hub)));
    hub.tasks.spawn(retire(Arc::clone(&hub)));
    hub.tasks.spawn(presence::watch(Arc::clone(&hub)));
    let leases = Arc::clone(&queue.leases);
    hub.tasks
        .spawn(hold(Arc::clone(&hub), leases, lease.clone()));
    hub
}

/// Lets timers ring when their time has come.
async fn timers(hub: Arc<Hub>) {
    loop {
        tokio::select! {
            () = hub.stop.cancelled() => return,
            () = hub.alarm.rings(&*hub.clock) => hub.tick(),
        }
        // A long row of timers must not keep other work from its turn.
        tokio::task::yield_now().await;
    }
}

/// Ends subscriptions to which nothing was bound for too long.
async fn retire(hub: Arc<Hub>) {
    // What the worker before began to end.
    let ended = hub.broker.lock().ended_subscriptions();
    for id in ended {
        if let Err(error) = functions::remove_subscription(&hub, id).await {
            tracing::warn!(error = error.message, "queue.subscription_not_removed");
        }
    }
    loop {
        let keep = Duration::from_millis(hub.config.lock().subscription_keep_ms);
        let next = hub.now().after((keep / 8).clamp(RETIRE_MIN, RETIRE_MAX));
        tokio::select! {
            () = hub.stop.cancelled() => return,
            () = hub.clock.sleep_until(next) => {}
        }
        let keep = hub.config.lock().subscription_keep_ms;
        let before = UnixMs(hub.now().0.saturating_sub(keep));
        let idle = hub.broker.lock().idle_since(before);
        for id in idle {
            match functions::end_subscription(&hub, id).await {
                Ok(None) => {}
                Ok(Some(messages)) => tracing::info!(messages, "queue.subscription_ended"),
                Err(error) => {
                    tracing::warn!(error = error.message, "queue.subscription_not_ended");
                }
            }
        }
    }
}

/// Takes a lease again that ended because this process stood still. Commits go on under the fence
/// of the first one: had anybody else begun meanwhile, the store would refuse them.
async fn regain(hub: &Hub, leases: &dyn Leases, lost: &Lease) -> Option<Lease> {
    match leases.take(LEASE, &lost.owner, LEASE_TTL, hub.now()).await {
        Ok(Taking::Taken(lease)) => {
            tracing::warn!("queue.lease_regained");
            Some(lease)
        }
        Ok(Taking::Held { .. }) | Err(_) => None,
    }
}

/// Renews the lease. Without it nothing can be written any more, so the worker stops handing over.
async fn hold(hub: Arc<Hub>, leases: Arc<dyn Leases>, mut lease: Lease) {
    loop {
        let next = hub.now().after(LEASE_TTL / 3);
        tokio::select! {
            () = hub.stop.cancelled() => return,
            () = hub.clock.sleep_until(next) => {}
        }
        match leases.renew(&lease, LEASE_TTL, hub.now()).await {
            Ok(Some(renewed)) => lease = renewed,
            Ok(None) => {
                let Some(regained) = regain(&hub, &*leases, &lease).await else {
                    tracing::error!("queue.lease_lost");
                    hub.give_up().await;
                    return;
                };
                lease = regained;
            }
            Err(error) => tracing::warn!(%error, "queue.lease_not_renewed"),
        }
    }
}
