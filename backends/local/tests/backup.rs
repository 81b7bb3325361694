//! Backups: one moment of a store that goes on, and what is damaged is told.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop where tests would"
)]

use bytes::Bytes;
use iii_backend_local::{
    BackupError, CheckError, LocalKv, LocalLog, Options, RestoreError, Store, check, restore,
};
use iii_ports::UnixMs;
use iii_ports::kv::{self, Address, Batch, Kv, Scan, Write};
use iii_ports::lease::Fence;
use iii_ports::log::{self, Change, EntryId, Log};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

const NOW: UnixMs = UnixMs(1_000);

struct Open {
    runtime: Runtime,
    store: Arc<Store>,
    kv: LocalKv,
    log: LocalLog,
}

/// Everything that is in it: values of keys, and numbers of entries with their bodies.
type Contents = (Vec<(String, Bytes)>, Vec<(u64, Bytes)>);

impl Open {
    fn new(folder: &Path) -> Self {
        // Small, so that some of it is in the file, some on its way, and some in memory.
        let options = Options {
            overlay_bytes: 128 << 10,
            segment_bytes: 256 << 10,
            reserve_bytes: 16 << 10,
            idle_after: Duration::from_secs(3600),
            ..Options::default()
        };
        let store = Arc::new(Store::open(folder, options).unwrap());
        Self {
            runtime: Builder::new_current_thread().build().unwrap(),
            kv: LocalKv::new(Arc::clone(&store), kv::Bounds::default()),
            log: LocalLog::new(Arc::clone(&store), log::Bounds::default()),
            store,
        }
    }

    /// The number under two keys, in an entry, and in a key of its own that replaces an older one.
    fn write(&self, number: u64) {
        let put = |key: String, expires_at| Write::Put {
            at: Address::new("s", key),
            value: number.to_string().into(),
            expires_at,
        };
        let later = Some(UnixMs(1_000_000 + number));
        let mut writes = vec![put("a".into(), None), put("b".into(), later)];
        writes.push(put(format!("k{:04}", number % 1_000), None));
        let batch = Batch {
            writes,
            ..Batch::default()
        };
        self.runtime.block_on(self.kv.commit(batch, NOW)).unwrap();
        let put = Change::Put {
            log: "log".into(),
            id: EntryId(number),
            head: Bytes::from_static(b"head"),
            body: number.to_string().into(),
        };
        let gone = Change::Remove {
            log: "log".into(),
            id: EntryId(number.wrapping_sub(100)),
        };
        let commit = self.log.commit(Fence(1), vec![put, gone]);
        self.runtime.block_on(commit).unwrap();
    }

    fn all(&self) -> Contents {
        let scan = Scan {
            scope: "s",
            prefix: "",
            after: None,
            limit: usize::MAX,
            bytes_max: usize::MAX,
        };
        let page = self.runtime.block_on(self.kv.scan(scan, NOW)).unwrap();
        let values = page
            .items
            .into_iter()
            .map(|(key, entry)| (key, entry.value));
        let heads = self.log.heads("log", None, usize::MAX);
        let heads = self.runtime.block_on(heads).unwrap().items;
        let ids: Vec<EntryId> = heads.iter().map(|head| head.id).collect();
        let bodies = self.runtime.block_on(self.log.bodies("log", &ids));
        let bodies = bodies.unwrap().into_iter().map(Option::unwrap);
        let entries = ids.into_iter().map(|id| id.0).zip(bodies);
        (values.collect(), entries.collect())
    }
}

#[test]
fn a_backup_is_one_moment_of_a_store_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let open = Open::new(folder.path());
    let (is_over, written) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0.. {
                open.write(number);
                written.store(number, Ordering::Release);
                if is_over.load(Ordering::Acquire) {
                    break;
                }
            }
        });
        // The writer ends also when something here fails.
        let _ending = Ending(&is_over);
        for round in 0..6 {
            while written.load(Ordering::Acquire) < (round + 1) * 200 && !writer.is_finished() {
                std::thread::yield_now();
            }
            let before = written.load(Ordering::Acquire);
            let to = folder.path().join(format!("backup{round}"));
            let backup = open.store.backup(&to).unwrap();
            assert!(backup.entries > 3 && backup.bytes > 100, "{backup:?}");
            assert_eq!(check(&to).unwrap().records, 0);
            moment(&Open::new(&to), before);
        }
    });
}

struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Everything in it is of one moment, and that one is not before `before`.
fn moment(copy: &Open, before: u64) {
    let (values, entries) = copy.all();
    let value = |wanted: &str| {
        let found = values.iter().find(|(key, _)| key == wanted);
        let text = String::from_utf8(found.unwrap().1.to_vec()).unwrap();
        text.parse::<u64>().unwrap()
    };
    let number = value("a");
    assert!(number >= before, "{number} is older than {before}");
    assert_eq!(value("b"), number);
    assert_eq!(value(&format!("k{:04}", number % 1_000)), number);
    assert_eq!(values.len() as u64, (number + 1).min(1_000) + 2);
    // The entry of this number is written just after its values.
    let newest = entries.last().unwrap().0;
    assert!(newest == number || newest + 1 == number);
    let ids: Vec<u64> = entries.iter().map(|(id, _)| *id).collect();
    assert_eq!(
        ids,
        (newest.saturating_sub(99)..=newest).collect::<Vec<_>>()
    );
    // And it is a store like any other.
    copy.write(number + 1);
}

#[test]
fn a_store_is_made_of_a_backup_and_never_over_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let (from, backup) = (folder.path().join("from"), folder.path().join("backup"));
    let open = Open::new(&from);
    (0..50).for_each(|number| open.write(number));
    let expected = open.all();
    open.store.backup(&backup).unwrap();
    let again = open.store.backup(&backup);
    assert!(matches!(again, Err(BackupError::Exists(_))), "{again:?}");
    let over = restore(&backup, &from);
    assert!(matches!(over, Err(RestoreError::InUse(_))), "{over:?}");
    open.write(50);
    drop(open);
    let over = restore(&backup, &from);
    assert!(matches!(over, Err(RestoreError::Exists(_))), "{over:?}");
    let to = folder.path().join("to");
    restore(&backup, &to).unwrap();
    assert_eq!(Open::new(&to).all(), expected);
    let nothing = check(&folder.path().join("nothing"));
    assert!(
        matches!(nothing, Err(CheckError::Missing(_))),
        "{nothing:?}"
    );
}

#[test]
fn a_bit_that_changed_is_found_or_means_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (from, backup) = (folder.path().join("from"), folder.path().join("backup"));
    let open = Open::new(&from);
    (0..300).for_each(|number| open.write(number));
    let expected = open.all();
    open.store.backup(&backup).unwrap();
    drop(open);
    let path = backup.join("store.redb");
    let sound = std::fs::read(&path).unwrap();
    let (mut found, mut random) = (0, 77_u64);
    for place in 0..120 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(place);
        let bit = (random >> 20) as usize % (sound.len() * 8);
        let mut damaged = sound.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, damaged).unwrap();
        match check(&backup) {
            Err(CheckError::Open(_) | CheckError::Damaged(_)) => found += 1,
            Err(error) => panic!("bit {bit}: {error}"),
            Ok(_) => assert!(Open::new(&backup).all() == expected, "bit {bit}"),
        }
    }
    assert!(found > 10, "{found} were found");
}

#[test]
fn a_store_that_was_killed_is_checked_with_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (from, killed) = (folder.path().join("from"), folder.path().join("killed"));
    let open = Open::new(&from);
    (0..20).for_each(|number| open.write(number));
    // As a kill leaves it: what the system has, without an ordered end.
    std::fs::create_dir_all(killed.join("journal")).unwrap();
    std::fs::copy(from.join("store.redb"), killed.join("store.redb")).unwrap();
    for file in std::fs::read_dir(from.join("journal")).unwrap() {
        let file = file.unwrap();
        let to = killed.join("journal").join(file.file_name());
        std::fs::copy(file.path(), to).unwrap();
    }
    let expected = open.all();
    assert!(check(&killed).unwrap().records > 0);
    assert!(matches!(check(&from), Err(CheckError::Open(_))));
    drop(open);
    assert_eq!(check(&from).unwrap().records, 0);
    assert_eq!(Open::new(&killed).all(), expected);
}
