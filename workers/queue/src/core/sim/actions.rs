//! What happens to the world, at random.

use super::check;
use super::check::fate::Cause;
use super::settings::settings;
use super::store::Waits;
use super::world::{FUNCTIONS, NAMED, TOPICS, World, function};
use crate::core::queue::Settle;
use crate::core::{
    Advice, Debounce, Delivery, DeliveryId, Enqueue, Failure, MessageId, NewMessage, Outcome,
    QueueId, QueueKind, Subscription, Target, Then, Throttle,
};
use bytes::Bytes;
use iii_ports::UnixMs;
use std::time::Duration;

impl World {
    /// One thing happens, and everything that must hold is looked at.
    pub(super) fn step(&mut self) {
        match self.rng.u32(0..200) {
            0..40 => self.enqueue(),
            40..48 => self.publish(),
            48..80 => self.end_one(),
            80..84 => self.report(),
            84..112 => {
                let fails = self.one_in(12);
                self.apply(fails);
            }
            112..140 => _ = self.tell(),
            140..146 => self.retry(),
            146..164 => self.time_passes(),
            164..168 => self.bind(),
            168..172 => self.unbind(),
            172..175 => self.offer(),
            175..177 => self.pause(),
            177..179 => self.configure(),
            179 => self.purge(),
            180..182 => self.take_back(),
            182..185 => self.revive(),
            185..187 => self.discard(),
            187 if self.one_in(3) => self.crash(),
            _ => self.write_much(),
        }
        for _ in 0..self.rng.u32(0..4) {
            self.hand_over();
        }
        check::step(self);
    }

    fn write_much(&mut self) {
        for _ in 0..self.rng.u32(0..4) {
            self.apply(false);
            self.tell();
        }
    }

    fn some_queue(&mut self) -> QueueId {
        let queues = self.queues();
        let at = self.rng.usize(0..queues.len());
        queues[at].0
    }

    fn name(&mut self, prefix: &str, many: u32, one_in: u32) -> Option<String> {
        let number = self.rng.u32(0..many);
        self.one_in(one_in).then(|| format!("{prefix}{number}"))
    }

    fn message(&mut self) -> NewMessage {
        self.bodies += 1;
        let size = self.rng.usize(4..20);
        let body = format!("{:0size$}", self.bodies);
        let arc = |name: Option<String>| name.map(Into::into);
        let delay = self.rng.u64(0..4000);
        let ms = self.rng.u64(1..3000);
        let max_wait_ms = self.rng.bool().then(|| ms * 2);
        let at = self.rng.usize(0..FUNCTIONS.len());
        let debounce = self.name("d", 2, 8);
        let is_debounced = debounce.is_some();
        let throttle = self.name("h", 2, 12);
        NewMessage {
            target: function(FUNCTIONS[at]),
            body: Bytes::from(body),
            group: arc(self.name("g", 3, 3)),
            key: arc(self.name("k", 3, 2)),
            tenant: arc(self.name("t", 3, 3)),
            priority: if self.rng.bool() {
                0
            } else {
                self.rng.u8(0..4)
            },
            due: self.one_in(4).then(|| UnixMs(self.now.0 + delay)),
            ttl_ms: self.one_in(6).then(|| self.rng.u64(100..8000)),
            timeout_ms: self.one_in(4).then(|| self.rng.u64(100..10_000)),
            attempts_max: self.one_in(5).then(|| self.rng.u32(1..4)),
            idempotency_key: self.name("i", 4, 5).filter(|_| !is_debounced),
            idempotency_window_ms: self.one_in(3).then(|| self.rng.u64(1..9000)),
            singleton: self.name("s", 2, 8).filter(|_| !is_debounced),
            debounce: debounce.map(|key| Debounce {
                key,
                ms,
                max_wait_ms,
            }),
            throttle: throttle
                .filter(|_| !is_debounced)
                .map(|key| Throttle { key, ms }),
        }
    }

