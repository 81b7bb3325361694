//! Power cuts, failing and full disks, at every single step that the store takes.
//!
//! The disk is a simulated one: what was not flushed when the power goes may be there, or not, or
//! half, in any order. Nothing sleeps, and every history is repeated by its seed.

mod disk;

use super::{OpenError, Options, Store};
use crate::LocalKv;
use disk::{Disk, Drive};
use iii_ports::UnixMs;
use iii_ports::kv::{
    Address, Batch, Bounds, CommitError, Entry, FullOf, Kv, ReadError, Scan, Write,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

const NOW: UnixMs = UnixMs(1_000);
const KEYS: u64 = 8;

/// A store on a simulated disk, and what it has acknowledged.
struct Bench {
    disk: Disk,
    runtime: Runtime,
    acknowledged: BTreeMap<String, Entry>,
    /// What was asked for and not acknowledged: it may be there or not, all of it or nothing.
    unknown: Option<Vec<Write>>,
}

impl Bench {
    fn new(seed: u64) -> Self {
        Self {
            disk: Disk::new(seed),
            runtime: Builder::new_current_thread().build().unwrap(),
            acknowledged: BTreeMap::new(),
            unknown: None,
        }
    }

    fn open(&self) -> Result<LocalKv, OpenError> {
        let options = Options::default();
        let store = Store::start(Box::new(Drive::new(&self.disk)), options, None)?;
        Ok(LocalKv::new(Arc::new(store), Bounds::default()))
    }

    /// Writes two entries together; an odd number also removes one.
    fn write(&mut self, kv: &LocalKv, number: u64) -> Result<(), CommitError> {
        let put = |key: String| Write::Put {
            at: Address::new("s", key),
            value: format!("{number}:{}", "x".repeat(200)).into(),
            expires_at: None,
        };
        let (one, other) = (number % KEYS, (number * 5 + 3) % KEYS);
        let mut writes = vec![put(format!("a{one}")), put(format!("b{other}"))];
        if number % 2 == 1 {
            let at = Address::new("s", format!("a{}", (one + 1) % KEYS));
            writes.push(Write::Delete { at });
        }
        let batch = Batch {
            conditions: Vec::new(),
            writes: writes.clone(),
        };
        let committed = match self.runtime.block_on(kv.commit(batch, NOW)) {
            Ok(committed) => committed,
            Err(error) => {
                self.unknown = Some(writes);
                return Err(error);
            }
        };
        for (write, outcome) in writes.into_iter().zip(committed.outcomes) {
            match write {
                Write::Put { at, value, .. } => {
                    let version = outcome.version;
                    let entry = Entry {
                        value,
                        version,
                        expires_at: None,
                    };
                    self.acknowledged.insert(at.key, entry);
                }
                Write::Delete { at } => {
                    self.acknowledged.remove(&at.key);
                }
            }
        }
        Ok(())
    }

    fn all(&self, kv: &LocalKv) -> Result<BTreeMap<String, Entry>, ReadError> {
        let scan = Scan {
            scope: "s",
            prefix: "",
            after: None,
            limit: usize::MAX,
            bytes_max: usize::MAX,
        };
        let page = self.runtime.block_on(kv.scan(scan, NOW))?;
        Ok(page.items.into_iter().collect())
    }

    /// Everything acknowledged is there, byte for byte, and of what was not, all or nothing.
    fn check(&mut self, kv: &LocalKv, story: &str) {
        let found = self.all(kv).unwrap();
        if found == self.acknowledged {
            self.unknown = None;
            return;
        }
        let values = |all: &BTreeMap<String, Entry>| -> BTreeMap<String, bytes::Bytes> {
            let all = all.iter();
            all.map(|(key, entry)| (key.clone(), entry.value.clone()))
                .collect()
        };
        let mut expected = values(&self.acknowledged);
        for write in self.unknown.take().unwrap_or_default() {
            match write {
                Write::Put { at, value, .. } => drop(expected.insert(at.key, value)),
                Write::Delete { at } => drop(expected.remove(&at.key)),
            }
        }
        assert_eq!(values(&found), expected, "{story}");
        self.acknowledged = found;
    }
}

/// Writes until something happens at step `step`, brings the power back, and looks. Whether
/// anything happened.
fn cut_at(seed: u64, step: u64) -> bool {
    let story = format!("seed {seed}, step {step}");
    let mut bench = Bench::new(seed);
    bench.disk.cut_at(step);
    let lived = match bench.open() {
        Ok(kv) => (0..12).all(|number| bench.write(&kv, number).is_ok()),
        Err(_) => false,
    };
    if lived && bench.disk.is_on() {
        return false;
    }
    bench.disk.restore();
    let kv = bench
        .open()
        .unwrap_or_else(|error| panic!("{story}: {error}"));
    bench.check(&kv, &story);
    // And it goes on as if nothing had been.
    for number in 100..104 {
        bench.write(&kv, number).unwrap();
    }
    bench.check(&kv, &story);
    true
}

#[test]
fn no_power_cut_takes_what_was_acknowledged() {
    let mut cuts = 0;
    for seed in 0..6 {
        let mut step = 0;
        while cut_at(seed, step) {
            step += 1;
            cuts += 1;
        }
    }
    assert!(cuts > 300, "only {cuts} steps were met");
}

#[test]
fn power_cuts_one_after_the_other() {
    for seed in 100..130 {
        let mut bench = Bench::new(seed);
        let mut number = 0;
        for life in 0..12 {
            bench.disk.cut_at(20 + (seed * 7 + life * 13) % 90);
            if let Ok(kv) = bench.open() {
                bench.check_if_on(&kv, seed, life);
                while bench.write(&kv, number).is_ok() {
                    number += 1;
                }
                number += 1;
            }
            bench.disk.restore();
        }
        let kv = bench.open().unwrap();
        bench.check(&kv, &format!("seed {seed}"));
    }
}

impl Bench {
    /// Reading takes steps too, during which the power may go.
    fn check_if_on(&mut self, kv: &LocalKv, seed: u64, life: u64) {
        if self.all(kv).is_ok() && self.disk.is_on() {
            self.check(kv, &format!("seed {seed}, life {life}"));
        }
    }
}

#[test]
fn a_disk_that_fails_once_is_an_error_once() {
    let mut failures = 0;
    for step in 0.. {
        let mut bench = Bench::new(step);
        let kv = bench.open().unwrap();
        bench.write(&kv, 0).unwrap();
        bench.disk.fail_at(step);
        let mut errors = Vec::new();
        for number in 1..6 {
            if let Err(error) = bench.write(&kv, number) {
                errors.push(error);
                bench.check(&kv, &format!("step {step}, failed"));
            }
        }
        if bench.disk.has_not_failed() {
            break;
        }
        failures += 1;
        assert!(errors.len() <= 1, "step {step}: {errors:?}");
        for error in &errors {
            assert!(matches!(error, CommitError::Io(_)), "step {step}: {error}");
        }
        bench.write(&kv, 6).unwrap();
        bench.check(&kv, &format!("step {step}"));
        drop(kv);
        let kv = bench.open().unwrap();
        bench.check(&kv, &format!("step {step}, opened again"));
    }
    assert!(failures > 20, "only {failures} steps were met");
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let mut bench = Bench::new(7);
    let kv = bench.open().unwrap();
    bench.write(&kv, 0).unwrap();
    bench.disk.limit(Some(bench.disk.len() + 64 * 1024));
    let fill = |number: u64| Batch {
        conditions: Vec::new(),
        writes: vec![Write::Put {
            at: Address::new("full", number.to_string()),
            value: vec![b'x'; 100_000].into(),
            expires_at: None,
        }],
    };
    let mut written = 0;
    let refused = loop {
        match bench.runtime.block_on(kv.commit(fill(written), NOW)) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 10_000, "the disk never fills");
    };
    assert_eq!(refused, CommitError::Full(FullOf::Bytes));
    bench.check(&kv, "full");
    // It can still be read, and things can still be thrown away.
    let at = Address::new("s", "a0");
    let delete = Batch {
        conditions: Vec::new(),
        writes: vec![Write::Delete { at }],
    };
    bench.runtime.block_on(kv.commit(delete, NOW)).unwrap();
    bench.acknowledged.remove("a0");
    bench.check(&kv, "a delete");
    bench.disk.limit(None);
    bench
        .runtime
        .block_on(kv.commit(fill(written), NOW))
        .unwrap();
    drop(kv);
    let kv = bench.open().unwrap();
    bench.check(&kv, "opened again");
    let last = kv.get("full", &written.to_string(), NOW);
    assert!(bench.runtime.block_on(last).unwrap().is_some());
}
