//! What every function, delivery and timer of the worker works on.

use crate::commits::Commits;
use crate::config::Config;
use crate::core::{
    Broker, Delivery, DeliveryId, Enqueue, Known, MessageId, NewMessage, Outcome, QueueId,
};
use crate::error;
use crate::limits::UNDECIDED_MAX;
use crate::presence::Presence;
use crate::tasks::Tasks;
use crate::{deliver, payload};
use iii_kit::{BoundTrigger, CancellationToken, Client, HandlerError};
use iii_ports::log::Log;
use iii_ports::{Alarm, Clock, UnixMs};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The worker while it runs.
pub(crate) struct Hub {
    pub(crate) broker: Mutex<Broker>,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) client: Client,
    pub(crate) commits: Commits,
    pub(crate) tasks: Tasks,
    pub(crate) alarm: Alarm,
    pub(crate) presence: Presence,
    pub(crate) stop: CancellationToken,
    pub(crate) config: Mutex<Config>,
    bound: Mutex<BTreeMap<QueueId, Bound>>,
    running: Mutex<HashMap<DeliveryId, CancellationToken>>,
}

/// What is bound to a queue, taking turns.
#[derive(Default)]
struct Bound {
    triggers: Vec<BoundTrigger>,
    next: AtomicUsize,
}

/// What came of an enqueue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enqueued {
    New(MessageId),
    Known(Known),
}

/// What a hub is made of.
pub(crate) struct Parts {
    pub(crate) broker: Broker,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) client: Client,
    pub(crate) commits: Commits,
    pub(crate) tasks: Tasks,
    pub(crate) stop: CancellationToken,
    pub(crate) config: Config,
}

