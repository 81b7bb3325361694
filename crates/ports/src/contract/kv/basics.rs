//! One entry at a time.

use super::Make;
use super::subject::{delete, put};
use crate::kv::{Bounds, CommitError, ReadError, SweepError, Version, Write};
use bytes::Bytes;

pub(super) fn values_come_back(make: Make<'_>) {
    let store = make(Bounds::default());
    assert_eq!(store.get("s", "k"), None);
    let every_byte: Vec<u8> = (0..=255).collect();
    for value in [
        Bytes::new(),
        Bytes::from(every_byte),
        Bytes::from(vec![7; 100_000]),
    ] {
        let at = super::subject::at("s", "k");
        let outcome = store.write(Write::Put {
            at,
            value: value.clone(),
            expires_at: None,
        });
        let entry = store.get("s", "k").expect("what was put is there");
        assert_eq!(entry.value, value);
        assert_eq!(entry.version, outcome.version);
        assert_eq!(entry.expires_at, None);
    }
}

pub(super) fn addresses_are_apart(make: Make<'_>) {
    let store = make(Bounds::default());
    let pairs = [
        ("a", "bc"),
        ("ab", "c"),
        ("abc", ""),
        ("", "abc"),
        ("", ""),
        ("a/b", "c"),
        ("a", "b/c"),
        ("a\0b", "c"),
        ("a", "\0b"),
        ("a\0", "b"),
        ("ä", "ü\u{10ffff}"),
    ];
    for (index, (scope, key)) in pairs.iter().enumerate() {
        assert_eq!(
            store.put(scope, key, &index.to_string()).old,
            None,
            "{scope:?} {key:?}"
        );
    }
    for (index, (scope, key)) in pairs.iter().enumerate() {
        assert_eq!(
            store.value(scope, key),
            Some(Bytes::from(index.to_string()))
        );
    }
}

pub(super) fn outcomes_tell_the_past(make: Make<'_>) {
    let store = make(Bounds::default());
    let first = store.put("s", "k", "1");
    assert_eq!((first.old, first.lapsed), (None, None));
    let second = store.put("s", "k", "2");
    let old = second.old.expect("the first value was there");
    assert_eq!(
        (old.value.as_ref(), old.version),
        (b"1".as_ref(), first.version)
    );
    let third = store.write(delete("s", "k"));
    let old = third.old.expect("the second value was there");
    assert_eq!(
        (old.value.as_ref(), old.version),
        (b"2".as_ref(), second.version)
    );
    let nothing = store.write(delete("s", "k"));
    assert_eq!((nothing.old, nothing.version), (None, Version::ABSENT));
}

pub(super) fn deleted_is_gone(make: Make<'_>) {
    let store = make(Bounds::default());
    store.put("s", "k", "1");
    store.put("t", "k", "1");
    assert_eq!(store.scopes(), ["s", "t"]);
    store.write(delete("s", "k"));
    assert_eq!(store.get("s", "k"), None);
    assert_eq!(store.keys("s", ""), Vec::<String>::new());
    assert_eq!(store.scopes(), ["t"]);
    store.put("s", "k", "2");
    assert_eq!(store.scopes(), ["s", "t"]);
}

pub(super) fn closed_answers_closed(make: Make<'_>) {
    let store = make(Bounds::default());
    store.put("s", "k", "1");
    store.wait(store.kv.close());
    assert_eq!(store.try_get("s", "k"), Err(ReadError::Closed));
    assert_eq!(
        store.commit(Vec::new(), vec![put("s", "k", "2")]),
        Err(CommitError::Closed)
    );
    let swept = store.wait(store.kv.sweep(super::subject::NOW, 1));
    assert_eq!(swept, Err(SweepError::Closed));
    store.wait(store.kv.close());
}
