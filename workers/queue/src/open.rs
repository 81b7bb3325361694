//! The queues as the store has them.

use crate::config::Config;
use crate::core::{Broker, DEFINITIONS, Definition, MessageId, Names, QueueId};
use crate::limits::HEADS_PAGE;
use iii_kit::{Bytes, StartError};
use iii_ports::UnixMs;
use iii_ports::lease::Fence;
use iii_ports::log::{Change, EntryId, Log};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// What the store says about itself, under the number 0 of the definitions.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Origin {
    /// Tells the message ids of this store from those of others.
    salt: u64,
    /// How often a worker has begun with it. Message ids begin with it, so none is used twice.
    run: u64,
}

/// Reads everything but the bodies, and declares the queues of the configuration.
pub(crate) async fn open(
    log: &dyn Log,
    fence: Fence,
    config: &Config,
    now: UnixMs,
) -> Result<Broker, StartError> {
    let definitions = all(log, DEFINITIONS).await?;
    let seed = u128::from_be_bytes(*uuid::Uuid::new_v4().as_bytes());
    let (salt, seed) = ((seed >> 64) as u64, seed as u64);
    let origin = match definitions.first().filter(|head| head.0 == EntryId(0)) {
        Some((_, head, _)) => serde_json::from_slice(head).map_err(damaged)?,
        None => Origin { salt, run: 0 },
    };
    let origin = Origin {
        run: origin.run + 1,
        ..origin
    };
    let mut changes = vec![Change::Put {
        log: DEFINITIONS.into(),
        id: EntryId(0),
        head: Bytes::from(serde_json::to_vec(&origin).map_err(damaged)?),
        body: Bytes::new(),
    }];
    let mut broker = Broker::new(Names::new(origin.salt), origin.run, seed);
    for (id, head, _) in definitions.iter().filter(|head| head.0 != EntryId(0)) {
        let definition: Definition = serde_json::from_slice(head).map_err(damaged)?;
        broker.restore(QueueId(id.0), definition, now);
    }
    for (name, settings) in config.queues() {
        changes.extend(broker.declare(&name, &settings, now));
    }
    let queues: Vec<QueueId> = broker.entries().map(|entry| entry.queue.id).collect();
    for id in queues {
        load(log, &mut broker, id, now).await?;
    }
    // Nothing is handed over before this is durable: from then on nobody else writes.
    log.commit(fence, changes).await.map_err(damaged)?;
    Ok(broker)
}

async fn load(
    log: &dyn Log,
    broker: &mut Broker,
    id: QueueId,
    now: UnixMs,
) -> Result<(), StartError> {
    let name = broker.entry(id).map(|entry| entry.queue.log().clone());
    let mut after = None;
    while let Some(name) = &name {
        let page = log.heads(name, after, HEADS_PAGE).await.map_err(damaged)?;
        let loaded = broker.with(id, |queue, _| {
            let mut heads = page.items.iter();
            heads.try_for_each(|head| {
                queue.load(MessageId(head.id.0), &head.head, head.body_len, now)
            })
        });
        if let Some(Err(error)) = loaded {
            return Err(damaged(error));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

/// All heads of a short log.
async fn all(log: &dyn Log, name: &str) -> Result<Vec<(EntryId, Bytes, usize)>, StartError> {
    let (mut heads, mut after) = (Vec::new(), None);
    loop {
        let page = log.heads(name, after, HEADS_PAGE).await.map_err(damaged)?;
        heads.extend(
            page.items
                .into_iter()
                .map(|head| (head.id, head.head, head.body_len)),
        );
        after = page.next;
        if after.is_none() {
            return Ok(heads);
        }
    }
}

fn damaged(error: impl Display) -> StartError {
    StartError::Data(format!("the queues cannot be read: {error}"))
}
