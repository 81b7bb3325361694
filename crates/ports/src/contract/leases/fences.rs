//! How a late owner is told apart.

use super::Make;
use super::subject::{Subject, TTL};
use crate::lease::{Fence, Lease, Leases};
use std::sync::Arc;
use std::time::Duration;

pub(super) fn fences_grow(make: Make<'_>) {
    let store = make();
    let mut last = Fence(0);
    let mut greater = |lease: &Lease| {
        assert!(lease.fence > last, "{lease:?} follows {last:?}");
        last = lease.fence;
    };
    for round in 0..10 {
        // Each lease ends in another way.
        greater(&store.take("n", "retaken"));
        let released = store.take("n", "retaken");
        greater(&released);
        let renewed = store.renew(&released).expect("held");
        store.release(&renewed);
        let expired = store.take("n", "expires");
        greater(&expired);
        store.clock.advance(TTL);
        store.release(&expired);
        greater(&store.take("n", &format!("follows {round}")));
        store.clock.advance(TTL * 100);
    }
}

pub(super) fn renewal_keeps_the_fence(make: Make<'_>) {
    let store = make();
    let taken = store.take("n", "a");
    let other = store.take("m", "a");
    let mut lease = taken.clone();
    for _ in 0..5 {
        store.clock.advance(Duration::from_secs(4));
        lease = store.renew(&lease).expect("held");
        assert_eq!(
            (lease.fence, lease.until),
            (taken.fence, store.now().after(TTL))
        );
        assert_eq!((lease.name.as_str(), lease.owner.as_str()), ("n", "a"));
    }
    // The lease as it was taken is as good: only the fence tells leases apart.
    assert!(store.renew(&taken).is_some());
    let next = store.take("n", "a");
    assert!(
        next.fence > taken.fence.max(other.fence),
        "also after renewals"
    );
}

pub(super) fn fences_grow_over_restarts(mut open: impl FnMut() -> Arc<dyn Leases>) {
    let mut last = Fence(0);
    for round in 0..3 {
        let store = Subject::new(open());
        let held = match round {
            0 => store.take("held", "a"),
            _ => store
                .renew(&held_before(last))
                .expect("a lease outlives the process"),
        };
        let gone = store.take("gone", "a");
        assert!(
            gone.fence > last && held.fence != gone.fence,
            "{gone:?} after {last:?}"
        );
        store.release(&gone);
        store.assert_held("held", "a", held.until);
        store.release(&held);
        let again = store.take("held", "a");
        assert!(again.fence > gone.fence, "{again:?} follows {gone:?}");
        last = again.fence;
    }
    // The last entry of all is gone, and the fence still grows.
    let store = Subject::new(open());
    store.release(&held_before(last));
    drop(store);
    let store = Subject::new(open());
    let next = store.take("held", "b");
    assert!(next.fence > last, "{next:?} after {last:?}");
}

fn held_before(fence: Fence) -> Lease {
    Lease {
        name: "held".to_owned(),
        owner: "a".to_owned(),
        fence,
        until: crate::UnixMs(0),
    }
}