    fn enqueue(&mut self) {
        let at = self.rng.usize(0..NAMED.len());
        let entry = self.broker.named(NAMED[at]).expect("it is declared");
        let (queue, depth) = (entry.queue.id, entry.queue.depth());
        let most = entry.queue.settings().depth_max;
        let (kept, kept_max) = (entry.queue.kept(), entry.queue.settings().kept_max);
        let mut new = self.message();
        if self.one_in(4) {
            new.target = Target::Bound;
        }
        match self.broker.enqueue(queue, new.clone(), self.now) {
            Ok(Enqueue::New(id, ticket)) => {
                let grown = self.broker.entry(queue).expect("it is there").queue.depth();
                assert!(grown == depth || depth < most, "more than depth_max");
                let lasts = new.idempotency_key.is_some() || new.throttle.is_some();
                assert!(!lasts || kept < kept_max, "more than kept_max");
                self.say(format_args!("new {} in q{}", id.0, queue.0));
                check::known::taken(self, queue, &new, id);
                self.submit(ticket.changes, ticket.then);
                self.checks
                    .met(if grown == depth { "replaced" } else { "new" });
            }
            Ok(Enqueue::Known(known)) => {
                check::known::refused(self, queue, &new, known.id);
                self.checks.met("known");
            }
            Ok(Enqueue::Undecided) => {
                let log = self.log_of(queue);
                assert!(self.store.is_busy(&log), "its fate is known");
                self.checks.met("undecided");
            }
            Err(_) => self.checks.met("full"),
        }
    }

    /// Sometimes the line of commits is full.
    fn submit(&mut self, changes: Vec<iii_ports::log::Change>, then: Then) {
        if self.one_in(30) {
            self.broker.not_written(&then, self.now);
        } else {
            self.store.submit(changes, Waits::Arrival(then));
        }
    }

    fn publish(&mut self) {
        let at = self.rng.usize(0..TOPICS.len());
        let new = NewMessage {
            target: Target::Bound,
            ..self.message()
        };
        let settings = settings(&mut self.rng, "backlog");
        let message = |_: &_| Ok::<_, ()>(new.clone());
        let published = self
            .broker
            .publish(TOPICS[at], &message, &settings, self.now);
        if let Ok(ticket) = published {
            self.say(format_args!("published {:?}", ticket.then));
            self.submit(ticket.changes, ticket.then);
            self.checks.met("published");
        }
    }

    fn pick_running(&mut self) -> Option<DeliveryId> {
        let ids: Vec<_> = self.running.keys().copied().collect();
        let ids: Vec<_> = ids
            .into_iter()
            .filter(|it| !self.mute.contains(it))
            .collect();
        (!ids.is_empty()).then(|| ids[self.rng.usize(0..ids.len())])
    }

    fn end_one(&mut self) {
        let Some(id) = self.pick_running() else {
            return;
        };
        let outcome = self.outcome(&self.running[&id].clone());
        self.end(id, &outcome);
    }

    /// Whether the function of a delivery can be reached.
    pub(super) fn is_offered(&self, delivery: &Delivery) -> bool {
        match &delivery.target {
            Target::Bound => self.bound.contains(&delivery.queue),
            Target::Function { id, .. } => self.offered.contains(&**id),
        }
    }

    fn outcome(&mut self, delivery: &Delivery) -> Outcome {
        if !self.is_offered(delivery) {
            return Outcome::Absent;
        }
        let after = Duration::from_millis(self.rng.u64(0..3000));
        let after = self.one_in(3).then_some(after);
        match self.rng.u32(0..10) {
            0..5 => {
                let ids = delivery.messages.iter().map(|it| it.id);
                let is_batch = delivery.is_batch;
                let failed = ids.filter(|_| is_batch && self.rng.u32(0..3) == 0);
                Outcome::Done {
                    failed: failed.collect(),
                    result: self.one_in(2).then(|| Bytes::from_static(b"result")),
                }
            }
            5..8 => Outcome::Failed {
                failure: Failure {
                    code: if self.one_in(8) { "never" } else { "boom" }.to_owned(),
                    message: String::new(),
                },
                advice: Advice {
                    after,
                    is_final: self.one_in(8),
                },
            },
            _ => Outcome::Returned { after },
        }
    }

