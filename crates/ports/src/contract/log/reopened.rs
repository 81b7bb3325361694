//! What outlives the process.

use super::subject::{Subject, put, remove, texts, update};
use crate::lease::Fence;
use crate::log::{CommitError, Log};
use std::sync::Arc;

pub(super) fn nothing_is_forgotten(mut open: impl FnMut() -> Arc<dyn Log>) {
    let mut reopen = |store: Option<Subject>| {
        if let Some(store) = store {
            store.wait(store.log.close());
        }
        Subject::new(open())
    };
    let store = reopen(None);
    let as_owner = |store: &Subject, fence, changes| {
        store.commit_as(Fence(fence), changes).expect("the owner");
    };
    as_owner(
        &store,
        3,
        vec![put("l", 1, "h", "b"), put("l", 2, "h", "b")],
    );
    as_owner(
        &store,
        3,
        vec![put("m", 1, "h", "b"), put("n", u64::MAX, "", "")],
    );
    as_owner(&store, 5, vec![update("l", 1, "updated"), remove("m", 1)]);
    let half = vec![put("l", 3, "h", "b"), update("none", 1, "h")];
    assert!(store.commit_as(Fence(9), half).is_err());

    let store = reopen(Some(store));
    let expected = [(1, "updated", "b"), (2, "h", "b")];
    assert_eq!(store.entries("l"), texts(&expected));
    assert_eq!(store.entries("n"), texts(&[(u64::MAX, "", "")]));
    assert_eq!(store.names(), ["l", "n"]);
    let late = store.commit_as(Fence(4), vec![remove("l", 1)]);
    let (given, newest) = (Fence(4), Fence(5));
    assert_eq!(late, Err(CommitError::Fenced { given, newest }));
    as_owner(
        &store,
        5,
        vec![remove("l", 1), remove("l", 2), remove("n", u64::MAX)],
    );
    as_owner(&store, 6, Vec::new());

    let store = reopen(Some(store));
    assert_eq!(store.names(), Vec::<String>::new());
    let late = store.commit_as(Fence(5), Vec::new());
    let (given, newest) = (Fence(5), Fence(6));
    assert_eq!(late, Err(CommitError::Fenced { given, newest }));
    as_owner(&store, 6, vec![put("l", 1, "again", "b")]);
    assert_eq!(store.entries("l"), texts(&[(1, "again", "b")]));
    store.wait(store.log.close());
}
