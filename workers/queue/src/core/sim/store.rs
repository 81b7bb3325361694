//! A log store that decides itself when what is durable.

use crate::core::message::{Fate, Head};
use crate::core::{MessageId, QueueId, Then};
use bytes::Bytes;
use iii_ports::log::Change;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A commit on its way.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) changes: Vec<Change>,
    pub(super) then: Waits,
    pub(super) stage: Stage,
}

/// What its owner does when it is told how the commit ended.
#[derive(Debug)]
pub(super) enum Waits {
    /// Messages arrive, or do not.
    Arrival(Then),
    /// It is tried until it succeeds.
    Ending(Then),
    /// New settings apply.
    Defined(Box<crate::core::broker::Defined>),
    /// A dead message lives again, or is dead as before.
    Revived(QueueId, MessageId, Bytes, u32),
    /// A dead message is gone, or there as before.
    Discarded(QueueId, MessageId, u32),
    /// Nothing.
    Nothing,
}

impl Waits {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Arrival(then) => format!("arrival {then:?}"),
            Self::Ending(then) => format!("ending {then:?}"),
            Self::Defined(defined) => format!("defined q{}", defined.id.0),
            Self::Revived(queue, id, ..) => format!("revived {} of q{}", id.0, queue.0),
            Self::Discarded(queue, id, _) => format!("discarded {} of q{}", id.0, queue.0),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    InLine,
    Applied,
    Failed,
}

/// An entry that is durable.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) head: Bytes,
    pub(super) body: Bytes,
    fate: Option<Fate>,
}

impl Kept {
    fn new(head: &Bytes, body: Bytes) -> Self {
        // A definition has none.
        let fate = Head::decode(head).ok().and_then(|head| head.fate);
        let head = head.clone();
        Self { head, body, fate }
    }

    pub(super) fn head(&self) -> Head<'_> {
        Head::decode(&self.head).expect("the queue wrote it")
    }

    pub(super) fn is_live(&self) -> bool {
        self.fate.is_none()
    }

    pub(super) fn is_dead(&self) -> bool {
        matches!(self.fate, Some(Fate::Dead { .. }))
    }
}

/// What is durable, and what is on its way.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) logs: BTreeMap<Arc<str>, BTreeMap<u64, Kept>>,
    pub(super) line: VecDeque<Commit>,
    /// Endings that failed and will be tried again.
    pub(super) again: Vec<Commit>,
}

impl Store {
    pub(super) fn submit(&mut self, changes: Vec<Change>, then: Waits) {
        let stage = Stage::InLine;
        self.line.push_back(Commit {
            changes,
            then,
            stage,
        });
    }

    /// Applies the next commit of the line, or lets it fail; what was applied.
    pub(super) fn decide(&mut self, fails: bool) -> Vec<Change> {
        let mut line = self.line.iter_mut();
        let Some(commit) = line.find(|it| it.stage == Stage::InLine) else {
            return Vec::new();
        };
        if fails {
            commit.stage = Stage::Failed;
            return Vec::new();
        }
        commit.stage = Stage::Applied;
        let changes = commit.changes.clone();
        for change in &changes {
            self.apply(change);
        }
        changes
    }

    fn apply(&mut self, change: &Change) {
        let log = self.logs.entry(Arc::clone(change.log())).or_default();
        let id = change.id().0;
        match change {
            Change::Put { head, body, .. } => {
                log.insert(id, Kept::new(head, body.clone()));
            }
            Change::Update { head, .. } => {
                let entry = log.get_mut(&id).expect("an update finds its entry");
                *entry = Kept::new(head, entry.body.clone());
            }
            Change::Remove { .. } => {
                log.remove(&id);
            }
        }
    }

    /// The first commit of the line whose fate is known.
    pub(super) fn told(&mut self) -> Option<Commit> {
        self.line.pop_front_if(|it| it.stage != Stage::InLine)
    }

    pub(super) fn entries(&self, log: &str) -> impl Iterator<Item = (MessageId, &Kept)> {
        let entries = self.logs.get(log).into_iter().flatten();
        entries.map(|(id, kept)| (MessageId(*id), kept))
    }

    pub(super) fn get(&self, log: &str, id: MessageId) -> Option<&Kept> {
        self.logs.get(log)?.get(&id.0)
    }

    /// Whether anything of a log is on its way.
    pub(super) fn is_busy(&self, log: &str) -> bool {
        let commits = self.line.iter().chain(&self.again);
        let mut changes = commits.flat_map(|commit| &commit.changes);
        changes.any(|it| &**it.log() == log)
    }

    /// Whether something that is to become of an entry is not durable, or not known to be.
    pub(super) fn is_pending(&self, log: &str, id: MessageId) -> bool {
        let commits = self.line.iter().chain(&self.again);
        let mut changes = commits.flat_map(|commit| &commit.changes);
        changes.any(|it| &**it.log() == log && it.id().0 == id.0)
    }

    /// The process dies: nobody is told of what was on its way.
    pub(super) fn crash(&mut self) {
        self.line.clear();
        self.again.clear();
    }
}
