//! Any history must agree with the naive model.

use super::Make;
use super::model::Model;
use super::subject::{Subject, at};
use crate::UnixMs;
use crate::kv::{Batch, Bounds, CommitError, Condition, Scan, Version, Write};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[derive(Clone, Debug)]
enum Step {
    Get {
        scope: u8,
        key: u8,
    },
    Commit {
        conditions: Vec<(u8, u8, Guess)>,
        writes: Vec<PlannedWrite>,
    },
    Scan {
        scope: u8,
        prefix: &'static str,
        after: Option<u8>,
        limit: usize,
    },
    Scopes,
    Sweep {
        limit: usize,
    },
    Advance {
        by_ms: u64,
    },
}

/// Which version a condition asks for.
#[derive(Clone, Copy, Debug)]
enum Guess {
    Right,
    Absent,
    Wrong,
}

#[derive(Clone, Debug)]
struct PlannedWrite {
    scope: u8,
    key: u8,
    /// `None` deletes.
    value: Option<u8>,
    ttl_ms: Option<u64>,
}

const KEYS: [&str; 6] = ["", "a", "a/", "a/b", "a/c", "b"];
const SCOPES: [&str; 3] = ["", "s", "s/t"];

pub(super) fn agrees_with_model(make: Make<'_>) {
    let config = Config {
        cases: 256,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&vec(step(), 1..60), |steps| {
            let store = make(Bounds::default());
            let mut model = Model::default();
            let mut now = UnixMs(1_000);
            for step in &steps {
                check(&store, &mut model, &mut now, step)?;
            }
            Ok(())
        })
        .expect("the store agrees with the model");
}

fn step() -> impl Strategy<Value = Step> {
    let (scope, key) = (0..3u8, 0..6u8);
    let guess =
        prop_oneof![4 => Just(Guess::Right), 1 => Just(Guess::Absent), 1 => Just(Guess::Wrong)];
    let write = (0..3u8, 0..6u8, proptest::option::weighted(0.8, any::<u8>())).prop_flat_map(
        |(scope, key, value)| {
            proptest::option::weighted(0.4, 0..50u64).prop_map(move |ttl_ms| PlannedWrite {
                scope,
                key,
                value,
                ttl_ms,
            })
        },
    );
    prop_oneof![
        3 => (scope.clone(), key.clone()).prop_map(|(scope, key)| Step::Get { scope, key }),
        6 => (vec((0..3u8, 0..6u8, guess), 0..3), vec(write, 0..4))
            .prop_map(|(conditions, writes)| Step::Commit { conditions, writes }),
        3 => (
            scope,
            prop_oneof![Just(""), Just("a"), Just("a/")],
            proptest::option::of(key),
            1..4usize
        )
            .prop_map(|(scope, prefix, after, limit)| Step::Scan { scope, prefix, after, limit }),
        1 => Just(Step::Scopes),
        2 => (0..4usize).prop_map(|limit| Step::Sweep { limit }),
        2 => (0..30u64).prop_map(|by_ms| Step::Advance { by_ms }),
    ]
}

fn check(
    store: &Subject,
    model: &mut Model,
    now: &mut UnixMs,
    step: &Step,
) -> Result<(), TestCaseError> {
    match step {
        Step::Get { scope, key } => {
            let (scope, key) = (SCOPES[usize::from(*scope)], KEYS[usize::from(*key)]);
            prop_assert_eq!(
                store.get_at(scope, key, *now),
                model.get(scope, key, *now).cloned()
            );
        }
        Step::Commit { conditions, writes } => {
            check_commit(store, model, *now, batch(model, conditions, writes, *now))?;
        }
        Step::Scan {
            scope,
            prefix,
            after,
            limit,
        } => {
            let after = after.map(|after| KEYS[usize::from(after)]);
            let scope = SCOPES[usize::from(*scope)];
            let scan = Scan {
                scope,
                prefix,
                after,
                limit: *limit,
                bytes_max: usize::MAX,
            };
            check_scan(store, model, *now, scan)?;
        }
        Step::Scopes => {
            let page = store.wait(store.kv.scopes(None, 10, *now)).expect("open");
            prop_assert_eq!(page.scopes, model.scopes(*now));
        }
        Step::Sweep { limit } => check_sweep(store, model, *now, *limit)?,
        Step::Advance { by_ms } => now.0 += by_ms,
    }
    Ok(())
}

