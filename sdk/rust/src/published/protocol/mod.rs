//! Requests, and the words of the wire that programs meet.

mod caller;
mod names;
pub mod observe_codes;
mod request;
mod trigger_input;

pub use caller::{Activation, Caller, ParentCaller};
pub use names::{Capture, Deliver, Delivery, InvocationStatus, ObserverState, On, default_capture};
pub use request::{Dispatch, TriggerAction, TriggerRequest, TriggerRequestWithMetadata};
pub use trigger_input::{LegacyTrigger, RegisterTriggerInput};

use serde::{Deserialize, Serialize};

/// Code of a refusal: the worker's name is taken in its namespace.
pub const WORKER_NAMESPACE_CONFLICT: &str = "WORKER_NAMESPACE_CONFLICT";
/// Code of a refusal: a worker of another name owns the function.
pub const FUNCTION_NAMESPACE_CONFLICT: &str = "FUNCTION_NAMESPACE_CONFLICT";
/// Where functions live that belong to no other namespace.
pub const DEFAULT_NAMESPACE: &str = "default";

/// An error as it travels.
///
/// ```
/// use iii_kit::published::protocol::ErrorBody;
/// let body = ErrorBody::new("NOT_FOUND", "no such order");
/// assert_eq!(body.stacktrace, None);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorBody {
    /// A code callers can act on.
    pub code: String,
    /// For people.
    pub message: String,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacktrace: Option<String>,
}

impl ErrorBody {
    /// An error that does not say where it happened.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            stacktrace: None,
        }
    }
}
