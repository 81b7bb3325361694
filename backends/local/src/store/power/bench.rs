//! A store on a simulated disk, and what it has acknowledged.

use super::super::tables::Counts;
use super::super::{Options, Settings, Store};
use super::disk::{Disk, Drive};
use crate::{LocalKv, LocalLog, OpenError};
use bytes::Bytes;
use iii_ports::UnixMs;
use iii_ports::kv::{self, Address, Batch, CommitError, FullOf, Kv, Scan, Write};
use iii_ports::lease::Fence;
use iii_ports::log::{self, Change, EntryId, Log};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

pub(super) const NOW: UnixMs = UnixMs(1_000);
const KEYS: u64 = 8;
const LOG: &str = "log";

/// Values of keys, and heads with bodies of numbers.
pub(super) type Contents = (BTreeMap<String, Bytes>, BTreeMap<u64, (Bytes, Bytes)>);

/// A store on a simulated disk, and what it has acknowledged.
pub(super) struct Bench {
    pub(super) disk: Disk,
    settings: Settings,
    runtime: Runtime,
    pub(super) acknowledged: Contents,
    /// What things may be like instead, if what was asked for last and not acknowledged is there.
    unknown: Option<Contents>,
    /// What everything was like after each commit, or may have been.
    pub(super) moments: Vec<Contents>,
}

/// An open store.
pub(super) struct Open {
    pub(super) store: Arc<Store>,
    pub(super) kv: LocalKv,
    log: LocalLog,
}

/// So small that segments are changed and checkpoints made all the time.
pub(super) fn small() -> Settings {
    Settings {
        options: Options {
            overlay_bytes: 8 << 10,
            journal_bytes: 36 << 10,
            segment_bytes: 28 << 10,
            reserve_bytes: 16 << 10,
            idle_after: Duration::from_secs(3600),
            ..Options::default()
        },
        is_inline: true,
        retry_after: Duration::ZERO,
    }
}

impl Bench {
    pub(super) fn new(seed: u64) -> Self {
        Self::with(seed, small())
    }

    pub(super) fn with(seed: u64, settings: Settings) -> Self {
        Self {
            disk: Disk::new(seed),
            settings,
            runtime: Builder::new_current_thread().build().unwrap(),
            acknowledged: Contents::default(),
            unknown: None,
            moments: vec![Contents::default()],
        }
    }

    pub(super) fn open(&self) -> Result<Open, OpenError> {
        let drive = Box::new(Drive::new(&self.disk));
        let store = Arc::new(Store::start(drive, self.settings.clone(), None)?);
        Ok(Open {
            kv: LocalKv::new(Arc::clone(&store), kv::Bounds::default()),
            log: LocalLog::new(Arc::clone(&store), log::Bounds::default()),
            store,
        })
    }

    /// Asks for something that makes `after` of everything.
    fn ask(
        &mut self,
        after: Contents,
        answer: impl Future<Output = Result<(), CommitError>>,
    ) -> Result<(), CommitError> {
        self.moments.push(after.clone());
        let answer = self.runtime.block_on(answer);
        match answer {
            Ok(()) => self.acknowledged = after,
            Err(_) => self.unknown = Some(after),
        }
        answer
    }

    /// Writes two keys together and changes the log; an odd number also removes a key.
    pub(super) fn write(&mut self, open: &Open, number: u64) -> Result<(), CommitError> {
        let mut after = self.acknowledged.clone();
        let mut writes = Vec::new();
        let (one, other) = (number % KEYS, (number * 5 + 3) % KEYS);
        for key in [format!("a{one}"), format!("b{other}")] {
            let value = Bytes::from(format!("{number}:{}", "x".repeat(200)));
            after.0.insert(key.clone(), value.clone());
            writes.push(put(key, value));
        }
        if number % 2 == 1 {
            let key = format!("a{}", (one + 1) % KEYS);
            after.0.remove(&key);
            writes.push(delete(key));
        }
        let batch = batch(writes);
        let answer = open.kv.commit(batch, NOW);
        self.ask(after, async { answer.await.map(drop) })?;
        self.log(open, number)
    }

