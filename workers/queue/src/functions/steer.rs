//! `queue::pause`, `queue::resume`, `queue::purge`, `queue::unsubscribe`.

use super::dead::{Course, Filter, all};
use super::list::{Named, find};
use super::{Offer, typed};
use crate::core::{QueueId, QueueKind, Then, Ticket};
use crate::error;
use crate::hub::Hub;
use crate::limits::HEADS_PAGE;
use iii_kit::HandlerError;
use iii_ports::log::{Change, Head};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Whether deliveries of a queue are paused.
#[derive(Serialize, JsonSchema)]
struct Paused {
    queue: String,
    paused: bool,
}

/// What a purge removed.
#[derive(Serialize, JsonSchema)]
struct Purged {
    queue: String,
    /// Messages that are gone. Those that were being handled are not among them.
    purged: u64,
}

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    let pause = typed(hub, |hub, input| set_paused(hub, input, true));
    let resume = typed(hub, |hub, input| set_paused(hub, input, false));
    let purge = typed(hub, purge);
    let unsubscribe = typed(hub, unsubscribe);
    vec![
        (
            "queue::pause",
            pause.description("Stops deliveries of a queue; it goes on taking messages"),
        ),
        (
            "queue::resume",
            resume.description("Lets deliveries of a paused queue go on"),
        ),
        (
            "queue::purge",
            purge.description("Removes the messages of a queue that are not being handled"),
        ),
        (
            "queue::unsubscribe",
            unsubscribe
                .description("Ends a subscription to which nothing is bound, with all it holds"),
        ),
    ]
}

async fn set_paused(hub: Arc<Hub>, input: Named, paused: bool) -> Result<Paused, HandlerError> {
    let id = find(&hub, &input.queue)?;
    let written = {
        let mut broker = hub.broker.lock();
        let change = broker.set_paused(id, paused);
        let change = change.ok_or_else(|| error::no_queue(&broker, &input.queue))?;
        hub.commits.plain(&hub, vec![change])
    };
    written
        .await
        .map_err(|failed| error::not_written(&failed))?;
    hub.pump();
    Ok(Paused {
        queue: input.queue,
        paused,
    })
}

async fn purge(hub: Arc<Hub>, input: Named) -> Result<Purged, HandlerError> {
    let id = find(&hub, &input.queue)?;
    let purged = empty(&hub, id).await?;
    Ok(Purged {
        queue: input.queue,
        purged,
    })
}

/// Removes everything that is not being handled; how much that was.
async fn empty(hub: &Arc<Hub>, id: QueueId) -> Result<u64, HandlerError> {
    let mut purged = 0;
    loop {
        let told = {
            let mut broker = hub.broker.lock();
            let taken = broker.with(id, |queue, _| queue.purge());
            let (changes, settles) = taken.unwrap_or_default();
            if changes.is_empty() {
                return Ok(purged);
            }
            purged += changes.len() as u64;
            let then = Then::Settled(id, settles);
            hub.commits
                .submit(hub, Ticket { changes, then }, &mut broker)?
        };
        match told.await {
            Ok(Ok(())) => {}
            Ok(Err(failed)) => return Err(error::not_written(&failed)),
            Err(_) => return Err(error::stopping()),
        }
    }
}

/// Removes what is left of a log that belongs to no queue any more: what was remembered.
async fn forget(hub: &Arc<Hub>, log: &Arc<str>) -> Result<(), HandlerError> {
    loop {
        let page = hub.log.heads(log, None, HEADS_PAGE).await;
        let page = page.map_err(|failed| error::not_read(&failed))?;
        if page.items.is_empty() {
            return Ok(());
        }
        let remove = |head: Head| Change::Remove {
            log: Arc::clone(log),
            id: head.id,
        };
        let changes = page.items.into_iter().map(remove).collect();
        let written = hub.commits.plain(hub, changes).await;
        written.map_err(|failed| error::not_written(&failed))?;
    }
}

async fn unsubscribe(hub: Arc<Hub>, input: Named) -> Result<Purged, HandlerError> {
    let id = find(&hub, &input.queue)?;
    {
        let broker = hub.broker.lock();
        let kind = broker.entry(id).map(|entry| &entry.definition.kind);
        if !matches!(kind, Some(QueueKind::Subscription { .. })) {
            return Err(error::invalid(format!(
                "`{}` is no subscription; those are called `topic::function@namespace`, see \
                 `queue::list`",
                input.queue
            )));
        }
    }
    let ended = hub.tasks.to_its_end({
        let hub = Arc::clone(&hub);
        async move { end(&hub, id).await }
    });
    match ended.await.ok_or_else(error::stopping)?? {
        Some(purged) => Ok(Purged {
            queue: input.queue,
            purged,
        }),
        None => Err(error::invalid(format!(
            "a function is bound to `{}`; stop the worker that registered the trigger first",
            input.queue
        ))),
    }
}

/// Ends a subscription, with its messages and its dead ones; how many were not dead. `None` where a
/// function is bound to it.
pub(crate) async fn end(hub: &Arc<Hub>, id: QueueId) -> Result<Option<u64>, HandlerError> {
    let written = {
        let mut broker = hub.broker.lock();
        let change = broker.end(id);
        change.map(|change| hub.commits.plain(hub, vec![change]))
    };
    let Some(written) = written else {
        return Ok(None);
    };
    if let Err(failed) = written.await {
        hub.broker.lock().not_ended(id);
        return Err(error::not_written(&failed));
    }
    remove(hub, id).await.map(Some)
}

/// Removes a subscription whose end is written; how many messages were not dead.
pub(crate) async fn remove(hub: &Arc<Hub>, id: QueueId) -> Result<u64, HandlerError> {
    let mut purged = 0;
    loop {
        let decided = hub.commits.decided();
        purged += empty(hub, id).await?;
        // What was published before the end may still be on its way.
        let is_in_flux = {
            let broker = hub.broker.lock();
            let entry = broker.entry(id);
            entry.is_some_and(|entry| entry.queue.is_in_flux())
        };
        if !is_in_flux {
            break;
        }
        tokio::select! {
            () = decided => {}
            () = hub.stop.cancelled() => return Err(error::stopping()),
        }
    }
    all(hub, id, &Filter::default(), Course::Discard).await?;
    let gone = hub.broker.lock().gone(id);
    let Some((log, change)) = gone else {
        return Ok(purged);
    };
    forget(hub, &log).await?;
    let written = hub.commits.plain(hub, vec![change]).await;
    written.map_err(|failed| error::not_written(&failed))?;
    Ok(purged)
}

#[cfg(test)]
mod tests;
