//! From operations to one commit, and back to their results.

use super::{Action, Step, in_op, set, update};
use crate::error::{self, WriteError, store_code};
use crate::json::Object;
use crate::store::Store;
use crate::update::Op;
use bytes::Bytes;
use iii_kit::HandlerError;
use iii_ports::UnixMs;
use iii_ports::kv::{
    Address, Batch, CommitError, Committed, Condition, Entry, Outcome, Version, Write,
};
use std::collections::HashMap;

/// A batch of operations as a batch of the store.
#[derive(Default)]
pub(super) struct Plan {
    batch: Batch,
    /// Whose condition each condition of the batch is.
    owners: Vec<Owner>,
    /// What each operation does in the batch.
    shares: Vec<Share>,
}

/// Whose condition.
#[derive(Clone, Copy)]
enum Owner {
    /// The caller's, of this operation.
    Caller(usize),
    /// Ours: an update was computed from this version.
    Update,
}

/// An operation's part in the batch.
enum Share {
    /// It puts this value, as the next write.
    Put(Bytes),
    /// It deletes, as the next write.
    Delete,
    /// An update that leaves the entry, if there is one, as it is.
    Nothing(Option<Entry>),
    /// A check.
    Check,
}

/// Entries as the operations so far leave them; `None` does not exist.
type Ahead<'a> = HashMap<&'a Address, Option<Entry>>;

/// Plans a batch on what the store holds now.
pub(super) async fn make(store: &Store, steps: &[Step<'_>]) -> Result<Plan, HandlerError> {
    let mut plan = Plan::default();
    let mut ahead = Ahead::new();
    for (index, step) in steps.iter().enumerate() {
        if let Some(version) = step.if_version {
            plan.require(&step.at, version, Owner::Caller(index));
        }
        let share = match &step.action {
            Action::Check => Share::Check,
            Action::Delete => {
                ahead.insert(&step.at, None);
                let at = step.at.clone();
                plan.batch.writes.push(Write::Delete { at });
                Share::Delete
            }
            Action::Set(value) => {
                plan.put(&mut ahead, &step.at, value.clone(), store.expiry(step.ttl))
            }
            Action::Update(ops) => plan
                .update(store, &mut ahead, step, ops)
                .await
                .map_err(|error| in_op(index, error))?,
        };
        plan.shares.push(share);
    }
    Ok(plan)
}

impl Plan {
    async fn update<'s>(
        &mut self,
        store: &Store,
        ahead: &mut Ahead<'s>,
        step: &'s Step<'_>,
        ops: &[Op<'_>],
    ) -> Result<Share, HandlerError> {
        let current = if let Some(entry) = ahead.get(&step.at) {
            entry.clone()
        } else {
            let current = store.get(&step.at.scope, &step.at.key).await;
            let current = current.map_err(|error| error::read_failed(error, store_code::BATCH))?;
            let version = current
                .as_ref()
                .map_or(Version::ABSENT, |entry| entry.version);
            self.require(&step.at, version, Owner::Update);
            current
        };
        let computed = update::compute(store, current.as_ref(), ops, step.ttl)?;
        if let Some(failed) = computed.errors.into_iter().next() {
            let message = format!("operation {}: {}", failed.op_index, failed.message);
            return Err(HandlerError::new(failed.code, message));
        }
        let (Some(value), expires_at) = (computed.value, computed.expires_at) else {
            return Ok(Share::Nothing(current));
        };
        Ok(self.put(ahead, &step.at, value, expires_at))
    }

    fn put<'s>(
        &mut self,
        ahead: &mut Ahead<'s>,
        at: &'s Address,
        value: Bytes,
        expires_at: Option<UnixMs>,
    ) -> Share {
        let entry = Entry {
            value: value.clone(),
            version: Version::ABSENT,
            expires_at,
        };
        ahead.insert(at, Some(entry));
        self.batch.writes.push(Write::Put {
            at: at.clone(),
            value: value.clone(),
            expires_at,
        });
        Share::Put(value)
    }

    fn require(&mut self, at: &Address, version: Version, owner: Owner) {
        self.batch.conditions.push(Condition {
            at: at.clone(),
            version,
        });
        self.owners.push(owner);
    }

    /// The batch to commit.
    pub(super) fn take_batch(&mut self) -> Batch {
        std::mem::take(&mut self.batch)
    }

    /// What a failed commit means: the caller's error, or nothing if it is worth another try.
    pub(super) fn explain(&self, error: CommitError) -> Result<(), HandlerError> {
        let owner = match &error {
            CommitError::Conflict { condition, .. } => self.owners.get(*condition),
            _ => None,
        };
        let failed = || error::write_failed(WriteError::Store(error.clone()), store_code::BATCH);
        match owner {
            Some(Owner::Update) => Ok(()),
            Some(Owner::Caller(index)) => Err(in_op(*index, failed())),
            None => Err(failed()),
        }
    }

    /// `{results: [...]}`.
    pub(super) fn output(&self, steps: &[Step<'_>], committed: Committed) -> Vec<u8> {
        let mut outcomes = committed.outcomes.into_iter();
        let mut versions = HashMap::new();
        let mut results = vec![b'['];
        for (step, share) in steps.iter().zip(&self.shares) {
            if results.len() > 1 {
                results.push(b',');
            }
            let outcome = match share {
                Share::Put(_) | Share::Delete => outcomes.next(),
                Share::Nothing(_) | Share::Check => None,
            };
            if let Some(outcome) = &outcome {
                versions.insert(&step.at, outcome.version);
            }
            let version = match share {
                Share::Check => step.if_version,
                _ => versions.get(&step.at).copied(),
            };
            results.extend(result(share, outcome.as_ref(), version));
        }
        results.push(b']');
        Object::with_capacity(results.len() + 16)
            .raw("results", &results)
            .into_text()
    }
}

/// The result of one operation; `version` is the one that a check named or that this batch made
/// before.
fn result(share: &Share, outcome: Option<&Outcome>, version: Option<Version>) -> Vec<u8> {
    match (share, outcome) {
        (Share::Put(value), Some(outcome)) => set::output(outcome, value).into_text(),
        (Share::Nothing(entry), _) => {
            let entry = entry.as_ref();
            let value = entry.map(|entry| &entry.value);
            let version = version
                .or_else(|| entry.map(|entry| entry.version))
                .unwrap_or_default();
            update::output(value, value, &[])
                .number("version", version.0)
                .into_text()
        }
        (Share::Check, _) => Object::with_capacity(32)
            .number("version", version.unwrap_or_default().0)
            .into_text(),
        (Share::Delete, outcome) => {
            let old = outcome
                .and_then(|outcome| outcome.old.as_ref())
                .map(|old| &old.value);
            let room = 32 + old.map_or(0, Bytes::len);
            Object::with_capacity(room)
                .raw_or_null("old_value", old)
                .into_text()
        }
        (Share::Put(_), None) => unreachable!("every write has an outcome"),
    }
}
