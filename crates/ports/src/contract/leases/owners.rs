//! Who holds a name.

use super::Make;
use super::subject::{Subject, TTL};
use crate::lease::{LeaseError, Taking};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub(super) fn one_owner(make: Make<'_>) {
    let store = make();
    let lease = store.take("n", "a");
    store.assert_held("n", "a", lease.until);
    store.assert_held("n", "a", lease.until);
    store.release(&lease);
    let lease = store.take("n", "b");
    store.assert_held("n", "b", lease.until);
}

pub(super) fn one_of_many_threads(make: Make<'_>) {
    const THREADS: usize = 8;
    let store = make();
    let together = Barrier::new(THREADS);
    for round in 0..50 {
        let name = format!("n{round}");
        let takings: Vec<Taking> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (store, name, together) = (store.another(), &name, &together);
                    scope.spawn(move || {
                        together.wait();
                        store.try_take(name, &format!("t{thread}"))
                    })
                })
                .collect();
            let answers = running
                .into_iter()
                .map(|thread| thread.join().expect("no panic"));
            answers.map(|answer| answer.expect("an answer")).collect()
        });
        let taken: Vec<_> = takings
            .iter()
            .filter_map(|taking| match taking {
                Taking::Taken(lease) => Some(lease),
                Taking::Held { .. } => None,
            })
            .collect();
        let [lease] = taken.as_slice() else {
            panic!("{} of {THREADS} threads have taken `{name}`", taken.len());
        };
        let held = Taking::Held {
            owner: lease.owner.clone(),
            until: lease.until,
        };
        let others = takings.iter().filter(|taking| **taking == held).count();
        assert_eq!(
            others,
            THREADS - 1,
            "the others know who holds it: {takings:?}"
        );
    }
}

pub(super) fn one_of_two_under_way(make: Make<'_>) {
    let store = make();
    for round in 0..20 {
        let name = format!("n{round}");
        let first = store.leases.take(&name, "a", TTL, store.now());
        let second = store.leases.take(&name, "b", TTL, store.now());
        // The reply that is awaited last may be the one that holds the name.
        let second = store.wait(second).expect("an answer");
        let first = store.wait(first).expect("an answer");
        let ((Taking::Taken(lease), other) | (other, Taking::Taken(lease))) = (first, second)
        else {
            panic!("nobody has taken `{name}`");
        };
        let held = Taking::Held {
            owner: lease.owner,
            until: lease.until,
        };
        assert_eq!(other, held);
    }
}

pub(super) fn threads_exclude_each_other(make: Make<'_>) {
    let store = make();
    let (inside, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (store, inside, failed) = (store.another(), &inside, Failing(&failed));
            scope.spawn(move || hold_often(&store, &format!("t{thread}"), inside, &failed));
        }
    });
    let last = store.take("n", "last");
    store.assert_held("n", "last", last.until);
}

/// Ends the other threads where one has failed, which keeps the name.
struct Failing<'a>(&'a AtomicBool);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

fn hold_often(store: &Subject, owner: &str, inside: &AtomicUsize, failed: &Failing<'_>) {
    /// Far more than holding a name takes; who needs more waits for a lease that nobody gives back.
    const TRIES_MAX: usize = 1_000_000;
    let (mut held, mut tries) = (0, 0);
    while held < 15 && !failed.0.load(Ordering::SeqCst) {
        match store.try_take("n", owner) {
            Ok(Taking::Taken(lease)) => {
                let others = inside.fetch_add(1, Ordering::SeqCst);
                assert_eq!(others, 0, "two hold the name");
                let renewed = store.renew(&lease).expect("nobody takes what is held");
                assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
                store.release(&renewed);
                held += 1;
            }
            Ok(Taking::Held { owner: by, .. }) => {
                assert_ne!(by, owner);
                tries += 1;
                assert!(tries < TRIES_MAX, "`{by}` never gives the name back");
                std::thread::yield_now();
            }
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
}

pub(super) fn same_owner_retakes(make: Make<'_>) {
    let store = make();
    let first = store.take("n", "a");
    let second = store.take("n", "a");
    assert!(second.fence > first.fence, "{second:?} follows {first:?}");
    assert_eq!(store.renew(&first), None);
    store.release(&first);
    store.assert_held("n", "a", second.until);
    assert_eq!(store.renew(&second), Some(second));
}

pub(super) fn names_are_apart(make: Make<'_>) {
    let store = make();
    let names = ["", "a", "a/b", "a\0", "ab", "ä\u{10ffff}"];
    let leases: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(index, name)| store.take(name, &format!("owner {index}")))
        .collect();
    store.release(&leases[1]);
    for (index, name) in names.iter().enumerate().filter(|(index, _)| *index != 1) {
        store.assert_held(name, &format!("owner {index}"), leases[index].until);
    }
    store.take("a", "another");
}

pub(super) fn too_long_is_refused(make: Make<'_>) {
    let store = make();
    let (fits, long) = ("x".repeat(200), "x".repeat(100_000));
    let lease = store.take(&fits, &fits);
    assert_eq!(store.renew(&lease), Some(lease.clone()));
    store.release(&lease);
    for (name, owner) in [(long.as_str(), "a"), ("n", long.as_str())] {
        let refused = store.try_take(name, owner);
        let told =
            matches!(refused, Err(LeaseError::TooLong { bytes: 100_000, limit }) if limit >= 200);
        assert!(told, "{refused:?}");
    }
    let mut never = store.take("n", "a");
    never.name = long;
    let refused = store.wait(store.leases.renew(&never, TTL, store.now()));
    assert!(
        matches!(refused, Err(LeaseError::TooLong { .. })),
        "{refused:?}"
    );
}
