//! `queue::dlq::{list, get, edit, redrive, discard}`: messages that are dead.

mod change;
mod claim;
mod edit;
mod filter;
mod get;
mod list;
#[cfg(test)]
mod tests;

use super::{Offer, raw, typed};
use crate::core::{MessageId, QueueId};
use crate::hub::Hub;
use std::sync::Arc;

pub(super) use change::{Course, all, one};
pub(super) use filter::Filter;

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    let list = raw(hub, list::run)
        .description("Dead messages of a queue, with reason, attempts and last error")
        .request_format_of::<list::Input>();
    let get = raw(hub, get::run)
        .description("A dead message with its data")
        .request_format_of::<super::message::ById>();
    let edit = raw(hub, edit::run)
        .description("Gives a dead message other data")
        .request_format_of::<edit::Input<'static>>();
    let redrive = typed(hub, |hub, input| change::run(hub, input, Course::Redrive));
    let discard = typed(hub, |hub, input| change::run(hub, input, Course::Discard));
    vec![
        ("queue::dlq::list", list),
        ("queue::dlq::get", get),
        ("queue::dlq::edit", edit),
        (
            "queue::dlq::redrive",
            redrive.description("Hands dead messages over again: one, several, or all that fit"),
        ),
        (
            "queue::dlq::discard",
            discard.description("Removes dead messages: one, several, or all that fit"),
        ),
    ]
}

/// Dead messages of a queue in the order in which they were enqueued.
pub(super) fn after(
    hub: &Hub,
    queue: QueueId,
    after: Option<MessageId>,
    most: usize,
) -> Vec<MessageId> {
    let broker = hub.broker.lock();
    let entry = broker.entry(queue);
    entry.map_or_else(Vec::new, |entry| entry.queue.dead_after(after, most))
}
