//! What becomes of messages, and why.

use super::super::store::{Kept, Stage};
use super::super::world::World;
use crate::core::message::{Fate, Head, Reason};
use crate::core::queue::Settle;
use crate::core::{DEFINITIONS, Delivery, MessageId, Outcome, QueueId, Then, Ticket};
use iii_ports::log::Change;

/// Why an entry changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Cause {
    /// It is done, or was dead and there are too many.
    Gone,
    /// It is done and remembered.
    Kept,
    Again,
    Dead,
    /// Somebody removes it.
    Purged,
    /// It was dead and is to live, or to be another one.
    Revived,
}

fn fate_of(kept: &Kept) -> Head<'_> {
    kept.head()
}

/// Attempts that a message may have now.
fn attempts_max(world: &World, queue: QueueId, head: &Head<'_>) -> u32 {
    let extras = head.extras.as_ref();
    let own = extras.and_then(|extras| extras.attempts_max);
    let entry = world.broker.entry(queue).expect("it is there");
    own.unwrap_or_else(|| entry.queue.settings().max_retries)
}

/// These messages were not handled.
pub(in super::super) fn failed(world: &mut World, delivery: &Delivery) {
    for message in &delivery.messages {
        let id = (delivery.queue, message.id);
        world.checks.failing.insert(id);
    }
}

/// A ticket says what becomes of messages: of those of the delivery that ended so, or because of
/// the time.
pub(in super::super) fn decided(
    world: &mut World,
    ticket: &Ticket,
    ended: Option<(&Delivery, &Outcome)>,
) {
    let Then::Settled(queue, settles) = &ticket.then else {
        panic!("an ending settles");
    };
    if let Some((delivery, _)) = ended {
        for message in &delivery.messages {
            let of_it = settles.iter().filter(|it| id_of(it) == message.id).count();
            assert_eq!(of_it, 1, "every message comes to something");
        }
    }
    for settle in settles {
        settled(world, *queue, settle, ended);
    }
}

fn id_of(settle: &Settle) -> MessageId {
    match settle {
        Settle::Gone(id)
        | Settle::Kept { id, .. }
        | Settle::Dead(id)
        | Settle::Again { id, .. }
        | Settle::Dropped(id) => *id,
    }
}

fn settled(
    world: &mut World,
    queue: QueueId,
    settle: &Settle,
    ended: Option<(&Delivery, &Outcome)>,
) {
    let id = id_of(settle);
    let log = world.log_of(queue);
    let kept = world.store.get(&log, id).expect("it is durable").clone();
    let head = fate_of(&kept);
    let of_delivery = ended.filter(|(it, _)| it.messages.iter().any(|it| it.id == id));
    let is_done = of_delivery.is_some_and(
        |(_, outcome)| matches!(outcome, Outcome::Done { failed, .. } if !failed.contains(&id)),
    );
    let is_failed = of_delivery.is_some() && !is_done
        || world.checks.failing.contains(&(queue, id)) && ended.is_none();
    let is_final = of_delivery.is_some_and(|(_, outcome)| {
        matches!(outcome, Outcome::Failed { advice, failure }
            if advice.is_final || failure.code == "never")
    });
    let most = attempts_max(world, queue, &head);
    let expires_at = head.extras.as_ref().and_then(|it| it.expires_at);
    let is_expired = expires_at.is_some_and(|at| at <= world.now.0);
    let is_exhausted = head.attempts + 1 >= most;
    let dies =
        is_failed && (is_final || is_exhausted) || !is_failed && is_expired && ended.is_none();
    let is_right = match settle {
        Settle::Gone(_) => is_done || dies,
        Settle::Kept { .. } => is_done,
        Settle::Dead(_) => dies,
        Settle::Again { due, .. } => is_failed && !dies && *due >= world.now,
        Settle::Dropped(_) => matches!(head.fate, Some(Fate::Dead { .. })),
    };
    assert!(is_right, "{settle:?} of {head:?}");
    let cause = match settle {
        Settle::Gone(_) | Settle::Dropped(_) => Cause::Gone,
        Settle::Kept { .. } => Cause::Kept,
        Settle::Dead(_) => Cause::Dead,
        Settle::Again { .. } => Cause::Again,
    };
    world.checks.met(match settle {
        Settle::Gone(_) => "gone",
        Settle::Kept { .. } => "kept",
        Settle::Dead(_) if is_failed => "dead",
        Settle::Dead(_) => "expired",
        Settle::Again { .. } => "again",
        Settle::Dropped(_) => "dropped",
    });
    world.checks.causes.insert((queue, id), cause);
}

/// The store is about to apply the next commit: it destroys nothing that was not decided.
pub(in super::super) fn before_apply(world: &mut World) {
    let mut line = world.store.line.iter();
    let Some(commit) = line.find(|it| it.stage == Stage::InLine) else {
        return;
    };
    let changes = commit.changes.clone();
    for change in changes.iter().filter(|it| &**it.log() != DEFINITIONS) {
        let id = MessageId(change.id().0);
        let queue: u64 = change.log()[1..].parse().expect("the log of a queue");
        let before = world.store.get(change.log(), id).cloned();
        let cause = world.checks.causes.remove(&(QueueId(queue), id));
        let is_right = match (&before, change) {
            (None, Change::Put { .. } | Change::Remove { .. }) => true,
            (None, Change::Update { .. }) => false,
            (Some(before), change) => follows(world, before, change, cause),
        };
        assert!(is_right, "{change:?} because of {cause:?} to {before:?}");
    }
}

fn follows(world: &World, before: &Kept, change: &Change, cause: Option<Cause>) -> bool {
    let old = before.head();
    let new = match change {
        Change::Put { head, .. } | Change::Update { head, .. } => Head::decode(head).ok(),
        Change::Remove { .. } => None,
    };
    let Some(new) = new else {
        let known_until = old.extras.as_ref().and_then(|it| it.known_until());
        return match old.fate {
            Some(Fate::Done { .. }) => known_until.is_none_or(|until| until <= world.now.0),
            _ => matches!(cause, Some(Cause::Gone | Cause::Purged)),
        };
    };
    let is_same = (
        &old.group,
        &old.key,
        &old.tenant,
        &old.function,
        old.enqueued_at,
    ) == (
        &new.group,
        &new.key,
        &new.tenant,
        &new.function,
        new.enqueued_at,
    );
    let is_debounced = old.extras.as_ref().is_some_and(|it| it.debounce.is_some());
    is_same
        && match (&old.fate, &new.fate) {
            (None, None) => match cause {
                Some(Cause::Again) => new.attempts == old.attempts + 1,
                _ => is_debounced && old.attempts == 0 && new.attempts == 0,
            },
            (None, Some(Fate::Done { .. })) => cause == Some(Cause::Kept),
            (None, Some(Fate::Dead { reason, .. })) => {
                let more = u32::from(*reason != Reason::Expired);
                cause == Some(Cause::Dead) && new.attempts == old.attempts + more
            }
            (Some(Fate::Dead { .. }), None | Some(Fate::Dead { .. })) => {
                cause == Some(Cause::Revived)
            }
            _ => false,
        }
}
