//! Several changes at once.

use super::Make;
use super::subject::{missing, put, remove, texts, update};
use crate::log::Bounds;

pub(super) fn missing_refuses_all(make: Make<'_>) {
    let store = make(Bounds::default());
    store.put("l", 1, "h", "b");
    assert_eq!(store.try_commit(vec![update("l", 2, "x")]), missing("l", 2));
    assert_eq!(store.try_commit(vec![update("m", 1, "x")]), missing("m", 1));
    let half = vec![
        put("l", 3, "x", "x"),
        update("l", 1, "x"),
        put("l", 1, "y", "y"),
        put("m", 1, "x", "x"),
        remove("l", 1),
        update("n", 4, "x"),
        put("l", 5, "x", "x"),
    ];
    assert_eq!(store.try_commit(half), missing("n", 4));
    assert_eq!(store.entries("l"), texts(&[(1, "h", "b")]));
    assert_eq!(store.names(), ["l"]);
    store.commit(vec![remove("l", 1)]);
    assert_eq!(store.try_commit(vec![update("l", 1, "x")]), missing("l", 1));
    assert_eq!(store.names(), Vec::<String>::new());
}

pub(super) fn all_or_nothing(make: Make<'_>) {
    let store = make(Bounds::default());
    let logs = ["a", "b", "c"];
    for log in logs {
        store.put(log, 1, "first", log);
        store.put(log, 2, "second", log);
    }
    let changes = |last| {
        let mut changes = Vec::new();
        for log in logs {
            changes.push(remove(log, 1));
            changes.push(update(log, 2, "updated"));
            changes.push(put(log, 3, "third", log));
        }
        changes.push(last);
        changes
    };
    // The last change meets what an earlier one of the same commit has removed.
    let refused = store.try_commit(changes(update("b", 1, "too late")));
    assert_eq!(refused, missing("b", 1));
    for log in logs {
        let expected = [(1, "first", log), (2, "second", log)];
        assert_eq!(store.entries(log), texts(&expected));
    }
    store.commit(changes(remove("c", 3)));
    for log in logs {
        let expected = [(2, "updated", log), (3, "third", log)];
        let left = if log == "c" { 1 } else { 2 };
        assert_eq!(store.entries(log), texts(&expected[..left]));
    }
}

pub(super) fn changes_are_in_order(make: Make<'_>) {
    let store = make(Bounds::default());
    store.commit(vec![put("l", 1, "h", "b"), update("l", 1, "h2")]);
    assert_eq!(store.entries("l"), texts(&[(1, "h2", "b")]));
    store.commit(vec![put("l", 2, "h", "b"), remove("l", 2)]);
    assert_eq!(store.ids("l"), [1]);
    store.commit(vec![remove("l", 1), put("l", 1, "h3", "b3")]);
    assert_eq!(store.entries("l"), texts(&[(1, "h3", "b3")]));
    let gone = vec![remove("l", 1), update("l", 1, "h4")];
    assert_eq!(store.try_commit(gone), missing("l", 1));
    assert_eq!(store.entries("l"), texts(&[(1, "h3", "b3")]));
    store.commit(vec![
        put("l", 1, "h5", "b5"),
        put("l", 1, "h6", "b6"),
        update("l", 1, "h7"),
        remove("m", 1),
        put("m", 1, "h", "b"),
        update("l", 1, "h8"),
    ]);
    assert_eq!(store.entries("l"), texts(&[(1, "h8", "b6")]));
    assert_eq!(store.entries("m"), texts(&[(1, "h", "b")]));
    // An emptied log is gone although the commit had filled it before.
    store.commit(vec![put("n", 1, "h", "b"), remove("n", 1), remove("m", 1)]);
    assert_eq!(store.names(), ["l"]);
}