fn batch(
    model: &Model,
    conditions: &[(u8, u8, Guess)],
    writes: &[PlannedWrite],
    now: UnixMs,
) -> Batch {
    let conditions = conditions
        .iter()
        .map(|(scope, key, guess)| {
            let at = at(SCOPES[usize::from(*scope)], KEYS[usize::from(*key)]);
            let version = match guess {
                Guess::Right => model.version(&at.scope, &at.key, now),
                Guess::Absent => Version::ABSENT,
                Guess::Wrong => Version(u64::MAX),
            };
            Condition { at, version }
        })
        .collect();
    let writes = writes
        .iter()
        .map(|planned| {
            let at = at(
                SCOPES[usize::from(planned.scope)],
                KEYS[usize::from(planned.key)],
            );
            match planned.value {
                None => Write::Delete { at },
                Some(value) => Write::Put {
                    at,
                    value: Bytes::from(vec![value]),
                    expires_at: planned.ttl_ms.map(|ttl| UnixMs(now.0 + ttl)),
                },
            }
        })
        .collect();
    Batch { conditions, writes }
}

fn check_commit(
    store: &Subject,
    model: &mut Model,
    now: UnixMs,
    batch: Batch,
) -> Result<(), TestCaseError> {
    let failing = model.failing(&batch, now);
    let committed = match store.commit_at(batch.clone(), now) {
        Ok(committed) => committed,
        Err(CommitError::Conflict { condition, .. }) => {
            prop_assert_eq!(failing, Some(condition));
            return Ok(());
        }
        Err(error) => return Err(TestCaseError::fail(error.to_string())),
    };
    prop_assert_eq!(failing, None);
    prop_assert_eq!(committed.outcomes.len(), batch.writes.len());
    for (write, outcome) in batch.writes.iter().zip(committed.outcomes) {
        let (old, lapsed) = model.write(write, outcome.version, now);
        let removed_nothing =
            matches!(write, Write::Delete { .. }) && old.is_none() && lapsed.is_none();
        if removed_nothing {
            prop_assert_eq!(outcome.version, Version::ABSENT);
        } else {
            prop_assert!(outcome.version > model.last_version);
            model.last_version = outcome.version;
        }
        prop_assert_eq!(outcome.old, old);
        prop_assert_eq!(outcome.lapsed, lapsed);
    }
    Ok(())
}

fn check_scan(
    store: &Subject,
    model: &Model,
    now: UnixMs,
    scan: Scan<'_>,
) -> Result<(), TestCaseError> {
    let mut expected = model.scan(scan.scope, scan.prefix, now);
    expected.retain(|(key, _)| scan.after.is_none_or(|after| key.as_str() > after));
    let more = expected.len() > scan.limit;
    expected.truncate(scan.limit);
    let next = more
        .then(|| expected.last().map(|(key, _)| key.clone()))
        .flatten();
    let page = store.wait(store.kv.scan(scan, now)).expect("open");
    prop_assert_eq!(page.items, expected);
    prop_assert_eq!(page.next, next);
    Ok(())
}

fn check_sweep(
    store: &Subject,
    model: &mut Model,
    now: UnixMs,
    limit: usize,
) -> Result<(), TestCaseError> {
    let swept = store.sweep(now, limit);
    let due = model
        .entries
        .values()
        .filter(|entry| !entry.is_live(now))
        .count();
    prop_assert_eq!(swept.removed.len(), due.min(limit));
    for removed in swept.removed {
        let earliest = model.next_expiry();
        let gone = model.entries.remove(&(removed.at.scope, removed.at.key));
        prop_assert_eq!(removed.entry.expires_at, earliest);
        prop_assert_eq!(Some(removed.entry), gone);
    }
    prop_assert_eq!(swept.next, model.next_expiry());
    Ok(())
}
