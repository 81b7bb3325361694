//! Versions, conditions and atomicity.

use super::Make;
use super::subject::{at, delete, if_version, put};
use crate::kv::{Bounds, CommitError, Version};

pub(super) fn versions_grow(make: Make<'_>) {
    let store = make(Bounds::default());
    let mut last = Version::ABSENT;
    for round in 0..50 {
        let key = format!("k{}", round % 3);
        let batch = vec![put("s", &key, "1"), delete("s", &key), put("t", &key, "2")];
        for outcome in store
            .commit(Vec::new(), batch)
            .expect("no conditions")
            .outcomes
        {
            assert!(
                outcome.version > last,
                "{:?} follows {last:?}",
                outcome.version
            );
            last = outcome.version;
        }
        let conflict = store.commit(
            vec![if_version("t", &key, Version::ABSENT)],
            vec![put("t", &key, "3")],
        );
        assert!(matches!(conflict, Err(CommitError::Conflict { .. })));
    }
}

pub(super) fn conditions_guard(make: Make<'_>) {
    let store = make(Bounds::default());
    let create = || vec![if_version("s", "k", Version::ABSENT)];
    let first = store
        .commit(create(), vec![put("s", "k", "1")])
        .expect("nothing is there");
    let version = first.outcomes[0].version;
    assert_eq!(
        store.commit(create(), vec![put("s", "k", "2")]),
        Err(CommitError::Conflict {
            condition: 0,
            at: at("s", "k"),
            expected: Version::ABSENT,
            actual: version,
        })
    );
    let guard = || vec![if_version("s", "k", version)];
    let second = store
        .commit(guard(), vec![put("s", "k", "2")])
        .expect("the version is right");
    assert_eq!(
        second.outcomes[0].old.as_ref().map(|old| old.version),
        Some(version)
    );
    let stale = store.commit(guard(), vec![delete("s", "k")]);
    assert!(matches!(stale, Err(CommitError::Conflict { .. })));
    assert_eq!(store.value("s", "k").as_deref(), Some(b"2".as_ref()));
    store.write(delete("s", "k"));
    let after = store.commit(guard(), Vec::new());
    assert!(matches!(
        after,
        Err(CommitError::Conflict {
            actual: Version::ABSENT,
            ..
        })
    ));
}

pub(super) fn all_or_nothing(make: Make<'_>) {
    let store = make(Bounds::default());
    store.put("s", "a", "1");
    let version = store.version("s", "a");
    let conditions = vec![
        if_version("s", "a", version),
        if_version("s", "b", Version::ABSENT),
        if_version("s", "c", Version(version.0 + 1_000_000)),
    ];
    let writes = vec![put("s", "a", "2"), put("s", "b", "2"), delete("s", "a")];
    let failed = store.commit(conditions.clone(), writes.clone());
    assert!(
        matches!(failed, Err(CommitError::Conflict { condition: 2, .. })),
        "{failed:?}"
    );
    assert_eq!(store.value("s", "a").as_deref(), Some(b"1".as_ref()));
    assert_eq!(store.version("s", "a"), version);
    assert_eq!(store.keys("s", ""), ["a"]);
    store
        .commit(conditions[..2].to_vec(), writes)
        .expect("these two hold");
    assert_eq!(store.keys("s", ""), ["b"]);
}

pub(super) fn writes_are_in_order(make: Make<'_>) {
    let store = make(Bounds::default());
    let writes = vec![
        put("s", "k", "1"),
        put("s", "k", "2"),
        delete("s", "k"),
        put("s", "k", "3"),
    ];
    let outcomes = store
        .commit(Vec::new(), writes)
        .expect("no conditions")
        .outcomes;
    let olds: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.old.as_ref().map(|old| old.version))
        .collect();
    assert_eq!(
        olds,
        [
            None,
            Some(outcomes[0].version),
            Some(outcomes[1].version),
            None
        ]
    );
    assert_eq!(store.value("s", "k").as_deref(), Some(b"3".as_ref()));
    assert_eq!(store.version("s", "k"), outcomes[3].version);
}

pub(super) fn conditions_look_before(make: Make<'_>) {
    let store = make(Bounds::default());
    let absent = vec![if_version("s", "k", Version::ABSENT); 2];
    let twice = vec![put("s", "k", "1"), put("s", "k", "2")];
    store
        .commit(absent, twice)
        .expect("nothing was there before the batch");
    assert_eq!(store.value("s", "k").as_deref(), Some(b"2".as_ref()));
    let only_conditions = vec![if_version("s", "k", store.version("s", "k"))];
    let checked = store
        .commit(only_conditions, Vec::new())
        .expect("the version is right");
    assert_eq!(checked.outcomes, []);
}
