//! Ordered reading in pages.

use super::Make;
use super::subject::{Subject, put, remove, update};
use crate::log::Bounds;
use bytes::Bytes;

pub(super) fn heads_are_ordered(make: Make<'_>) {
    let store = make(Bounds::default());
    let ids = [
        0,
        1,
        2,
        9,
        10,
        255,
        256,
        65_536,
        1 << 32,
        u64::MAX - 1,
        u64::MAX,
    ];
    for id in ids
        .iter()
        .rev()
        .step_by(2)
        .chain(ids.iter().rev().skip(1).step_by(2))
    {
        store.put("l", *id, "h", "b");
        store.put("k", *id, "h", "b");
        store.put("m", *id, "h", "b");
    }
    assert_eq!(store.ids("l"), ids);
    for (after, rest) in [
        (0, &ids[1..]),
        (3, &ids[3..]),
        (255, &ids[6..]),
        (u64::MAX, &[]),
    ] {
        let page = store.page("l", Some(after), usize::MAX);
        let found: Vec<_> = page.items.iter().map(|head| head.id.0).collect();
        assert_eq!(found, rest, "after {after}");
        assert_eq!(page.next, None);
    }
    let nothing = store.page("none", Some(1), 5);
    assert_eq!((nothing.items.len(), nothing.next), (0, None));
}

pub(super) fn heads_in_pages(make: Make<'_>) {
    let store = make(Bounds::default());
    store.commit((0..10).map(|id| put("l", id * 3, "h", "b")).collect());
    for limit in 1..=11 {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = store.page("l", after, limit);
            let rest = 10 - seen.len();
            assert_eq!(
                page.items.len(),
                limit.min(rest),
                "a page is full or the last"
            );
            seen.extend(page.items.into_iter().map(|head| head.id.0));
            after = page.next.map(|next| next.0);
            assert_eq!(
                after.is_some(),
                seen.len() < 10,
                "only the last page ends the walk"
            );
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<u64> = (0..10).map(|id| id * 3).collect();
        assert_eq!(seen, expected, "in pages of {limit}");
    }
}

pub(super) fn walk_under_change(make: Make<'_>) {
    let store = make(Bounds::default());
    store.commit((0..100).map(|id| put("l", id * 10, "h", "b")).collect());
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.page("l", after, 7);
        assert!(page.items.len() <= 7);
        seen.extend(page.items.into_iter().map(|head| head.id.0));
        disturb(&store, seen.len() as u64);
        after = page.next.map(|next| next.0);
        if after.is_none() {
            break;
        }
    }
    let ordered = seen.is_sorted_by(|a, b| a < b);
    assert!(ordered, "in order and without doubles: {seen:?}");
    for id in (0..100).filter(|id| id % 5 != 0) {
        let id = id * 10;
        assert!(seen.contains(&id), "{id} was there all the time");
    }
}

/// Removes behind and before the cursor, the cursor's own entry included, adds and changes.
fn disturb(store: &Subject, at: u64) {
    let near = (0..100).filter(|id: &u64| id.is_multiple_of(5) && id.abs_diff(at) < 10);
    store.commit(near.map(|id| remove("l", id * 10)).collect());
    let (behind, before) = (at * 5 + 1, (at + 20) * 10 + 1);
    store.commit(vec![put("l", behind, "h", "b"), put("l", before, "h", "b")]);
    store.commit(vec![
        update("l", before, "longer"),
        update("l", 11 * 10, "h"),
    ]);
}

pub(super) fn bodies_as_asked_for(make: Make<'_>) {
    let store = make(Bounds::default());
    store.commit(
        (1..=5)
            .map(|id| put("l", id, "h", &format!("b{id}")))
            .collect(),
    );
    store.put("m", 6, "h", "b6");
    let body = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
    let found = store.bodies("l", &[5, 6, 1, 3, 3, 0, u64::MAX]);
    let expected = [
        body("b5"),
        None,
        body("b1"),
        body("b3"),
        body("b3"),
        None,
        None,
    ];
    assert_eq!(found, expected);
    assert_eq!(store.bodies("l", &[]), []);
    assert_eq!(store.bodies("none", &[1, 2]), [None, None]);
}

pub(super) fn names_in_pages(make: Make<'_>) {
    let store = make(Bounds::default());
    let names = ["", "a", "a\0", "a\0b", "a/b", "ab", "b"];
    for name in names.iter().rev() {
        store.put(name, 1, "h", "b");
        store.put(name, u64::MAX, "h", "b");
    }
    for limit in 1..=8 {
        let mut seen = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = store.names_page(after.as_deref(), limit);
            assert!(page.names.len() <= limit);
            seen.extend(page.names);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, names, "in pages of {limit}");
    }
    assert_eq!(store.names_page(Some("a/"), 2).names, ["a/b", "ab"]);
    let end = store.names_page(Some("b"), 1);
    assert_eq!((end.names.len(), end.next), (0, None));
}
