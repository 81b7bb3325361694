//! Owners that lost their lease are refused.

use super::Make;
use super::subject::{missing, put, remove, texts, update};
use crate::kv::FullOf;
use crate::lease::Fence;
use crate::log::{Bounds, Change, CommitError};

fn fenced(given: u64, newest: u64) -> Result<(), CommitError> {
    Err(CommitError::Fenced {
        given: Fence(given),
        newest: Fence(newest),
    })
}

pub(super) fn older_is_refused(make: Make<'_>) {
    let store = make(Bounds::default());
    let put_one = |fence, head| store.commit_as(Fence(fence), vec![put("l", 1, head, "b")]);
    assert_eq!(put_one(0, "zero"), Ok(()));
    assert_eq!(put_one(5, "first"), Ok(()));
    assert_eq!(put_one(5, "same"), Ok(()));
    assert_eq!(put_one(4, "older"), fenced(4, 5));
    assert_eq!(put_one(9, "newer"), Ok(()));
    assert_eq!(put_one(5, "late"), fenced(5, 9));
    let refused: [Vec<Change>; 4] = [
        vec![remove("l", 1)],
        vec![update("l", 1, "late")],
        vec![put("another", 1, "late", "b")],
        Vec::new(),
    ];
    for changes in refused {
        assert_eq!(store.commit_as(Fence(8), changes), fenced(8, 9));
    }
    assert_eq!(store.entries("l"), texts(&[(1, "newer", "b")]));
    assert_eq!(store.names(), ["l"]);
    // The fence stays when nothing else does.
    assert_eq!(store.commit_as(Fence(9), vec![remove("l", 1)]), Ok(()));
    assert_eq!(put_one(8, "late"), fenced(8, 9));
    assert_eq!(put_one(u64::MAX, "last"), Ok(()));
    assert_eq!(
        put_one(u64::MAX - 1, "late"),
        fenced(u64::MAX - 1, u64::MAX)
    );
}

pub(super) fn empty_commit_raises(make: Make<'_>) {
    let store = make(Bounds::default());
    store
        .commit_as(Fence(1), vec![put("l", 1, "h", "b")])
        .expect("the first owner");
    store
        .commit_as(Fence(2), Vec::new())
        .expect("the second owner arrives");
    let late = store.commit_as(Fence(1), vec![remove("l", 1)]);
    assert_eq!(late, fenced(1, 2));
    assert_eq!(store.ids("l"), [1]);
}

pub(super) fn refused_does_not_raise(make: Make<'_>) {
    let bounds = Bounds {
        entries_max: 1,
        head_bytes_max: 4,
        ..Bounds::default()
    };
    let store = make(bounds);
    let first = vec![put("l", 1, "h", "b")];
    assert_eq!(store.commit_as(Fence(1), first), Ok(()));
    let still_owner = || store.commit_as(Fence(1), vec![update("l", 1, "h")]);
    let absent = store.commit_as(Fence(2), vec![update("l", 2, "h")]);
    assert_eq!(absent, missing("l", 2));
    assert_eq!(still_owner(), Ok(()));
    let full = store.commit_as(Fence(3), vec![put("l", 2, "h", "b")]);
    assert_eq!(full, Err(CommitError::Full(FullOf::Entries)));
    assert_eq!(still_owner(), Ok(()));
    let large = store.commit_as(Fence(4), vec![update("l", 1, "large")]);
    assert_eq!(large, Err(CommitError::HeadTooLarge { bytes: 5, limit: 4 }));
    assert_eq!(still_owner(), Ok(()));
    // Nor does one that is refused for its fence lower it.
    assert_eq!(store.commit_as(Fence(0), Vec::new()), fenced(0, 1));
    assert_eq!(store.commit_as(Fence(0), Vec::new()), fenced(0, 1));
    // The fence is judged before what is there, and sizes before the fence.
    assert_eq!(
        store.commit_as(Fence(0), vec![update("l", 2, "h")]),
        fenced(0, 1)
    );
    let large = store.commit_as(Fence(0), vec![update("l", 1, "large")]);
    assert_eq!(large, Err(CommitError::HeadTooLarge { bytes: 5, limit: 4 }));
}
