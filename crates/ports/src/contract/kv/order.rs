//! Order and atomicity among many callers.

use super::Make;
use super::subject::{NOW, at, if_version, put};
use crate::contract::cases;
use crate::kv::{Batch, Bounds, CommitError, Kv, Version, Write};
use bytes::Bytes;
use std::collections::BTreeSet;

pub(super) fn calls_are_in_order(make: Make<'_>) {
    let store = make(Bounds::default());
    let replies: Vec<_> = (0..200)
        .map(|index| {
            let writes = vec![put("s", "k", &index.to_string())];
            store.kv.commit(
                Batch {
                    conditions: Vec::new(),
                    writes,
                },
                NOW,
            )
        })
        .collect();
    let mut last = None;
    for reply in replies {
        let outcome = store.wait(reply).expect("no conditions").outcomes.remove(0);
        assert_eq!(
            outcome.old.map(|old| old.version),
            last,
            "the old is the previous call's"
        );
        last = Some(outcome.version);
    }
    assert_eq!(store.value("s", "k").as_deref(), Some(b"199".as_ref()));
}

pub(super) fn threads_lose_nothing(make: Make<'_>) {
    const THREADS: usize = 4;
    const ROUNDS: usize = 100;
    let store = make(Bounds::default());
    let versions: Vec<Version> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| add_many(&*store.kv, ROUNDS)))
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let value = store.value("s", "sum").expect("counted");
    assert_eq!(value, (THREADS * ROUNDS).to_string());
    let distinct: BTreeSet<_> = versions.iter().collect();
    assert_eq!(distinct.len(), THREADS * ROUNDS, "no version is used twice");
}

/// Adds one, `rounds` times, by compare-and-set; returns the versions made.
fn add_many(kv: &dyn Kv, rounds: usize) -> Vec<Version> {
    let runtime = cases::runtime();
    let mut versions = Vec::new();
    while versions.len() < rounds {
        let entry = runtime.block_on(kv.get("s", "sum", NOW)).expect("open");
        let version = entry
            .as_ref()
            .map_or(Version::ABSENT, |entry| entry.version);
        let sum: usize = entry.map_or(0, |entry| {
            std::str::from_utf8(&entry.value)
                .expect("digits")
                .parse()
                .expect("a number")
        });
        let value = Bytes::from((sum + 1).to_string());
        let write = Write::Put {
            at: at("s", "sum"),
            value,
            expires_at: None,
        };
        let conditions = vec![if_version("s", "sum", version)];
        match runtime.block_on(kv.commit(
            Batch {
                conditions,
                writes: vec![write],
            },
            NOW,
        )) {
            Ok(committed) => versions.push(committed.outcomes[0].version),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    versions
}
