//! From stored messages to what functions are called with.

use crate::core::{Body, Delivery, Handed, MessageId, QueueId};
use crate::error;
use crate::hub::Hub;
use iii_kit::{Bytes, HandlerError, Payload};
use iii_ports::log::EntryId;
use serde_json::json;

/// A body as it is stored.
pub(crate) type Stored = Bytes;

/// Reads bodies of a queue.
pub(crate) async fn read(
    hub: &Hub,
    queue: QueueId,
    ids: &[MessageId],
) -> Result<Vec<Option<Stored>>, HandlerError> {
    let log = {
        let broker = hub.broker.lock();
        let entry = broker.entry(queue);
        entry.map(|entry| entry.queue.log().clone())
    };
    let log = log.ok_or_else(error::stopping)?;
    let ids: Vec<EntryId> = ids.iter().map(|id| EntryId(id.0)).collect();
    let bodies = hub.log.bodies(&log, &ids).await;
    bodies.map_err(|failed| error::not_read(&failed))
}

/// The bodies of a delivery, from memory or the store.
pub(crate) async fn bodies(hub: &Hub, delivery: &Delivery) -> Result<Vec<Body>, HandlerError> {
    let absent: Vec<MessageId> = {
        let absent = delivery.messages.iter().filter(|it| it.body.is_none());
        absent.map(|it| it.id).collect()
    };
    let mut read = if absent.is_empty() {
        Vec::new()
    } else {
        hub.bodies(delivery.queue, &absent).await?
    }
    .into_iter();
    let body = |handed: &Handed| {
        let stored = match &handed.body {
            Some(body) => Some(body.clone()),
            None => read.next().flatten(),
        };
        let stored = stored.ok_or_else(|| error::damaged("the body of a message is missing"))?;
        Body::decode(&stored).map_err(error::damaged)
    };
    delivery.messages.iter().map(body).collect()
}

/// What a handler is told beside its input: which message it is, whence, and since when. Of a batch
/// that is its first message.
pub(crate) fn about(hub: &Hub, delivery: &Delivery) -> Payload {
    let (title, names) = {
        let broker = hub.broker.lock();
        let entry = broker.entry(delivery.queue);
        let title = entry.map(|entry| entry.definition.title());
        (title.unwrap_or_default(), broker.names())
    };
    let first = delivery.messages.first();
    let about = json!({
        "message_id": first.map(|it| names.text(it.id).to_string()),
        "queue": title,
        "enqueued_at": first.map(|it| it.enqueued_at.0),
    });
    Payload::from_trusted(Bytes::from(about.to_string()))
}

/// What a handler of batches is called with.
pub(crate) fn batch(hub: &Hub, delivery: &Delivery, bodies: &[Body]) -> Payload {
    let names = hub.broker.lock().names();
    let mut json = Vec::from(&b"{\"messages\":["[..]);
    for (index, (handed, body)) in delivery.messages.iter().zip(bodies).enumerate() {
        if index > 0 {
            json.push(b',');
        }
        let head = format!(
            "{{\"message_id\":\"{}\",\"attempt\":{},\"enqueued_at\":{},\"data\":",
            names.text(handed.id),
            handed.attempt,
            handed.enqueued_at.0
        );
        json.extend_from_slice(head.as_bytes());
        json.extend_from_slice(body.data.as_bytes());
        json.push(b'}');
    }
    json.extend_from_slice(b"]}");
    Payload::from_trusted(Bytes::from(json))
}
