//! Ordered reading in pages.

use super::Make;
use super::subject::{NOW, Subject, delete};
use crate::kv::{Bounds, Scan};

const ALL: Scan<'_> = Scan {
    scope: "s",
    prefix: "",
    after: None,
    limit: usize::MAX,
    bytes_max: usize::MAX,
};

pub(super) fn ordered_with_prefix(make: Make<'_>) {
    let store = make(Bounds::default());
    for key in [
        "b",
        "a/2",
        "a",
        "a/10",
        "B",
        "",
        "ü",
        "a0",
        "a/\u{10ffff}",
        "a/1",
    ] {
        store.put("s", key, key);
    }
    store.put("t", "a/3", "");
    let all = [
        "",
        "B",
        "a",
        "a/1",
        "a/10",
        "a/2",
        "a/\u{10ffff}",
        "a0",
        "b",
        "ü",
    ];
    assert_eq!(store.keys("s", ""), all);
    assert_eq!(store.keys("s", "a/"), all[3..7]);
    assert_eq!(store.keys("s", "a/10"), ["a/10"]);
    assert_eq!(store.keys("s", "c"), Vec::<String>::new());
    assert_eq!(store.keys("none", ""), Vec::<String>::new());
    for (after, expected) in [("a/1", &all[4..7]), ("a", &all[3..7]), ("a/11", &all[5..7])] {
        let page = store.scan(Scan {
            prefix: "a/",
            after: Some(after),
            ..ALL
        });
        let keys: Vec<_> = page.items.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, expected, "after {after}");
        assert!(
            page.items
                .iter()
                .all(|(key, entry)| entry.value == key.as_bytes())
        );
    }
    let behind = store.scan(Scan {
        prefix: "a/",
        after: Some("b"),
        ..ALL
    });
    assert_eq!((behind.items.len(), behind.next), (0, None));
}

pub(super) fn walk_under_change(make: Make<'_>) {
    let store = make(Bounds::default());
    for index in 0..100 {
        store.put("s", &format!("k{index:03}"), "1");
    }
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.scan(Scan {
            after: after.as_deref(),
            limit: 7,
            ..ALL
        });
        assert!(page.items.len() <= 7);
        seen.extend(page.items.into_iter().map(|(key, _)| key));
        disturb(&store, seen.len());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(
        seen.is_sorted_by(|a, b| a < b),
        "in order and without doubles: {seen:?}"
    );
    for index in (0..100).filter(|index| index % 5 != 0) {
        let key = format!("k{index:03}");
        assert!(seen.contains(&key), "{key} was there all the time");
    }
}

/// Deletes behind and before the cursor, the cursor's own key included, and adds new keys.
fn disturb(store: &Subject, at: usize) {
    for index in (0..100usize).filter(|index| index % 5 == 0 && index.abs_diff(at) < 10) {
        store.write(delete("s", &format!("k{index:03}")));
    }
    store.put("s", &format!("k{:03}x", at / 2), "2");
    store.put("s", &format!("k{:03}x", at + 20), "2");
}

pub(super) fn pages_end_at_bytes(make: Make<'_>) {
    let store = make(Bounds::default());
    for key in ["a", "b", "c", "d"] {
        store.put("s", key, &"v".repeat(100));
    }
    let page = store.scan(Scan {
        bytes_max: 250,
        ..ALL
    });
    assert_eq!((page.items.len(), page.next.as_deref()), (2, Some("b")));
    let page = store.scan(Scan {
        bytes_max: 0,
        after: Some("b"),
        ..ALL
    });
    assert_eq!((page.items.len(), page.next.as_deref()), (1, Some("c")));
    let page = store.scan(Scan {
        bytes_max: 100,
        after: Some("c"),
        ..ALL
    });
    assert_eq!((page.items.len(), page.next), (1, None));
}

pub(super) fn scopes_in_pages(make: Make<'_>) {
    let store = make(Bounds::default());
    let names = ["", "a", "a/b", "ab", "b"];
    for scope in names.iter().rev() {
        store.put(scope, "k", "1");
        store.put(scope, "l", "1");
    }
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = store
            .wait(store.kv.scopes(after.as_deref(), 2, NOW))
            .expect("open");
        assert!(page.scopes.len() <= 2);
        seen.extend(page.scopes);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, names);
}
