//! Every limit has its answer.

use super::Make;
use super::subject::{delete, if_version, put};
use crate::kv::{Bounds, CommitError, FullOf, Version};

pub(super) fn sizes_are_refused(make: Make<'_>) {
    let bounds = Bounds {
        key_bytes_max: 8,
        value_bytes_max: 16,
        batch_items_max: 3,
        ..Bounds::default()
    };
    let store = make(bounds);
    assert_eq!(store.kv.bounds(), bounds);
    store.put("12345678", "12345678", &"v".repeat(16));
    let long_key = Err(CommitError::KeyTooLong { bytes: 9, limit: 8 });
    let long = "123456789";
    assert_eq!(
        store.commit(Vec::new(), vec![put("s", long, "v")]),
        long_key
    );
    assert_eq!(
        store.commit(Vec::new(), vec![put(long, "k", "v")]),
        long_key
    );
    assert_eq!(store.commit(Vec::new(), vec![delete(long, "k")]), long_key);
    assert_eq!(
        store.commit(vec![if_version("s", long, Version::ABSENT)], Vec::new()),
        long_key
    );
    assert_eq!(
        store.commit(
            Vec::new(),
            vec![put("s", "k", "v"), put("s", "l", &"v".repeat(17))]
        ),
        Err(CommitError::ValueTooLarge {
            bytes: 17,
            limit: 16
        })
    );
    assert_eq!(
        store.commit(Vec::new(), vec![put("s", "k", "v"); 4]),
        Err(CommitError::BatchTooLarge { items: 4, limit: 3 })
    );
    assert_eq!(store.scopes(), ["12345678"]);
    assert_eq!(store.get("s", long), None);
}

pub(super) fn full_refuses_growth(make: Make<'_>) {
    let store = make(Bounds {
        entries_max: 3,
        ..Bounds::default()
    });
    store.put("s", "a", "1");
    store.put("s", "b", "1");
    store.put("t", "c", "1");
    let full = Err(CommitError::Full(FullOf::Entries));
    assert_eq!(store.commit(Vec::new(), vec![put("s", "d", "1")]), full);
    let half = vec![
        put("s", "a", "2"),
        delete("t", "c"),
        put("s", "d", "2"),
        put("u", "e", "2"),
    ];
    assert_eq!(store.commit(Vec::new(), half), full);
    assert_eq!(store.scopes(), ["s", "t"]);
    assert_eq!(store.keys("s", ""), ["a", "b"]);
    assert_eq!(store.value("s", "a").as_deref(), Some(b"1".as_ref()));
    store.put("s", "a", "3");
    let swap = vec![delete("s", "a"), put("s", "d", "3")];
    store
        .commit(Vec::new(), swap)
        .expect("the store does not grow");
    assert_eq!(store.keys("s", ""), ["b", "d"]);
}

pub(super) fn bytes_are_freed(make: Make<'_>) {
    let store = make(Bounds {
        bytes_max: 200_000,
        ..Bounds::default()
    });
    let value = "v".repeat(10_000);
    let taken = (0..100)
        .map(|index| format!("k{index:03}"))
        .take_while(
            |key| match store.commit(Vec::new(), vec![put("s", key, &value)]) {
                Ok(_) => true,
                Err(error) => {
                    assert_eq!(error, CommitError::Full(FullOf::Bytes));
                    false
                }
            },
        )
        .count();
    assert!(
        (1..=20).contains(&taken),
        "{taken} values of 10,000 bytes in 200,000"
    );
    assert_eq!(store.keys("s", "").len(), taken);
    for _ in 0..50 {
        store.put("s", "k000", &value);
        store.write(delete("s", "k000"));
    }
    store.put("s", "k100", &value);
    assert_eq!(store.keys("s", "").len(), taken);
}
