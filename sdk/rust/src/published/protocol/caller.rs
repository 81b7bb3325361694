//! Who called.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who made a call, as stamped by the engine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Caller {
    /// The calling worker's connection id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_id: Option<String>,
    /// The calling worker's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_name: Option<String>,
    /// The function in whose handler the call was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_id: Option<String>,
    /// That handler's own invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<String>,
    /// Who called that function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentCaller>,
}

/// The caller of a caller.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParentCaller {
    /// The worker's connection id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_id: Option<String>,
    /// The worker's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_name: Option<String>,
    /// The function in whose handler the call was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_id: Option<String>,
    /// That handler's own invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<String>,
}

impl Caller {
    /// The same without whoever called before.
    ///
    /// ```
    /// use iii_kit::published::Caller;
    /// let caller = Caller { worker_name: Some("orders".into()), ..Caller::default() };
    /// assert_eq!(caller.strip().worker_name.as_deref(), Some("orders"));
    /// ```
    pub fn strip(&self) -> ParentCaller {
        ParentCaller {
            worker_id: self.worker_id.clone(),
            worker_name: self.worker_name.clone(),
            function_id: self.function_id.clone(),
            invocation_id: self.invocation_id.clone(),
        }
    }
}

/// Marks an invocation that an observer caused; our engine has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Activation {
    /// The observer.
    pub observer_id: String,
    /// This one call of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_id: Option<String>,
}
