//! The folder: one owner, and what is in it stays.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop where tests would"
)]

use iii_backend_local::{LocalKv, OpenError, Options, Store};
use iii_ports::UnixMs;
use iii_ports::kv::{Address, Batch, Bounds, CommitError, Entry, Kv, Version, Write};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

const NOW: UnixMs = UnixMs(1_000);

fn open(folder: &Path) -> LocalKv {
    let store = Store::open(folder, Options::default()).unwrap();
    LocalKv::new(Arc::new(store), Bounds::default())
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn put(key: &str, expires_at: Option<UnixMs>) -> Batch {
    Batch {
        conditions: Vec::new(),
        writes: vec![Write::Put {
            at: Address::new("s", key),
            value: "value".into(),
            expires_at,
        }],
    }
}

#[test]
fn everything_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = runtime();
    let kv = open(folder.path());
    runtime.block_on(kv.commit(put("a", None), NOW)).unwrap();
    let later = Some(UnixMs(5_000));
    runtime.block_on(kv.commit(put("b", later), NOW)).unwrap();
    drop(kv);
    let kv = open(folder.path());
    let found = runtime.block_on(kv.get("s", "b", NOW)).unwrap();
    let expected = Entry {
        value: "value".into(),
        version: Version(2),
        expires_at: later,
    };
    assert_eq!(found, Some(expected));
    // Versions go on, and expiry too.
    let third = runtime.block_on(kv.commit(put("c", None), NOW)).unwrap();
    assert_eq!(third.outcomes[0].version, Version(3));
    let swept = runtime.block_on(kv.sweep(UnixMs(6_000), 10)).unwrap();
    assert_eq!(swept.removed.len(), 1);
    assert_eq!(swept.removed[0].at.key, "b");
}

#[test]
fn a_folder_has_one_owner_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let second = Store::open(folder.path(), Options::default());
    let Err(error @ OpenError::InUse { .. }) = second else {
        panic!("two owners");
    };
    let pid = format!("(pid {})", std::process::id());
    assert!(error.to_string().contains(&pid), "{error}");
    assert!(error.hint().contains("data_dir"));
    drop(first);
    drop(open(folder.path()));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(&file, Options::default()).err().unwrap();
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn what_is_no_data_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("store.redb");
    std::fs::write(&data, "a letter to my mother").unwrap();
    let error = Store::open(folder.path(), Options::default())
        .err()
        .unwrap();
    assert!(matches!(error, OpenError::Data(_)), "{error}");
    let text = std::fs::read_to_string(&data).unwrap();
    assert_eq!(text, "a letter to my mother");
}

#[test]
fn a_file_that_was_left_half_made_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("store.unfinished"), "half").unwrap();
    let kv = open(folder.path());
    let runtime = runtime();
    runtime.block_on(kv.commit(put("a", None), NOW)).unwrap();
    assert!(!folder.path().join("store.unfinished").exists());
}

#[test]
fn a_port_that_is_closed_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let store = Arc::new(store);
    let one = LocalKv::new(Arc::clone(&store), Bounds::default());
    let other = LocalKv::new(store, Bounds::default());
    let runtime = runtime();
    runtime.block_on(one.close());
    let refused = runtime.block_on(one.commit(put("a", None), NOW));
    assert_eq!(refused, Err(CommitError::Closed));
    runtime.block_on(other.commit(put("a", None), NOW)).unwrap();
}
