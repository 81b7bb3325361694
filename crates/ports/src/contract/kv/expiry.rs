//! Entries that cease to exist.

use super::Make;
use super::subject::{NOW, Subject, delete, if_version, put, put_until};
use crate::UnixMs;
use crate::kv::{Batch, Bounds, CommitError, Outcome, Scan, Version, Write};

const SOON: UnixMs = UnixMs(NOW.0 + 10);
const LATER: UnixMs = UnixMs(NOW.0 + 20);

pub(super) fn expired_is_invisible(make: Make<'_>) {
    let store = make(Bounds::default());
    store.write(put_until("s", "k", "1", Some(SOON)));
    store.put("s", "l", "2");
    store.write(put_until("t", "k", "1", Some(SOON)));
    let entry = store.get("s", "k").expect("not expired yet");
    assert_eq!(entry.expires_at, Some(SOON));
    assert_eq!(store.get_at("s", "k", UnixMs(SOON.0 - 1)), Some(entry));
    assert_eq!(store.get_at("s", "k", SOON), None);
    let scan = Scan {
        scope: "s",
        prefix: "",
        after: None,
        limit: 1,
        bytes_max: usize::MAX,
    };
    let page = store.wait(store.kv.scan(scan, SOON)).expect("open");
    assert_eq!(
        (page.items.len(), page.items[0].0.as_str(), page.next),
        (1, "l", None)
    );
    let scopes = store.wait(store.kv.scopes(None, 10, SOON)).expect("open");
    assert_eq!(scopes.scopes, ["s"]);
}

pub(super) fn conditions_ignore_expired(make: Make<'_>) {
    let store = make(Bounds::default());
    let version = store.write(put_until("s", "k", "1", Some(SOON))).version;
    let with = |version, value| Batch {
        conditions: vec![if_version("s", "k", version)],
        writes: vec![put("s", "k", value)],
    };
    let stale = store.commit_at(with(version, "2"), SOON);
    assert!(matches!(
        stale,
        Err(CommitError::Conflict {
            actual: Version::ABSENT,
            ..
        })
    ));
    store
        .commit_at(with(Version::ABSENT, "3"), SOON)
        .expect("the entry has expired");
    assert_eq!(store.value("s", "k").as_deref(), Some(b"3".as_ref()));
}

pub(super) fn sweep_removes_once(make: Make<'_>) {
    let store = make(Bounds::default());
    assert_eq!(store.sweep(LATER, 10).next, None);
    store.write(put_until("s", "later", "1", Some(LATER)));
    store.write(put_until("s", "soon", "1", Some(SOON)));
    store.write(put_until("t", "soon", "1", Some(SOON)));
    store.put("s", "ever", "1");
    let early = store.sweep(NOW, 10);
    assert_eq!((early.removed.len(), early.next), (0, Some(SOON)));
    let first = store.sweep(SOON, 1);
    assert_eq!((first.removed.len(), first.next), (1, Some(SOON)));
    let rest = store.sweep(LATER, 10);
    assert_eq!(rest.next, None);
    let swept: Vec<_> = first.removed.iter().chain(&rest.removed).collect();
    let instants: Vec<_> = swept
        .iter()
        .map(|removed| removed.entry.expires_at)
        .collect();
    assert_eq!(instants, [Some(SOON), Some(SOON), Some(LATER)]);
    let mut names: Vec<_> = swept
        .iter()
        .map(|removed| format!("{}/{}", removed.at.scope, removed.at.key))
        .collect();
    names.sort();
    assert_eq!(names, ["s/later", "s/soon", "t/soon"]);
    assert_eq!(store.sweep(LATER, 10).removed, []);
    assert_eq!(store.scopes(), ["s"]);
    assert_eq!(store.keys("s", ""), ["ever"]);
}

pub(super) fn writes_tell_of_lapsed(make: Make<'_>) {
    let store = make(Bounds::default());
    let lapsed = |key: &str, write: Write| {
        let version = store.write(put_until("s", key, "1", Some(SOON))).version;
        let outcome = commit_one(&store, write, SOON);
        assert_eq!(outcome.old, None);
        assert_eq!(outcome.lapsed.map(|entry| entry.version), Some(version));
    };
    lapsed("put", put("s", "put", "2"));
    lapsed("delete", delete("s", "delete"));
    assert_eq!(store.sweep(LATER, 10).removed, []);
    assert_eq!(store.keys("s", ""), ["put"]);
}

pub(super) fn put_clears_expiry(make: Make<'_>) {
    let store = make(Bounds::default());
    store.write(put_until("s", "k", "1", Some(SOON)));
    store.write(put_until("s", "k", "2", Some(LATER)));
    assert_eq!(store.sweep(SOON, 10).next, Some(LATER));
    store.put("s", "k", "3");
    let swept = store.sweep(LATER, 10);
    assert_eq!((swept.removed.len(), swept.next), (0, None));
    assert_eq!(store.value("s", "k").as_deref(), Some(b"3".as_ref()));
    store.write(put_until("s", "k", "4", Some(SOON)));
    store.write(delete("s", "k"));
    assert_eq!(store.sweep(LATER, 10).next, None);
}

fn commit_one(store: &Subject, write: Write, now: UnixMs) -> Outcome {
    let batch = Batch {
        conditions: Vec::new(),
        writes: vec![write],
    };
    store
        .commit_at(batch, now)
        .expect("no conditions")
        .outcomes
        .remove(0)
}
