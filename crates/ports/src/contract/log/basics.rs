//! One entry at a time.

use super::Make;
use super::subject::{FENCE, put, remove, texts, update};
use crate::log::{Bounds, Change, CommitError, EntryId, ReadError};
use bytes::Bytes;

pub(super) fn bytes_come_back(make: Make<'_>) {
    let store = make(Bounds::default());
    assert_eq!(store.heads("l"), []);
    let every_byte: Vec<u8> = (0..=255).collect();
    let samples = [
        Bytes::new(),
        Bytes::from(every_byte),
        Bytes::from(vec![7; 60_000]),
        Bytes::from(vec![0; 3]),
    ];
    for (index, head) in samples.iter().enumerate() {
        for (second, body) in samples.iter().enumerate() {
            let id = EntryId((index * samples.len() + second) as u64);
            store.commit(vec![Change::Put {
                log: "l".into(),
                id,
                head: head.clone(),
                body: body.clone(),
            }]);
            let heads = store.heads("l");
            let last = heads.last().expect("what was put is there");
            assert_eq!((last.id, last.body_len), (id, body.len()));
            assert_eq!(&last.head, head);
            assert_eq!(store.bodies("l", &[id.0]), [Some(body.clone())]);
        }
    }
}

pub(super) fn entries_are_apart(make: Make<'_>) {
    let store = make(Bounds::default());
    let names = ["", "a", "ab", "a\0", "a\0b", "\0", "a/b", "ä", "\u{10ffff}"];
    let ids = [0, 1, 0x61, 0x6100, u64::MAX];
    for name in names {
        for id in ids {
            store.put(name, id, &format!("{name}:{id}"), &format!("{id}:{name}"));
        }
    }
    for name in names {
        let expected: Vec<_> = ids
            .iter()
            .map(|id| (*id, format!("{name}:{id}"), format!("{id}:{name}")))
            .collect();
        assert_eq!(store.entries(name), expected, "{name:?}");
    }
    store.commit(vec![remove("a", 1)]);
    for name in names {
        let left = if name == "a" { 4 } else { 5 };
        assert_eq!(store.ids(name).len(), left, "{name:?}");
    }
}

pub(super) fn update_keeps_the_body(make: Make<'_>) {
    let store = make(Bounds::default());
    store.put("l", 1, "one", "body");
    store.put("l", 2, "two", "other");
    for head in ["longer than it was", "", "one again"] {
        store.commit(vec![update("l", 1, head)]);
        let expected = [(1, head, "body"), (2, "two", "other")];
        assert_eq!(store.entries("l"), texts(&expected));
    }
}

pub(super) fn put_replaces_as_a_whole(make: Make<'_>) {
    let store = make(Bounds::default());
    for (head, body) in [
        ("a", "long body"),
        ("longer head", "b"),
        ("", ""),
        ("c", "d"),
    ] {
        store.put("l", 9, head, body);
        assert_eq!(store.entries("l"), texts(&[(9, head, body)]));
    }
}

pub(super) fn removed_is_gone(make: Make<'_>) {
    let store = make(Bounds::default());
    store.put("l", 1, "h", "b");
    store.put("l", 2, "h", "b");
    store.put("m", 1, "h", "b");
    assert_eq!(store.names(), ["l", "m"]);
    store.commit(vec![remove("l", 1)]);
    assert_eq!(store.entries("l"), texts(&[(2, "h", "b")]));
    assert_eq!(store.bodies("l", &[1]), [None]);
    store.commit(vec![remove("l", 2)]);
    assert_eq!(store.heads("l"), []);
    assert_eq!(store.names(), ["m"]);
    // There is nothing to remove, and that is no error.
    store.commit(vec![remove("l", 2), remove("none", 5)]);
    assert_eq!(store.names(), ["m"]);
    store.put("l", 2, "new", "newer");
    assert_eq!(store.entries("l"), texts(&[(2, "new", "newer")]));
    assert_eq!(store.names(), ["l", "m"]);
}

pub(super) fn closed_answers_closed(make: Make<'_>) {
    let store = make(Bounds::default());
    store.put("l", 1, "h", "b");
    store.wait(store.log.close());
    let commit = store.try_commit(vec![put("l", 2, "h", "b")]);
    assert_eq!(commit, Err(CommitError::Closed));
    assert_eq!(store.try_commit(Vec::new()), Err(CommitError::Closed));
    let heads = store.wait(store.log.heads("l", None, 1));
    assert_eq!(heads, Err(ReadError::Closed));
    let bodies = store.wait(store.log.bodies("l", &[EntryId(1)]));
    assert_eq!(bodies, Err(ReadError::Closed));
    let names = store.wait(store.log.names(None, 1));
    assert_eq!(names, Err(ReadError::Closed));
    store.wait(store.log.close());
    // What was in line before the end has its real answer.
    let store = make(Bounds::default());
    let last = store.log.commit(FENCE, vec![put("l", 1, "h", "b")]);
    store.wait(store.log.close());
    assert_eq!(store.wait(last), Ok(()));
}
