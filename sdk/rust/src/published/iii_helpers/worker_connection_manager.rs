//! What a listener's hooks are called with, and what they answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A worker that wants to connect.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuthInput {
    /// Header lines of its request.
    pub headers: HashMap<String, String>,
    /// Parameters of its query; one may come several times.
    pub query_params: HashMap<String, Vec<String>>,
    /// Where it connects from.
    pub ip_address: String,
}

/// What a worker may do.
///
/// ```
/// use iii_kit::published::iii_helpers::worker_connection_manager::AuthResult;
/// let result: AuthResult = iii_kit::serde_json::from_str("{}")?;
/// assert!(result.allow_function_registration && !result.allow_trigger_type_registration);
/// # Ok::<(), iii_kit::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuthResult {
    /// Function ids, or patterns of them, by namespace. Its keys are the namespaces that the worker
    /// may live in; without any, all are.
    #[serde(default)]
    pub namespaces: HashMap<String, Vec<String>>,
    /// Functions of the default namespace it may call beside those of the listener.
    #[serde(default)]
    pub allowed_functions: Vec<String>,
    /// Functions it may not call, whatever else is said.
    #[serde(default)]
    pub forbidden_functions: Vec<String>,
    /// Trigger types it may register triggers of; `None` allows all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_trigger_types: Option<Vec<String>>,
    /// Whether it may provide trigger types. Not unless it is said.
    #[serde(default)]
    pub allow_trigger_type_registration: bool,
    /// Whether it may offer functions. Unless it is said otherwise.
    #[serde(default = "yes")]
    pub allow_function_registration: bool,
    /// Handed to the middleware function with every call.
    #[serde(default = "nothing")]
    pub context: Value,
    /// Put before the ids of its functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_registration_prefix: Option<String>,
}

fn yes() -> bool {
    true
}

fn nothing() -> Value {
    Value::Object(Map::new())
}

fn default_namespace() -> String {
    crate::published::protocol::DEFAULT_NAMESPACE.to_owned()
}

/// A trigger type that a worker wants to provide.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OnTriggerTypeRegistrationInput {
    /// Its id.
    pub trigger_type_id: String,
    /// One line for people.
    pub description: String,
    /// The session's [`AuthResult::context`].
    pub context: Value,
}

/// As what the trigger type is to be registered; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct OnTriggerTypeRegistrationResult {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_type_id: Option<String>,
    /// One line for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A trigger that a worker wants to register.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OnTriggerRegistrationInput {
    /// Its id.
    pub trigger_id: String,
    /// Its type.
    pub trigger_type: String,
    /// The function to run.
    pub function_id: String,
    /// Its configuration.
    pub config: Value,
    /// To be handed to the function at every firing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Namespace of the function.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// The session's [`AuthResult::context`].
    pub context: Value,
}

/// As what the trigger is to be registered; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct OnTriggerRegistrationResult {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_id: Option<String>,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_type: Option<String>,
    /// The function to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_id: Option<String>,
    /// Its configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
}

/// A function that a worker wants to offer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OnFunctionRegistrationInput {
    /// Its id.
    pub function_id: String,
    /// One line for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What discovery shows of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Its namespace.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// The session's [`AuthResult::context`].
    pub context: Value,
}

/// As what the function is to be registered; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct OnFunctionRegistrationResult {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_id: Option<String>,
    /// One line for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What discovery shows of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}
