//! Tenants share by their weights, whatever happens: random lives against the sum of what each was
//! handed over.

use super::*;
use crate::core::settings::Batch;
use std::collections::BTreeMap;

const TENANTS: usize = 4;
const LIVES: u64 = 40;
const STEPS: u64 = 300;
/// Nothing is enqueued while more wait.
const WAITING_MAX: u64 = 40;
/// Pause before an attempt after the first.
const PAUSE_MS: u64 = 50;

/// What a life remembers beside the queue.
struct Life {
    bench: Bench,
    rng: Rng,
    weights: [u32; TENANTS],
    batch: u32,
    tenant_of: BTreeMap<u64, usize>,
    waiting: [u64; TENANTS],
    /// When messages that failed wait again.
    later: Vec<(u64, usize)>,
    running: Vec<(DeliveryId, Vec<u64>)>,
    /// By `[one][other]`: what the other was handed over more than the one, by weight, since the
    /// one has had something waiting.
    ahead: [[f64; TENANTS]; TENANTS],
    compared: u64,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let weights = std::array::from_fn(|_| rng.u32(1..6));
        let batch = rng.u32(1..4);
        let names = (0..TENANTS).map(name);
        let settings = Settings {
            tenant_weights: names.zip(weights).collect(),
            concurrency: rng.u32(1..6),
            batch: (batch > 1).then_some(Batch {
                size: batch,
                wait_ms: 0,
            }),
            max_retries: 1000,
            backoff_ms: PAUSE_MS,
            backoff_max_ms: PAUSE_MS,
            ..plain()
        };
        Self {
            bench: Bench::new(settings),
            rng,
            weights,
            batch,
            tenant_of: BTreeMap::new(),
            waiting: [0; TENANTS],
            later: Vec::new(),
            running: Vec::new(),
            ahead: [[0.0; TENANTS]; TENANTS],
            compared: 0,
        }
    }

    fn step(&mut self) {
        match self.rng.u32(0..10) {
            0..4 => self.enqueue(),
            4..7 => self.end(),
            7 => self.pass(),
            _ => {}
        }
        while let Some(delivery) = self.bench.next() {
            self.handed_over(&delivery.1);
            self.running.push(delivery);
        }
    }

    fn enqueue(&mut self) {
        if self.waiting.iter().sum::<u64>() > WAITING_MAX {
            return;
        }
        let tenant = self.rng.usize(0..TENANTS);
        for _ in 0..self.rng.u32(1..12) {
            let id = self.bench.enqueue(NewMessage {
                tenant: Some(name(tenant).into()),
                ..message()
            });
            self.tenant_of.insert(id, tenant);
            self.waiting[tenant] += 1;
        }
    }

    /// Somebody who has nothing waiting has no claim on what others get.
    fn handed_over(&mut self, messages: &[u64]) {
        let who = self.tenant_of[&messages[0]];
        let count = messages.len() as u64;
        assert!(messages.iter().all(|id| self.tenant_of[id] == who));
        let cost = |tenant: usize| f64::from(self.batch) / f64::from(self.weights[tenant]);
        let got = count as f64 / f64::from(self.weights[who]);
        for one in (0..TENANTS).filter(|one| *one != who && self.waiting[*one] > 0) {
            let ahead = self.ahead[one][who] + got;
            // What is handed over in one go, of each: closer is not possible.
            let most = cost(one) + cost(who) + 0.001;
            assert!(
                ahead <= most,
                "{who} got {ahead:.2} more than {one} by weight, at most {most:.2}: {:?}",
                self.weights
            );
            self.ahead[one][who] = ahead;
            self.compared += 1;
        }
        for other in 0..TENANTS {
            self.ahead[who][other] = (self.ahead[who][other] - got).max(0.0);
        }
        self.waiting[who] -= count;
        if self.waiting[who] == 0 {
            self.ahead[who] = [0.0; TENANTS];
        }
    }

    fn end(&mut self) {
        if self.running.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.running.len());
        let (id, messages) = self.running.swap_remove(at);
        if self.rng.u32(0..4) > 0 {
            self.bench.end(id, &done());
            return;
        }
        self.bench.end(id, &failed());
        let due = self.bench.now.0 + PAUSE_MS;
        let tenants = messages.iter().map(|id| self.tenant_of[id]);
        self.later.extend(tenants.map(|tenant| (due, tenant)));
    }

    fn pass(&mut self) {
        self.bench.pass(self.rng.u64(0..2 * PAUSE_MS));
        let now = self.bench.now.0;
        self.later.retain(|(due, tenant)| {
            self.waiting[*tenant] += u64::from(*due <= now);
            *due > now
        });
    }
}

fn name(tenant: usize) -> String {
    format!("t{tenant}")
}

#[test]
fn nobody_who_has_work_falls_behind() {
    let mut compared = 0;
    for seed in 0..LIVES {
        let mut life = Life::new(seed);
        for _ in 0..STEPS {
            life.step();
        }
        compared += life.compared;
    }
    assert!(compared > 5_000, "they did share: {compared}");
}
