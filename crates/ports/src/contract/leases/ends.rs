//! How leases end.

use super::Make;
use super::subject::TTL;
use crate::UnixMs;
use crate::lease::Taking;
use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(1);

pub(super) fn ends_at_its_instant(make: Make<'_>) {
    let store = make();
    let lease = store.take("n", "a");
    store.clock.advance(TTL.saturating_sub(MOMENT));
    store.assert_held("n", "a", lease.until);
    // It is the asker's clock that counts.
    let early = UnixMs(lease.until.0 - 1);
    let held = store.wait(store.leases.take("n", "b", TTL, early));
    assert!(matches!(held, Ok(Taking::Held { .. })), "{held:?}");
    store.clock.advance(MOMENT);
    assert_eq!(store.now(), lease.until);
    assert_eq!(store.renew(&lease), None);
    let next = store.take("n", "b");
    assert_eq!(store.renew(&lease), None);
    store.assert_held("n", "b", next.until);
    // A lease for no time at all is over at once.
    let none = store.wait(store.leases.take("m", "a", Duration::ZERO, store.now()));
    assert!(matches!(none, Ok(Taking::Taken(_))), "{none:?}");
    store.take("m", "b");
    // One for ever is not.
    let ever = store.wait(store.leases.take("o", "a", Duration::MAX, store.now()));
    assert!(matches!(ever, Ok(Taking::Taken(_))), "{ever:?}");
    store.clock.advance(Duration::from_secs(1 << 40));
    store.assert_held("o", "a", UnixMs(u64::MAX));
}

pub(super) fn renewal_moves_the_end(make: Make<'_>) {
    let store = make();
    let lease = store.take("n", "a");
    store.clock.advance(TTL / 2);
    let renewed = store.renew(&lease).expect("held");
    assert_eq!(renewed.until, store.now().after(TTL));
    store.clock.advance(TTL / 2);
    store.assert_held("n", "a", renewed.until);
    // Also to an earlier one.
    let short = store.wait(store.leases.renew(&renewed, MOMENT, store.now()));
    let short = short.expect("open").expect("held");
    assert_eq!(short.until, store.now().after(MOMENT));
    store.clock.advance(MOMENT);
    store.take("n", "b");
    assert_eq!(store.renew(&renewed), None);
}

pub(super) fn lost_is_not_renewed(make: Make<'_>) {
    let store = make();
    let released = store.take("n", "a");
    store.release(&released);
    assert_eq!(store.renew(&released), None);
    let taken = store.take("n", "b");
    assert_eq!(store.renew(&released), None);
    let mut stolen = taken.clone();
    "a".clone_into(&mut stolen.owner);
    assert_eq!(store.renew(&stolen), None, "a lease is its owner's");
    let expired = store.take("m", "a");
    store.clock.advance(TTL);
    assert_eq!(store.renew(&expired), None);
    let mut never = taken;
    "never taken".clone_into(&mut never.name);
    assert_eq!(store.renew(&never), None);
}

pub(super) fn releasing_what_is_lost(make: Make<'_>) {
    let store = make();
    let first = store.take("n", "a");
    store.release(&first);
    store.release(&first);
    let second = store.take("n", "b");
    store.release(&first);
    store.assert_held("n", "b", second.until);
    store.clock.advance(TTL);
    store.release(&second);
    let third = store.take("n", "b");
    store.release(&second);
    let mut stolen = third.clone();
    "a".clone_into(&mut stolen.owner);
    store.release(&stolen);
    store.assert_held("n", "b", third.until);
}
