//! The store under test, with blocking calls and short words.

use crate::contract::cases;
use crate::lease::Fence;
use crate::log::{Change, CommitError, EntryId, Head, Heads, Log, Names};
use bytes::Bytes;
use std::future::Future;
use std::sync::Arc;

pub(super) struct Subject {
    pub(super) log: Arc<dyn Log>,
    runtime: tokio::runtime::Runtime,
}

/// The fence of cases in which the owner does not matter.
pub(super) const FENCE: Fence = Fence(7);

/// An entry as text: number, head and body.
pub(super) type Text = (u64, String, String);

impl Subject {
    pub(super) fn new(log: Arc<dyn Log>) -> Self {
        let runtime = cases::runtime();
        Self { log, runtime }
    }

    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(super) fn try_commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.commit_as(FENCE, changes)
    }

    pub(super) fn commit_as(&self, fence: Fence, changes: Vec<Change>) -> Result<(), CommitError> {
        self.wait(self.log.commit(fence, changes))
    }

    /// A commit that must succeed.
    pub(super) fn commit(&self, changes: Vec<Change>) {
        self.try_commit(changes).expect("a plain commit succeeds");
    }

    pub(super) fn put(&self, log: &str, id: u64, head: &str, body: &str) {
        self.commit(vec![put(log, id, head, body)]);
    }

    pub(super) fn page(&self, log: &str, after: Option<u64>, limit: usize) -> Heads {
        self.wait(self.log.heads(log, after.map(EntryId), limit))
            .expect("an open store can be read")
    }

    /// All heads of a log.
    pub(super) fn heads(&self, log: &str) -> Vec<Head> {
        let page = self.page(log, None, usize::MAX);
        assert_eq!(page.next, None, "a page without limit is the last one");
        page.items
    }

    pub(super) fn ids(&self, log: &str) -> Vec<u64> {
        self.heads(log).into_iter().map(|head| head.id.0).collect()
    }

    pub(super) fn bodies(&self, log: &str, ids: &[u64]) -> Vec<Option<Bytes>> {
        let ids: Vec<_> = ids.iter().copied().map(EntryId).collect();
        self.wait(self.log.bodies(log, &ids))
            .expect("an open store can be read")
    }

    /// All entries of a log; what heads say of bodies is right.
    pub(super) fn entries(&self, log: &str) -> Vec<Text> {
        let heads = self.heads(log);
        let ids: Vec<_> = heads.iter().map(|head| head.id.0).collect();
        let bodies = self.bodies(log, &ids);
        assert_eq!(bodies.len(), ids.len(), "one answer for each number");
        let entries = heads.into_iter().zip(bodies);
        entries
            .map(|(head, body)| {
                let body = body.expect("an entry with a head has a body");
                assert_eq!(head.body_len, body.len(), "the length of {:?}", head.id);
                (head.id.0, text(&head.head), text(&body))
            })
            .collect()
    }

    pub(super) fn names_page(&self, after: Option<&str>, limit: usize) -> Names {
        self.wait(self.log.names(after, limit))
            .expect("an open store can be read")
    }

    pub(super) fn names(&self) -> Vec<String> {
        let page = self.names_page(None, usize::MAX);
        assert_eq!(page.next, None, "a page without limit is the last one");
        page.names
    }
}

/// What [`Subject::entries`] should answer.
pub(super) fn texts(entries: &[(u64, &str, &str)]) -> Vec<Text> {
    entries
        .iter()
        .map(|(id, head, body)| (*id, (*head).to_owned(), (*body).to_owned()))
        .collect()
}

fn text(bytes: &Bytes) -> String {
    std::str::from_utf8(bytes)
        .expect("the suite wrote text")
        .to_owned()
}

fn own(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

pub(super) fn put(log: &str, id: u64, head: &str, body: &str) -> Change {
    Change::Put {
        log: log.into(),
        id: EntryId(id),
        head: own(head),
        body: own(body),
    }
}

pub(super) fn update(log: &str, id: u64, head: &str) -> Change {
    Change::Update {
        log: log.into(),
        id: EntryId(id),
        head: own(head),
    }
}

pub(super) fn remove(log: &str, id: u64) -> Change {
    Change::Remove {
        log: log.into(),
        id: EntryId(id),
    }
}

pub(super) fn missing(log: &str, id: u64) -> Result<(), CommitError> {
    Err(CommitError::Missing {
        log: log.to_owned(),
        id: EntryId(id),
    })
}