    pub(super) fn end(&mut self, id: DeliveryId, outcome: &Outcome) {
        let delivery = self.running.remove(&id).expect("it runs");
        self.say(format_args!("ended {}: {outcome:?}", id.0));
        let ticket = self.broker.ended(id, outcome, self.now);
        assert!(self.broker.ended(id, outcome, self.now).is_none(), "once");
        let writes = matches!(outcome, Outcome::Done { .. } | Outcome::Failed { .. });
        assert_eq!(ticket.is_some(), writes);
        if let Some(ticket) = ticket {
            check::fate::decided(self, &ticket, Some((&delivery, outcome)));
            self.insist(ticket);
        }
        self.checks.met(match outcome {
            Outcome::Done { failed, .. } if !failed.is_empty() => "partly failed",
            Outcome::Done { .. } => "done",
            Outcome::Failed { .. } => "failed",
            Outcome::Returned { .. } => "returned",
            Outcome::Absent => "absent",
        });
    }

    fn report(&mut self) {
        let Some(id) = self.pick_running() else {
            return;
        };
        let delivery = &self.running[&id];
        let (queue, message) = (delivery.queue, delivery.messages[0].id);
        let more = self
            .rng
            .bool()
            .then(|| Duration::from_secs(self.rng.u64(0..9)));
        let now = self.now;
        let until = self.broker.with(queue, |queue, _| {
            queue.report(message, more, Some("1".to_owned()), now)
        });
        assert!(until.flatten().is_some(), "it runs");
        self.checks.met("reported");
    }

    fn time_passes(&mut self) {
        let by = match self.rng.u32(0..10) {
            0 => self.rng.u64(0..30_000),
            1..4 => self.rng.u64(0..2000),
            _ => self.rng.u64(0..200),
        };
        self.now = UnixMs(self.now.0 + by);
        if !self.one_in(4) {
            self.tick();
        }
    }

    pub(super) fn subscribe(&mut self, topic: &str, function_id: &str) -> QueueId {
        let settings = settings(&mut self.rng, topic);
        let who = Subscription {
            topic: topic.to_owned(),
            function_id: function_id.to_owned(),
            namespace: None,
        };
        let (id, changes) = self.broker.subscribe(&who, &settings, self.now);
        self.say(format_args!("subscribed q{}", id.0));
        self.store.submit(changes, Waits::Nothing);
        self.bound.insert(id);
        id
    }

    fn bind(&mut self) {
        if self.rng.bool() {
            let (topic, at) = (self.rng.usize(0..TOPICS.len()), self.rng.usize(0..2));
            self.subscribe(TOPICS[topic], FUNCTIONS[at]);
        } else {
            let at = self.rng.usize(0..NAMED.len());
            let id = self.broker.named(NAMED[at]).expect("declared").queue.id;
            self.bind_queue(id);
        }
    }

    pub(super) fn bind_queue(&mut self, id: QueueId) {
        self.bound.insert(id);
        let now = self.now;
        self.broker
            .with(id, |queue, _| queue.offered(&Target::Bound, now));
    }

    fn unbind(&mut self) {
        let bound: Vec<_> = self.bound.iter().copied().collect();
        if bound.is_empty() {
            return;
        }
        let id = bound[self.rng.usize(0..bound.len())];
        self.bound.remove(&id);
        let changes = self.broker.unbound(id, self.now);
        self.store.submit(changes, Waits::Nothing);
        let is_idle = self
            .broker
            .entry(id)
            .is_some_and(|it| it.queue.depth() == 0)
            && !self.checks.claimed.iter().any(|it| it.0 == id);
        if is_idle && self.broker.idle_since(self.now).contains(&id) {
            let ended = self.broker.end(id).expect("nothing is bound to it");
            let (_, change) = self.broker.gone(id).expect("it is a subscription");
            self.say(format_args!("unsubscribed q{}", id.0));
            self.checks.met("unsubscribed");
            self.store.submit(vec![ended, change], Waits::Nothing);
            // The shell removes what is dead or remembered; nobody has to wait for that.
            self.store.logs.remove(&*format!("q{}", id.0));
        }
    }

    fn offer(&mut self) {
        let name = FUNCTIONS[self.rng.usize(0..FUNCTIONS.len())];
        if self.offered.insert(name) {
            // Whoever is not told finds out.
            if self.rng.bool() {
                self.broker.offered(&function(name), self.now);
            }
        } else {
            self.offered.remove(name);
        }
    }