    /// Puts an entry, changes the head of the one before, and removes the one before that.
    fn log(&mut self, open: &Open, number: u64) -> Result<(), CommitError> {
        let mut after = self.acknowledged.clone();
        let log: Arc<str> = LOG.into();
        let (head, body) = (Bytes::from_static(b"new"), Bytes::from(number.to_string()));
        after.1.insert(number, (head.clone(), body.clone()));
        let id = EntryId(number);
        let mut changes = vec![Change::Put {
            log: Arc::clone(&log),
            id,
            head,
            body,
        }];
        let before = number.wrapping_sub(1);
        if let Some(entry) = after.1.get_mut(&before) {
            entry.0 = Bytes::from_static(b"older");
            changes.push(Change::Update {
                log: Arc::clone(&log),
                id: EntryId(before),
                head: entry.0.clone(),
            });
        }
        let gone = number.wrapping_sub(2);
        after.1.remove(&gone);
        changes.push(Change::Remove {
            log,
            id: EntryId(gone),
        });
        let answer = open.log.commit(Fence(1), changes);
        self.ask(after, async {
            answer.await.map_err(|error| match error {
                log::CommitError::Full(full) => CommitError::Full(full),
                other => CommitError::Io(other.to_string()),
            })
        })
    }

    /// Puts a value of some size under a key of its own.
    pub(super) fn fill(&mut self, open: &Open, key: u64, bytes: usize) -> Result<(), CommitError> {
        let mut after = self.acknowledged.clone();
        let (key, value) = (format!("full{key}"), Bytes::from(vec![b'x'; bytes]));
        after.0.insert(key.clone(), value.clone());
        let answer = open.kv.commit(batch(vec![put(key, value)]), NOW);
        self.ask(after, async { answer.await.map(drop) })
    }

    pub(super) fn delete(&mut self, open: &Open, key: &str) -> Result<(), CommitError> {
        let mut after = self.acknowledged.clone();
        after.0.remove(key);
        let answer = open.kv.commit(batch(vec![delete(key.to_owned())]), NOW);
        self.ask(after, async { answer.await.map(drop) })
    }

    pub(super) fn all(&self, open: &Open) -> Option<Contents> {
        let scan = Scan {
            scope: "s",
            prefix: "",
            after: None,
            limit: usize::MAX,
            bytes_max: usize::MAX,
        };
        let page = self.runtime.block_on(open.kv.scan(scan, NOW)).ok()?;
        let values = page
            .items
            .into_iter()
            .map(|(key, entry)| (key, entry.value));
        let heads = self.runtime.block_on(open.log.heads(LOG, None, usize::MAX));
        let mut entries = BTreeMap::new();
        for head in heads.ok()?.items {
            let body = self.runtime.block_on(open.log.bodies(LOG, &[head.id]));
            let body = body.ok()?.pop()??;
            entries.insert(head.id.0, (head.head, body));
        }
        Some((values.collect(), entries))
    }

    /// Everything acknowledged is there, byte for byte, of what was not, all or nothing, and all of
    /// it fits together.
    pub(super) fn check(&mut self, open: &Open, story: &str) {
        let found = self.all(open);
        let found = found.unwrap_or_else(|| panic!("{story}: it cannot be read"));
        let unknown = self.unknown.take();
        if found != self.acknowledged {
            let is_known = Some(&found) == unknown.as_ref();
            let expected = (short(&self.acknowledged), unknown.as_ref().map(short));
            let found_short = short(&found);
            assert!(
                is_known,
                "{story}: found {found_short}, expected {expected:?}"
            );
            self.acknowledged = found;
        }
        let sound = open.store.read(Counts::check);
        assert_eq!(sound, Ok(()), "{story}");
    }

    /// Reading takes steps too, during which the power may go.
    pub(super) fn check_if_on(&mut self, open: &Open, story: &str) {
        if self.all(open).is_some() && self.disk.is_on() {
            self.check(open, story);
        }
    }

    /// For what may have lost the last of what was acknowledged: it is like this or like that.
    pub(super) fn expect(&mut self, contents: Contents) {
        self.unknown = None;
        self.acknowledged = contents;
    }
}

/// Keys with the beginnings of their values, and numbers of entries.
fn short(contents: &Contents) -> String {
    let values = contents.0.iter();
    let values =
        values.map(|(key, value)| (key, String::from_utf8_lossy(&value[..value.len().min(4)])));
    let heads = contents.1.iter().map(|(id, (head, _))| (id, head));
    format!(
        "{:?} {:?}",
        values.collect::<Vec<_>>(),
        heads.collect::<Vec<_>>()
    )
}

pub(super) fn is_full(error: &CommitError) -> bool {
    *error == CommitError::Full(FullOf::Bytes)
}

fn batch(writes: Vec<Write>) -> Batch {
    Batch {
        conditions: Vec::new(),
        writes,
    }
}

fn put(key: String, value: Bytes) -> Write {
    Write::Put {
        at: Address::new("s", key),
        value,
        expires_at: None,
    }
}

fn delete(key: String) -> Write {
    Write::Delete {
        at: Address::new("s", key),
    }
}
