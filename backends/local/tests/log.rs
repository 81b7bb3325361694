//! The logs: what is written is there, also after an opening, and in order.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop where tests would"
)]

use bytes::Bytes;
use iii_backend_local::{LocalLog, Options, Store};
use iii_ports::kv::FullOf;
use iii_ports::lease::Fence;
use iii_ports::log::{Bounds, Change, CommitError, EntryId, Head, Heads, Log};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

const FENCE: Fence = Fence(1);

struct Bench {
    runtime: Runtime,
    log: LocalLog,
}

impl Bench {
    fn open(folder: &Path, bounds: Bounds) -> Self {
        let store = Store::open(folder, Options::default()).unwrap();
        Self {
            runtime: Builder::new_current_thread().build().unwrap(),
            log: LocalLog::new(Arc::new(store), bounds),
        }
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.runtime.block_on(self.log.commit(FENCE, changes))
    }

    fn heads(&self, log: &str, after: Option<u64>, limit: usize) -> Heads {
        let heads = self.log.heads(log, after.map(EntryId), limit);
        self.runtime.block_on(heads).unwrap()
    }

    fn ids(&self, log: &str) -> Vec<u64> {
        let heads = self.heads(log, None, usize::MAX);
        heads.items.iter().map(|head| head.id.0).collect()
    }

    fn bodies(&self, log: &str, ids: &[u64]) -> Vec<Option<Bytes>> {
        let ids: Vec<_> = ids.iter().copied().map(EntryId).collect();
        self.runtime.block_on(self.log.bodies(log, &ids)).unwrap()
    }

    fn names(&self, after: Option<&str>, limit: usize) -> (Vec<String>, Option<String>) {
        let names = self.runtime.block_on(self.log.names(after, limit)).unwrap();
        (names.names, names.next)
    }
}

fn put(log: &str, id: u64, head: &'static str, body: &'static str) -> Change {
    Change::Put {
        log: log.into(),
        id: EntryId(id),
        head: head.into(),
        body: body.into(),
    }
}

fn update(log: &str, id: u64, head: &'static str) -> Change {
    Change::Update {
        log: log.into(),
        id: EntryId(id),
        head: head.into(),
    }
}

fn remove(log: &str, id: u64) -> Change {
    Change::Remove {
        log: log.into(),
        id: EntryId(id),
    }
}

#[test]
fn entries_come_back_after_an_opening_and_a_head_may_change() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(folder.path(), Bounds::default());
    let both = vec![put("a", 7, "seven", "body"), put("a", 2, "two", "")];
    bench.commit(both).unwrap();
    bench.commit(vec![update("a", 7, "changed")]).unwrap();
    bench.commit(vec![put("b", 7, "b", "of b")]).unwrap();
    drop(bench);
    let bench = Bench::open(folder.path(), Bounds::default());
    let head = |id, head: &'static str, body_len| Head {
        id: EntryId(id),
        head: head.into(),
        body_len,
    };
    let found = bench.heads("a", None, 10);
    assert_eq!(found.items, [head(2, "two", 0), head(7, "changed", 4)]);
    assert_eq!(found.next, None);
    let bodies = bench.bodies("a", &[7, 1, 2]);
    assert_eq!(bodies, [Some("body".into()), None, Some("".into())]);
    bench.commit(vec![remove("a", 7), remove("a", 99)]).unwrap();
    assert_eq!(bench.ids("a"), [2]);
    assert_eq!(bench.bodies("a", &[7]), [None]);
    assert_eq!(bench.bodies("b", &[7]), [Some("of b".into())]);
}

#[test]
fn heads_and_names_come_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(folder.path(), Bounds::default());
    let ids = [1, 300, 2, 70_000, u64::MAX, 0];
    let changes = ids.iter().map(|id| put("x", *id, "h", "b")).collect();
    bench.commit(changes).unwrap();
    let names = ["x\0", "w", "x1", ""];
    let changes = names.iter().map(|name| put(name, 5, "h", "b")).collect();
    bench.commit(changes).unwrap();
    let mut walked = Vec::new();
    let mut after = None;
    loop {
        let page = bench.heads("x", after, 2);
        walked.extend(page.items.iter().map(|head| head.id.0));
        after = page.next.map(|id| id.0);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(walked, [0, 1, 2, 300, 70_000, u64::MAX]);
    let (first, next) = bench.names(None, 2);
    assert_eq!(first, ["", "w"]);
    assert_eq!(next.as_deref(), Some("w"));
    let (rest, next) = bench.names(Some("w"), 9);
    assert_eq!(rest, ["x", "x\0", "x1"]);
    assert_eq!(next, None);
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds {
        entries_max: 2,
        ..Bounds::default()
    };
    let bench = Bench::open(folder.path(), bounds);
    bench.commit(vec![put("a", 1, "one", "body")]).unwrap();
    let missing = vec![remove("a", 1), put("a", 2, "two", ""), update("a", 3, "x")];
    let expected = CommitError::Missing {
        log: "a".to_owned(),
        id: EntryId(3),
    };
    assert_eq!(bench.commit(missing), Err(expected));
    let too_many = vec![
        update("a", 1, "x"),
        put("a", 2, "", ""),
        put("a", 3, "", ""),
    ];
    let full = Err(CommitError::Full(FullOf::Entries));
    assert_eq!(bench.commit(too_many), full);
    assert_eq!(&bench.heads("a", None, 9).items[0].head[..], b"one");
    assert_eq!(bench.ids("a"), [1]);
    assert_eq!(bench.bodies("a", &[1]), [Some("body".into())]);
    // An entry that is there may always be written anew.
    let again = vec![put("a", 2, "two", ""), put("a", 1, "again", "")];
    bench.commit(again).unwrap();
    assert_eq!(bench.ids("a"), [1, 2]);
}

#[test]
fn an_owner_whose_lease_is_over_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(folder.path(), Bounds::default());
    bench.commit(vec![put("a", 1, "one", "")]).unwrap();
    // A new owner may show its fence before it has anything to write.
    let claim = bench.log.commit(Fence(2), Vec::new());
    bench.runtime.block_on(claim).unwrap();
    drop(bench);
    let bench = Bench::open(folder.path(), Bounds::default());
    let fenced = CommitError::Fenced {
        given: FENCE,
        newest: Fence(2),
    };
    assert_eq!(bench.commit(vec![remove("a", 1)]), Err(fenced));
    assert_eq!(bench.ids("a"), [1]);
    // One that was refused has not written.
    let refused = bench.log.commit(Fence(9), vec![update("a", 5, "x")]);
    assert!(bench.runtime.block_on(refused).is_err());
    let still = bench.log.commit(Fence(2), vec![remove("a", 1)]);
    bench.runtime.block_on(still).unwrap();
    assert_eq!(bench.ids("a"), [0_u64; 0]);
}
