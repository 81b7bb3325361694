//! How failures reach the caller.

use crate::core::{Broker, QueueKind, Refusal};
use crate::limits::NAME_BYTES_MAX;
use iii_kit::{ErrorCode, HandlerError};
use iii_ports::log::{CommitError, ReadError};

/// The queue, or all of them, hold as much as they may.
pub(crate) const QUEUE_FULL: &str = "queue_full";
/// Nobody declared the queue.
pub(crate) const QUEUE_NOT_FOUND: &str = "queue_not_found";
/// There is no such message, or not in the state the function is for.
pub(crate) const MESSAGE_NOT_FOUND: &str = "message_not_found";
/// Most names that an error lists.
const NAMES_MAX: usize = 8;
/// The store failed.
const STORE: &str = "queue_store_failed";

/// The input is not what the function takes.
pub(crate) fn invalid(message: impl Into<String>) -> HandlerError {
    HandlerError::new(ErrorCode::InvalidArguments.as_str(), message)
}

/// Nobody declared the queue, or nobody does any more.
pub(crate) fn no_queue(broker: &Broker, name: &str) -> HandlerError {
    let message = if broker.named(name).is_some() {
        format!(
            "queue `{name}` is declared no more: it hands over what it holds and takes nothing; \
             declare it in `queue_configs` of the `queue` worker, or with `queue::define`"
        )
    } else {
        format!(
            "queue `{name}` does not exist; declare it in `queue_configs` of the `queue` worker, \
             or make it with `queue::define`; there {}",
            known(broker)
        )
    };
    HandlerError::new(QUEUE_NOT_FOUND, message)
}

/// There is neither a queue nor a topic of the name.
pub(crate) fn no_topic(broker: &Broker, name: &str) -> HandlerError {
    let message = format!(
        "neither a queue nor a topic is called `{name}`; a topic begins when something is published \
         to it or a function subscribes; there {}",
        known(broker)
    );
    HandlerError::new(QUEUE_NOT_FOUND, message)
}

/// The queues and topics there are, as long as that helps.
fn known(broker: &Broker) -> String {
    let queues = broker.entries().filter(|entry| entry.is_open);
    let queues = queues.filter(|entry| matches!(entry.definition.kind, QueueKind::Named { .. }));
    let queues = queues.map(|entry| entry.definition.title());
    let names: Vec<String> = queues.chain(broker.topics().keys().cloned()).collect();
    match &names[..] {
        [one] => format!("is `{one}`"),
        names if names.len() <= NAMES_MAX => format!("are `{}`", names.join("`, `")),
        names => format!("are {}, see `queue::list`", names.len()),
    }
}

/// No queue has a message of that id.
pub(crate) fn no_message(id: &str) -> HandlerError {
    HandlerError::new(
        MESSAGE_NOT_FOUND,
        format!(
            "no queue holds a message `{id}`: it is done, was removed, or never was; the id of a \
             message is the `messageReceiptId` that its enqueue answered"
        ),
    )
}

/// Only a dead message can be asked this.
pub(crate) fn not_dead(id: &str) -> HandlerError {
    HandlerError::new(
        MESSAGE_NOT_FOUND,
        format!(
            "message `{id}` is not dead, or somebody changes it just now; `queue::get` tells what \
             has become of it"
        ),
    )
}

/// Only a message that is being handled can be asked this.
pub(crate) fn not_running(id: &str) -> HandlerError {
    HandlerError::new(
        MESSAGE_NOT_FOUND,
        format!(
            "message `{id}` is not being handled; its attempt may have been given up because it \
             took longer than `timeout_ms` or reported nothing for `heartbeat_ms`"
        ),
    )
}

/// No page ended so.
pub(crate) fn no_cursor(cursor: &str) -> HandlerError {
    invalid(format!(
        "`cursor` is `{cursor}`, which no page has ended with; begin without one"
    ))
}

/// A name is too long, or none.
pub(crate) fn check_length(field: &str, name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        let bytes = name.len();
        return Err(format!(
            "{field} has {bytes} bytes, it needs from 1 to {NAME_BYTES_MAX}"
        ));
    }
    Ok(())
}

/// Or it is one that nobody could find again. Only for names that people choose: those of topics
/// are made of anything.
pub(crate) fn check_name(field: &str, name: &str) -> Result<(), String> {
    check_length(field, name)?;
    if name.trim() != name || name.contains(char::is_control) {
        return Err(format!(
            "{field} is {name:?}; it must not begin or end with white space, nor have control \
             characters"
        ));
    }
    Ok(())
}

pub(crate) fn refused(queue: &str, refusal: &Refusal) -> HandlerError {
    let Refusal::Full { field, limit } = refusal;
    let wait = match *field {
        "kept_max" => "wait until earlier keys are forgotten, make their windows shorter",
        _ => "wait until messages are done",
    };
    HandlerError::new(
        QUEUE_FULL,
        format!(
            "queue `{queue}` is full: `{field}` is {limit}; {wait}, or raise it with \
             `queue::define`"
        ),
    )
}

pub(crate) fn not_written(error: &CommitError) -> HandlerError {
    let code = match error {
        CommitError::Full(_) => QUEUE_FULL,
        CommitError::Busy => ErrorCode::Overloaded.as_str(),
        CommitError::NameTooLong { .. }
        | CommitError::HeadTooLarge { .. }
        | CommitError::BodyTooLarge { .. }
        | CommitError::TooManyChanges { .. } => ErrorCode::PayloadTooLarge.as_str(),
        _ => STORE,
    };
    HandlerError::new(code, error.to_string())
}

pub(crate) fn not_read(error: &ReadError) -> HandlerError {
    HandlerError::new(STORE, error.to_string())
}

pub(crate) fn damaged(what: impl std::fmt::Display) -> HandlerError {
    HandlerError::new(STORE, format!("what is stored cannot be read: {what}"))
}

pub(crate) fn stopping() -> HandlerError {
    HandlerError::new(ErrorCode::ShuttingDown.as_str(), "the queue worker stops")
}