impl Hub {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            broker: Mutex::new(parts.broker),
            log: parts.log,
            clock: parts.clock,
            client: parts.client,
            commits: parts.commits,
            tasks: parts.tasks,
            alarm: Alarm::default(),
            presence: Presence::default(),
            stop: parts.stop,
            config: Mutex::new(parts.config),
            bound: Mutex::default(),
            running: Mutex::default(),
        })
    }

    pub(crate) fn now(&self) -> UnixMs {
        self.clock.now()
    }

    /// The text of a message id.
    pub(crate) fn name(&self, id: MessageId) -> String {
        self.broker.lock().names().text(id).to_string()
    }

    /// The message of a text.
    pub(crate) fn message(&self, text: &str) -> Result<MessageId, HandlerError> {
        let id = self.broker.lock().names().id(text);
        id.ok_or_else(|| error::no_message(text))
    }

    /// The open queue of a name.
    pub(crate) fn open_queue(&self, name: &str) -> Result<QueueId, HandlerError> {
        let broker = self.broker.lock();
        let entry = broker.named(name).filter(|entry| entry.is_open);
        let id = entry.map(|entry| entry.queue.id);
        id.ok_or_else(|| error::no_queue(&broker, name))
    }

    /// Enqueues a message; answers when it is durable.
    pub(crate) async fn enqueue(
        self: &Arc<Self>,
        queue: QueueId,
        title: &str,
        new: NewMessage,
    ) -> Result<Enqueued, HandlerError> {
        for _ in 0..UNDECIDED_MAX {
            let waits = {
                let mut broker = self.broker.lock();
                match broker.enqueue(queue, new.clone(), self.now()) {
                    Err(refusal) => return Err(error::refused(title, &refusal)),
                    Ok(Enqueue::Known(known)) => return Ok(Enqueued::Known(known)),
                    Ok(Enqueue::New(id, ticket)) => {
                        Ok((id, self.commits.submit(self, ticket, &mut broker)?))
                    }
                    Ok(Enqueue::Undecided) => Err(self.commits.decided()),
                }
            };
            match waits {
                Ok((id, told)) => {
                    let written = told.await.map_err(|_| error::stopping())?;
                    return match written {
                        Ok(()) => Ok(Enqueued::New(id)),
                        Err(failed) => Err(error::not_written(&failed)),
                    };
                }
                Err(decided) => decided.await,
            }
        }
        Err(error::refused(
            title,
            &crate::core::Refusal::Full {
                field: "enqueues with one key",
                limit: UNDECIDED_MAX as u64,
            },
        ))
    }

    /// Hands over what can be handed over, and sets the alarm.
    pub(crate) fn pump(self: &Arc<Self>) {
        if self.stop.is_cancelled() {
            return;
        }
        loop {
            let (delivery, wake_at) = {
                let mut broker = self.broker.lock();
                (broker.next(self.now()), broker.wake_at())
            };
            let Some(delivery) = delivery else {
                if let Some(at) = wake_at {
                    self.alarm.set(at);
                }
                return;
            };
            self.begin(delivery);
        }
    }

    fn begin(self: &Arc<Self>, delivery: Delivery) {
        let cancel = CancellationToken::new();
        self.running.lock().insert(delivery.id, cancel.clone());
        let hub = Arc::clone(self);
        self.tasks.spawn(deliver::run(hub, delivery, cancel));
    }

    /// A delivery has ended.
    pub(crate) fn ended(self: &Arc<Self>, id: DeliveryId, outcome: &Outcome) {
        self.running.lock().remove(&id);
        if self.stop.is_cancelled() && !matches!(outcome, Outcome::Done { .. }) {
            // What the stop itself broke off is handed over again after the next start.
            return;
        }
        {
            let mut broker = self.broker.lock();
            if let Some(ticket) = broker.ended(id, outcome, self.now()) {
                self.commits.insist(self, ticket);
            }
        }
        if *outcome == Outcome::Absent {
            self.presence.look();
        }
        self.pump();
    }

    /// Gives up all deliveries: their messages are handed over again after the next start.
    pub(crate) fn break_off(&self) {
        for cancel in self.running.lock().values() {
            cancel.cancel();
        }
    }

    /// The queues belong to somebody else: whoever stands by may serve them.
    pub(crate) async fn give_up(&self) {
        self.stop.cancel();
        self.break_off();
        self.client.shutdown().await;
    }

    /// Lets timers ring.
    pub(crate) fn tick(self: &Arc<Self>) {
        let given_up = {
            let mut broker = self.broker.lock();
            let (tickets, given_up) = broker.tick(self.now());
            for ticket in tickets {
                self.commits.insist(self, ticket);
            }
            given_up
        };
        for id in given_up {
            if let Some(cancel) = self.running.lock().remove(&id) {
                cancel.cancel();
            }
        }
        self.pump();
    }

    /// Something is bound to a queue.
    pub(crate) fn bind(self: &Arc<Self>, queue: QueueId, trigger: BoundTrigger) {
        let mut bound = self.bound.lock();
        bound.entry(queue).or_default().triggers.push(trigger);
        drop(bound);
        let now = self.now();
        let mut broker = self.broker.lock();
        broker.with(queue, |queue, _| {
            queue.offered(&crate::core::Target::Bound, now);
        });
        drop(broker);
        self.pump();
    }

    /// A trigger ends; the queue it was bound to, when it was the last.
    pub(crate) fn unbind(&self, trigger_id: &str) -> Option<QueueId> {
        let mut bound = self.bound.lock();
        let is_bound = |bound: &Bound| bound.triggers.iter().any(|it| &*it.id == trigger_id);
        let queue = *bound.iter().find(|(_, bound)| is_bound(bound))?.0;
        let of_queue = bound.get_mut(&queue)?;
        of_queue.triggers.retain(|it| &*it.id != trigger_id);
        let is_last = of_queue.triggers.is_empty();
        if is_last {
            bound.remove(&queue);
        }
        is_last.then_some(queue)
    }

    /// The trigger whose turn it is.
    pub(crate) fn turn(&self, queue: QueueId) -> Option<BoundTrigger> {
        let bound = self.bound.lock();
        let bound = bound.get(&queue)?;
        let turn = bound.next.fetch_add(1, Ordering::Relaxed) % bound.triggers.len();
        bound.triggers.get(turn).cloned()
    }

    pub(crate) fn bound_count(&self, queue: QueueId) -> usize {
        self.bound
            .lock()
            .get(&queue)
            .map_or(0, |it| it.triggers.len())
    }

    /// The bodies of messages, in their order.
    pub(crate) async fn bodies(
        &self,
        queue: QueueId,
        ids: &[MessageId],
    ) -> Result<Vec<Option<payload::Stored>>, HandlerError> {
        payload::read(self, queue, ids).await
    }
}