    fn pause(&mut self) {
        let (id, is_paused) = (self.some_queue(), self.rng.bool());
        let change = self.broker.set_paused(id, is_paused);
        self.store
            .submit(change.into_iter().collect(), Waits::Nothing);
    }

    fn configure(&mut self) {
        let name = NAMED[self.rng.usize(0..NAMED.len())];
        let wanted = settings(&mut self.rng, name);
        let patch = match serde_json::to_value(wanted) {
            Ok(serde_json::Value::Object(patch)) => patch,
            other => panic!("{other:?}"),
        };
        let declared = self.declared[name].clone();
        let defined = self.broker.define(name, patch, Some(&declared));
        let defined = defined.expect("it is valid");
        let change = defined.change.clone();
        self.store
            .submit(vec![change], Waits::Defined(Box::new(defined)));
        self.checks.met("configured");
    }

    fn purge(&mut self) {
        let id = self.some_queue();
        let purged = self.broker.with(id, |queue, _| queue.purge());
        let (changes, settles) = purged.expect("it is there");
        self.remove(id, changes, settles);
    }

    fn remove(
        &mut self,
        queue: QueueId,
        changes: Vec<iii_ports::log::Change>,
        settles: Vec<Settle>,
    ) {
        for change in &changes {
            let id = (queue, MessageId(change.id().0));
            self.checks.causes.insert(id, Cause::Purged);
            self.checks.met("purged");
        }
        let then = Then::Settled(queue, settles);
        self.submit(changes, then);
    }

    fn take_back(&mut self) {
        let queue = self.some_queue();
        let log = self.log_of(queue);
        let ids: Vec<_> = self.store.entries(&log).map(|it| it.0).collect();
        if ids.is_empty() {
            return;
        }
        let id = ids[self.rng.usize(0..ids.len())];
        let taken = self.broker.with(queue, |queue, _| queue.take_back(id));
        if let Some((changes, settles)) = taken.flatten() {
            self.remove(queue, changes, settles);
        }
    }

    fn claim(&mut self) -> Option<(QueueId, MessageId, u32)> {
        let queue = self.some_queue();
        let dead = self.broker.entry(queue)?.queue.dead_after(None, 100);
        if dead.is_empty() {
            return None;
        }
        let id = dead[self.rng.usize(0..dead.len())];
        let claimed = self.broker.with(queue, |queue, _| queue.claim_dead(id));
        let body_len = claimed.flatten().expect("it was listed");
        self.checks.claimed.insert((queue, id));
        Some((queue, id, body_len))
    }

    fn revive(&mut self) {
        let Some((queue, id, mut body_len)) = self.claim() else {
            return;
        };
        let log = self.log_of(queue);
        let kept = self.store.get(&log, id).expect("it is dead").clone();
        let body = self.one_in(2).then(|| Bytes::from_static(b"edited"));
        if let Some(body) = &body {
            body_len = u32::try_from(body.len()).expect("it is short");
        }
        let queue_of = &self.broker.entry(queue).expect("it is there").queue;
        let (change, head) = queue_of.revive(id, &kept.head, body).expect("its head");
        self.checks.causes.insert((queue, id), Cause::Revived);
        self.checks.revived.insert((queue, id));
        self.checks.met("revived");
        self.say(format_args!("revives {} of q{}", id.0, queue.0));
        self.store
            .submit(vec![change], Waits::Revived(queue, id, head, body_len));
    }

    fn discard(&mut self) {
        let Some((queue, id, body_len)) = self.claim() else {
            return;
        };
        let change = self
            .broker
            .entry(queue)
            .expect("there")
            .queue
            .discard_dead(id);
        self.checks.causes.insert((queue, id), Cause::Purged);
        self.store
            .submit(vec![change], Waits::Discarded(queue, id, body_len));
    }

    /// The topic of a queue that nobody has subscribed to yet.
    pub(super) fn topic_of(&self, id: QueueId) -> Option<String> {
        match &self.broker.entry(id)?.definition.kind {
            QueueKind::Backlog { topic } => Some(topic.clone()),
            _ => None,
        }
    }
}
