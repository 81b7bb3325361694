//! What a listener's middleware function is called with.

use super::TriggerAction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call that a middleware function lets pass, changes or refuses.
///
/// ```
/// use iii_kit::published::MiddlewareFunctionInput;
/// # use iii_kit::serde_json::{from_value, json};
/// let call = json!({ "function_id": "orders::place", "payload": {}, "context": { "user": 7 } });
/// let input: MiddlewareFunctionInput = from_value(call)?;
/// assert_eq!(input.context["user"], 7);
/// # Ok::<(), iii_kit::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MiddlewareFunctionInput {
    /// The function that is called.
    pub function_id: String,
    /// Its input.
    pub payload: Value,
    /// What the engine shall do other than wait for the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<TriggerAction>,
    /// What the auth function returned for this session.
    pub context: Value,
    /// The namespace the call is for; absent is the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}
