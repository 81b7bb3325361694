//! How failures reach the caller.

use iii_kit::{ErrorCode, HandlerError};
use iii_ports::kv::{Address, CommitError, ReadError, Version};

/// Codes of a store that failed, one per function. All other codes are of the catalogue.
pub(crate) mod store_code {
    pub(crate) const GET: &str = "GET_ERROR";
    pub(crate) const SET: &str = "SET_ERROR";
    pub(crate) const DELETE: &str = "DELETE_ERROR";
    pub(crate) const UPDATE: &str = "UPDATE_ERROR";
    pub(crate) const BATCH: &str = "BATCH_ERROR";
    pub(crate) const SUBSCRIBE: &str = "SUBSCRIBE_ERROR";
    pub(crate) const LIST: &str = "LIST_ERROR";
    pub(crate) const LIST_GROUPS: &str = "LIST_GROUPS_ERROR";
}

/// Why a write did not happen.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The scope is none of this worker's.
    Foreign,
    /// The store refused it.
    Store(CommitError),
    /// The events of a trigger that watches the entry wait in a full queue.
    TriggerBusy { trigger_id: String },
    /// The queue does not take the changes that durable triggers are to hear of.
    OutboxFull { writes: usize },
    /// Others write what is watched durably too fast.
    Contended,
}

impl From<CommitError> for WriteError {
    fn from(error: CommitError) -> Self {
        Self::Store(error)
    }
}

/// The input is not what the function takes.
pub(crate) fn invalid(message: impl Into<String>) -> HandlerError {
    HandlerError::new(ErrorCode::InvalidArguments.as_str(), message)
}

/// The entry has not the version that the caller asked for.
pub(crate) fn mismatch(at: &Address, expected: Version, actual: Version) -> HandlerError {
    let Address { scope, key } = at;
    let message = match (expected, actual) {
        (_, Version::ABSENT) => {
            format!(
                "`{key}` in scope `{scope}` does not exist, version {} was expected",
                expected.0
            )
        }
        (Version::ABSENT, _) => {
            format!(
                "`{key}` in scope `{scope}` exists already with version {}",
                actual.0
            )
        }
        _ => format!(
            "`{key}` in scope `{scope}` has version {}, version {} was expected",
            actual.0, expected.0
        ),
    };
    HandlerError::new(ErrorCode::VersionMismatch.as_str(), message)
}

/// A value is larger than the worker takes.
pub(crate) fn too_large(bytes: usize, limit: usize) -> HandlerError {
    let message = format!("the value has {bytes} bytes, the limit `max_value_bytes` is {limit}");
    HandlerError::new(ErrorCode::ValueTooLarge.as_str(), message)
}

/// The whole answer does not fit into one message.
pub(crate) fn answer_too_large(limit: usize) -> HandlerError {
    let message = format!(
        "the answer has more than {limit} bytes; read it in pages with `keys: true`, `limit` and \
         `cursor`"
    );
    HandlerError::new(ErrorCode::PayloadTooLarge.as_str(), message)
}

/// Others write the entries faster than an update can be computed.
pub(crate) fn contended() -> HandlerError {
    let message = "other writes change what is being written too fast";
    HandlerError::new(ErrorCode::Overloaded.as_str(), message)
}

/// A read failed.
pub(crate) fn read_failed(error: ReadError, code: &'static str) -> HandlerError {
    match error {
        ReadError::Closed => HandlerError::new(ErrorCode::ShuttingDown.as_str(), error.to_string()),
        ReadError::Io(_) => HandlerError::new(code, error.to_string()),
    }
}

/// A write failed.
pub(crate) fn write_failed(error: WriteError, code: &'static str) -> HandlerError {
    let error = match error {
        WriteError::Store(error) => error,
        WriteError::Foreign => {
            return invalid("`scope` begins with a zero byte; such scopes are not yours");
        }
        WriteError::Contended => return contended(),
        WriteError::OutboxFull { writes } => {
            let message = format!(
                "the changes of {writes} writes wait for the worker `queue` (`durable_writes_max`, \
                 `durable_bytes_max`); start it, or end the subscription with `state::unsubscribe`"
            );
            return HandlerError::new(ErrorCode::Overloaded.as_str(), message);
        }
        WriteError::TriggerBusy { trigger_id } => {
            let message = format!(
                "the events of trigger `{trigger_id}` wait in a full queue \
                 (`trigger_queue_events_max`, `trigger_queue_bytes_max`)"
            );
            return HandlerError::new(ErrorCode::Overloaded.as_str(), message);
        }
    };
    if let CommitError::Conflict {
        at,
        expected,
        actual,
        ..
    } = &error
    {
        return mismatch(at, *expected, *actual);
    }
    let code = match error {
        CommitError::Conflict { .. } => ErrorCode::VersionMismatch.as_str(),
        CommitError::KeyTooLong { .. } | CommitError::BatchTooLarge { .. } => {
            ErrorCode::InvalidArguments.as_str()
        }
        CommitError::ValueTooLarge { .. } => ErrorCode::ValueTooLarge.as_str(),
        CommitError::Full(_) | CommitError::Busy => ErrorCode::Overloaded.as_str(),
        CommitError::Closed => ErrorCode::ShuttingDown.as_str(),
        CommitError::Io(_) => code,
    };
    HandlerError::new(code, error.to_string())
}
