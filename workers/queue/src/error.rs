//! How failures reach the caller.

use crate::core::Refusal;
use iii_kit::{ErrorCode, HandlerError};
use iii_ports::log::{CommitError, ReadError};

/// The queue, or all of them, hold as much as they may.
pub(crate) const QUEUE_FULL: &str = "queue_full";
/// Nobody declared the queue.
pub(crate) const QUEUE_NOT_FOUND: &str = "queue_not_found";
/// There is no such message, or not in the state the function is for.
pub(crate) const MESSAGE_NOT_FOUND: &str = "message_not_found";
/// The store failed.
const STORE: &str = "queue_store_failed";

/// The input is not what the function takes.
pub(crate) fn invalid(message: impl Into<String>) -> HandlerError {
    HandlerError::new(ErrorCode::InvalidArguments.as_str(), message)
}

pub(crate) fn no_queue(name: &str) -> HandlerError {
    HandlerError::new(
        QUEUE_NOT_FOUND,
        format!(
            "queue `{name}` does not exist; declare it in `queue_configs` of the `queue` worker, \
             or make it with `queue::define`"
        ),
    )
}

pub(crate) fn no_message(id: &str) -> HandlerError {
    HandlerError::new(
        MESSAGE_NOT_FOUND,
        format!("no queue has a message `{id}` of which this can be asked"),
    )
}

pub(crate) fn refused(queue: &str, refusal: &Refusal) -> HandlerError {
    let Refusal::Full { field, limit } = refusal;
    let wait = match *field {
        "kept_max" => "wait until earlier keys are forgotten, make their windows shorter",
        _ => "wait until messages are done",
    };
    HandlerError::new(
        QUEUE_FULL,
        format!("queue `{queue}` is full: `{field}` is {limit}; {wait}, or raise it"),
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
