//! What a call looks like before it is sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the engine shall do with a call other than wait for its result.
///
/// ```
/// use iii_kit::published::TriggerAction;
/// # use iii_kit::serde_json::{json, to_value};
/// let later = TriggerAction::Enqueue { queue: "payments".into() };
/// assert_eq!(to_value(later)?, json!({ "type": "enqueue", "queue": "payments" }));
/// # Ok::<(), iii_kit::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum TriggerAction {
    /// Put the call on a durable queue; the answer is an
    /// [`EnqueueResult`](crate::published::EnqueueResult).
    Enqueue {
        /// The queue's name.
        queue: String,
    },
    /// Run the function and tell nobody how it went.
    Void,
}

impl From<TriggerAction> for crate::TriggerAction {
    fn from(action: TriggerAction) -> Self {
        match action {
            TriggerAction::Enqueue { queue } => Self::Enqueue { queue },
            TriggerAction::Void => Self::Void,
        }
    }
}

/// A call of a function.
///
/// ```
/// use iii_kit::published::protocol::TriggerRequest;
/// # use iii_kit::serde_json::json;
/// let call = TriggerRequest {
///     timeout_ms: Some(200),
///     ..TriggerRequest::new("orders::place", json!({ "sku": "A-1" }))
/// };
/// let elsewhere = call.namespace("billing").metadata(json!({ "tenant": "acme" }));
/// ```
#[derive(Clone, Debug)]
pub struct TriggerRequest {
    /// The function to run.
    pub function_id: String,
    /// Its input.
    pub payload: Value,
    /// `None` waits for the result.
    pub action: Option<TriggerAction>,
    /// How long to wait, in milliseconds; `None` means 30 seconds.
    pub timeout_ms: Option<u64>,
}

impl TriggerRequest {
    /// A call that waits for its result.
    pub fn new(function_id: impl Into<String>, payload: Value) -> Self {
        Self {
            function_id: function_id.into(),
            payload,
            action: None,
            timeout_ms: None,
        }
    }

    /// Hand `metadata` over beside the input.
    pub fn metadata(self, metadata: Value) -> TriggerRequestWithMetadata {
        TriggerRequestWithMetadata::from(self).metadata(metadata)
    }

    /// Call a function of this namespace, instead of the worker's own.
    pub fn namespace(self, namespace: impl Into<String>) -> TriggerRequestWithMetadata {
        TriggerRequestWithMetadata::from(self).namespace(namespace)
    }

    /// Choose the call's way.
    pub fn dispatch(self, dispatch: Dispatch) -> TriggerRequestWithMetadata {
        TriggerRequestWithMetadata::from(self).dispatch(dispatch)
    }
}

/// Which way a call takes. Here every call goes through the engine, whatever is asked for: the
/// published client takes the short way only where the engine offers it, and ours does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dispatch {
    /// Let the client choose.
    #[default]
    Auto,
    /// Through the engine.
    Remote,
}

/// A call with all that may go with it.
#[derive(Clone, Debug)]
pub struct TriggerRequestWithMetadata {
    pub(in crate::published) request: TriggerRequest,
    pub(in crate::published) metadata: Option<Value>,
    pub(in crate::published) namespace: Option<String>,
}

impl TriggerRequestWithMetadata {
    /// Hand `metadata` over beside the input.
    #[must_use]
    pub fn metadata(mut self, metadata: Value) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Call a function of this namespace, instead of the worker's own.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Choose the call's way; see [`Dispatch`].
    #[must_use]
    pub fn dispatch(self, _dispatch: Dispatch) -> Self {
        self
    }
}

impl<T: Into<TriggerRequest>> From<T> for TriggerRequestWithMetadata {
    fn from(request: T) -> Self {
        Self {
            request: request.into(),
            metadata: None,
            namespace: None,
        }
    }
}
