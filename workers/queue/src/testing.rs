//! What the tests of this crate share: the worker's inside over a store that answers when the test
//! says so, and a clock that is moved by hand.

mod late_log;

use crate::commits::{self, Commits};
use crate::config::Config;
use crate::core::{MessageId, QueueId, Subscription};
use crate::hub::{Enqueued, Hub, Parts};
use crate::input::{Cargo, Options};
use crate::open;
use crate::tasks::Tasks;
use iii_kit::{CancellationToken, TraceContext};
use iii_ports::lease::Fence;
use iii_ports::log::Log;
use iii_ports::{ManualClock, UnixMs};
use iii_testkit::{TestEngine, within};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use late_log::LateLog;

pub(crate) struct Fixture {
    pub(crate) hub: Arc<Hub>,
    pub(crate) log: Arc<LateLog>,
    clock: ManualClock,
    _engine: TestEngine,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::over(Arc::new(LateLog::new())).await
    }

    /// What begins with the store of another one.
    pub(crate) async fn over(log: Arc<LateLog>) -> Self {
        let engine = TestEngine::start().await;
        let client = engine.client("queue-inside").await;
        let clock = ManualClock::at(UnixMs(1_000_000));
        let (fence, config) = (Fence(1), Config::default());
        let broker = open::open(&*log, fence, &config, UnixMs(1_000_000)).await;
        let (commits, line) = Commits::new(fence);
        let hub = Hub::new(Parts {
            broker: broker.unwrap(),
            log: Arc::clone(&log) as Arc<dyn Log>,
            clock: Arc::new(clock.clone()),
            client,
            commits,
            tasks: Tasks::default(),
            stop: CancellationToken::new(),
            config,
        });
        hub.tasks.spawn(commits::run(Arc::clone(&hub), line));
        Self {
            hub,
            log,
            clock,
            _engine: engine,
        }
    }

    /// The queue `default` with so many messages that are dead.
    pub(crate) async fn dead(&self, count: usize) -> (QueueId, Vec<MessageId>) {
        let queue = self.hub.open_queue("default").unwrap();
        let mut ids = Vec::new();
        for n in 0..count {
            let Enqueued::New(id) = self.enqueue(queue, &n.to_string()).await else {
                panic!("it is new");
            };
            ids.push(id);
        }
        self.clock.advance(Duration::from_millis(1));
        self.hub.tick();
        self.until(queue, |_, dead| dead == count as u64).await;
        (queue, ids)
    }

    /// A message that nobody is there for, and that is dead after a millisecond.
    async fn enqueue(&self, queue: QueueId, data: &str) -> Enqueued {
        let options: Options = serde_json::from_str(r#"{"ttl_ms": 1}"#).unwrap();
        let cargo = Cargo {
            data,
            metadata: None,
            trace: TraceContext::default(),
        };
        let target = crate::core::Target::Bound;
        let now = self.hub.now();
        let new = options.message(target, &cargo, &crate::core::Settings::default(), now);
        self.hub
            .enqueue(queue, "default", new.unwrap())
            .await
            .unwrap()
    }

    /// Waits until a queue has so many messages that are not dead, and that are.
    pub(crate) async fn until(&self, queue: QueueId, is_so: impl Fn(u64, u64) -> bool) {
        let stands = async {
            loop {
                {
                    let broker = self.hub.broker.lock();
                    let queue = &broker.entry(queue).unwrap().queue;
                    if is_so(queue.depth(), queue.dead_count()) {
                        return;
                    }
                }
                tokio::task::yield_now().await;
            }
        };
        within("the queue to stand so", stands).await;
    }

    /// A subscription of `orders` to which nothing is bound.
    pub(crate) async fn idle_subscription(&self) -> QueueId {
        let (id, changes) = self.subscribe();
        let unbound = self.hub.broker.lock().unbound(id, self.hub.now());
        let changes = changes.into_iter().chain(unbound).collect();
        self.hub.commits.plain(&self.hub, changes).await.unwrap();
        id
    }

    /// Binds a function to `orders`.
    pub(crate) fn subscribe(&self) -> (QueueId, Vec<iii_ports::log::Change>) {
        let who = Subscription {
            topic: "orders".into(),
            function_id: "tests::sub".into(),
            namespace: None,
        };
        let settings = crate::core::Settings::default();
        let mut broker = self.hub.broker.lock();
        broker.subscribe(&who, &settings, self.hub.now())
    }
}
