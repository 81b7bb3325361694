//! A store so simple that it is right by inspection.

use crate::kv::FullOf;
use crate::lease::Fence;
use crate::log::{Change, CommitError, EntryId, Head, Heads, Names};
use bytes::Bytes;
use std::collections::BTreeMap;

#[derive(Clone, Default)]
pub(super) struct Model {
    pub(super) entries: BTreeMap<(String, u64), (Bytes, Bytes)>,
    pub(super) fence: Fence,
}

impl Model {
    /// Applies a commit to a copy that takes the model's place if all went well.
    pub(super) fn commit(
        &mut self,
        fence: Fence,
        changes: &[Change],
        entries_max: usize,
    ) -> Result<(), CommitError> {
        if fence < self.fence {
            let (given, newest) = (fence, self.fence);
            return Err(CommitError::Fenced { given, newest });
        }
        let mut copy = self.clone();
        copy.fence = fence;
        for change in changes {
            copy.change(change)?;
        }
        let (before, after) = (self.entries.len(), copy.entries.len());
        if after > entries_max && after > before {
            return Err(CommitError::Full(FullOf::Entries));
        }
        *self = copy;
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), CommitError> {
        let at = (change.log().to_string(), change.id().0);
        match change {
            Change::Put { head, body, .. } => {
                self.entries.insert(at, (head.clone(), body.clone()));
            }
            Change::Update { head, .. } => {
                let Some(entry) = self.entries.get_mut(&at) else {
                    let (log, id) = (at.0, EntryId(at.1));
                    return Err(CommitError::Missing { log, id });
                };
                entry.0 = head.clone();
            }
            Change::Remove { .. } => {
                self.entries.remove(&at);
            }
        }
        Ok(())
    }

    pub(super) fn heads(&self, log: &str, after: Option<u64>, limit: usize) -> Heads {
        let behind = |id: u64| after.is_none_or(|after| id > after);
        let mut items: Vec<_> = self
            .entries
            .iter()
            .filter(|((name, id), _)| name == log && behind(*id))
            .map(|((_, id), (head, body))| Head {
                id: EntryId(*id),
                head: head.clone(),
                body_len: body.len(),
            })
            .collect();
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|head| head.id);
        Heads { items, next }
    }

    pub(super) fn body(&self, log: &str, id: u64) -> Option<Bytes> {
        let entry = self.entries.get(&(log.to_owned(), id));
        entry.map(|(_, body)| body.clone())
    }

    pub(super) fn names(&self, after: Option<&str>, limit: usize) -> Names {
        let all = self.entries.keys().map(|(name, _)| name.clone());
        let mut names: Vec<_> = all
            .filter(|name| after.is_none_or(|after| name.as_str() > after))
            .collect();
        names.dedup();
        let more = names.len() > limit;
        names.truncate(limit);
        let next = names.last().filter(|_| more).cloned();
        Names { names, next }
    }
}
