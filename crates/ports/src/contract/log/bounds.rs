//! Every limit has its answer.

use super::Make;
use super::subject::{Subject, put, remove, texts, update};
use crate::kv::FullOf;
use crate::log::{Bounds, CommitError};

pub(super) fn sizes_are_refused(make: Make<'_>) {
    let bounds = Bounds {
        name_bytes_max: 8,
        head_bytes_max: 4,
        body_bytes_max: 16,
        changes_max: 3,
        ..Bounds::default()
    };
    let store = make(bounds);
    assert_eq!(store.log.bounds(), bounds);
    let (head, body) = ("1234", "1234567890123456");
    store.put("12345678", 1, head, body);
    let name = Err(CommitError::NameTooLong { bytes: 9, limit: 8 });
    let long = "123456789";
    assert_eq!(store.try_commit(vec![put(long, 1, "h", "b")]), name);
    assert_eq!(store.try_commit(vec![update(long, 1, "h")]), name);
    assert_eq!(store.try_commit(vec![remove(long, 1)]), name);
    let large = Err(CommitError::HeadTooLarge { bytes: 5, limit: 4 });
    assert_eq!(store.try_commit(vec![put("l", 1, "12345", "b")]), large);
    assert_eq!(
        store.try_commit(vec![update("12345678", 1, "12345")]),
        large
    );
    let body = format!("{body}7");
    let half = vec![put("l", 1, "h", "b"), put("l", 2, "h", &body)];
    let large = CommitError::BodyTooLarge {
        bytes: 17,
        limit: 16,
    };
    assert_eq!(store.try_commit(half), Err(large));
    let many = CommitError::TooManyChanges {
        changes: 4,
        limit: 3,
    };
    assert_eq!(store.try_commit(vec![remove("12345678", 1); 4]), Err(many));
    assert_eq!(store.names(), ["12345678"]);
    store.commit(vec![put("l", 1, "h", "b"); 3]);
    assert_eq!(store.heads(long), []);
}

pub(super) fn full_of_entries(make: Make<'_>) {
    let store = make(Bounds {
        entries_max: 3,
        ..Bounds::default()
    });
    store.put("l", 1, "h", "b");
    store.put("l", 2, "h", "b");
    store.put("m", 1, "h", "b");
    let full = Err(CommitError::Full(FullOf::Entries));
    assert_eq!(store.try_commit(vec![put("l", 3, "h", "b")]), full);
    assert_eq!(store.try_commit(vec![put("n", 1, "h", "b")]), full);
    let half = vec![
        put("l", 1, "x", "x"),
        remove("m", 1),
        put("l", 3, "x", "x"),
        update("l", 2, "x"),
        put("n", 1, "x", "x"),
    ];
    assert_eq!(store.try_commit(half), full);
    assert_eq!(store.entries("l"), texts(&[(1, "h", "b"), (2, "h", "b")]));
    assert_eq!(store.entries("m"), texts(&[(1, "h", "b")]));
    assert_eq!(store.names(), ["l", "m"]);
    // What does not grow goes on: only the commit as a whole counts.
    store.put("l", 1, "longer", "longer");
    store.commit(vec![update("l", 2, "longer")]);
    store.commit(vec![put("l", 3, "h", "b"), remove("l", 1)]);
    store.commit(vec![put("l", 4, "h", "b"), remove("l", 4)]);
    assert_eq!(store.ids("l"), [2, 3]);
    assert_eq!(store.try_commit(vec![put("l", 1, "h", "b")]), full);
    store.commit(vec![remove("m", 1)]);
    store.put("l", 1, "h", "b");
    assert_eq!(store.ids("l"), [1, 2, 3]);
}

/// A store with room for at most twenty bodies of [`BODY_BYTES`].
const SMALL: u64 = 200_000;
const BODY_BYTES: usize = 10_000;

/// Puts entries 0, 1, 2... until the store is full; answers how many.
fn fill(store: &Subject, body: &str) -> u64 {
    let full = Err(CommitError::Full(FullOf::Bytes));
    let taken = (0..100)
        .find(|id| {
            let answer = store.try_commit(vec![put("l", *id, "h", body)]);
            assert!(answer == Ok(()) || answer == full, "{answer:?}");
            answer == full
        })
        .expect("the store has a limit");
    assert!(
        (1..=20).contains(&taken),
        "{taken} bodies of {BODY_BYTES} in {SMALL}"
    );
    assert_eq!(store.ids("l"), (0..taken).collect::<Vec<_>>());
    taken
}

pub(super) fn full_of_bytes(make: Make<'_>) {
    let store = make(Bounds {
        bytes_max: SMALL,
        ..Bounds::default()
    });
    let body = "b".repeat(BODY_BYTES);
    let taken = fill(&store, &body);
    let full = Err(CommitError::Full(FullOf::Bytes));
    let longer = "h".repeat(BODY_BYTES);
    assert_eq!(store.try_commit(vec![update("l", 0, &longer)]), full);
    let both = vec![remove("l", 0), put("m", 1, &longer, &body)];
    assert_eq!(store.try_commit(both), full);
    assert_eq!(store.names(), ["l"]);
    // Every entry may still change its head, be replaced and be removed.
    for id in 0..taken {
        store.commit(vec![update("l", id, "H")]);
        store.put("l", id, "I", &body);
        assert_eq!(
            store.bodies("l", &[id])[0].as_ref().map(bytes::Bytes::len),
            Some(BODY_BYTES)
        );
    }
    store.commit((0..taken).map(|id| update("l", id, "")).collect());
    store.commit((0..taken).map(|id| remove("l", id)).collect());
    assert_eq!(store.names(), Vec::<String>::new());
    assert_eq!(fill(&store, &body), taken, "all the room is there again");
}

pub(super) fn bytes_are_freed(make: Make<'_>) {
    let store = make(Bounds {
        bytes_max: SMALL,
        ..Bounds::default()
    });
    let body = "b".repeat(BODY_BYTES);
    let taken = fill(&store, &body);
    for round in 0..50 {
        store.commit(vec![remove("l", 0)]);
        store.put("l", 0, "h", &body);
        // Room given up by a body is room for a head, and the other way round.
        store.put("l", 0, &body, "b");
        store.commit(vec![update("l", 0, "h")]);
        store.put(
            &format!("of its own {round}"),
            1,
            "h",
            &"b".repeat(BODY_BYTES / 2),
        );
        store.commit(vec![remove(&format!("of its own {round}"), 1)]);
        store.put("l", 0, "h", &body);
        // A refused commit takes no room.
        let refused = store.try_commit(vec![put("m", 1, "h", &body), update("m", 2, "h")]);
        assert!(
            matches!(refused, Err(CommitError::Missing { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(store.ids("l").len() as u64, taken);
    let full = Err(CommitError::Full(FullOf::Bytes));
    assert_eq!(store.try_commit(vec![put("l", taken, "h", &body)]), full);
}
