//! Ids of what the engine itself offers, and the shapes of handlers.

use super::Error;
use crate::BoxFuture;
use serde_json::Value;
use std::sync::Arc;

/// A handler of an invocation's input.
pub type RemoteFunctionHandler =
    Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, Error>> + Send + Sync>;

/// A handler of an invocation's input and metadata.
pub type RemoteFunctionHandlerWithMetadata =
    Arc<dyn Fn(Value, Option<Value>) -> BoxFuture<'static, Result<Value, Error>> + Send + Sync>;

/// Functions of the engine.
///
/// ```
/// use iii_kit::published::engine::EngineFunctions;
/// assert_eq!(EngineFunctions::LIST_FUNCTIONS, "engine::functions::list");
/// ```
pub struct EngineFunctions;

impl EngineFunctions {
    /// Lists functions.
    pub const LIST_FUNCTIONS: &'static str = "engine::functions::list";
    /// Describes one function.
    pub const INFO_FUNCTIONS: &'static str = "engine::functions::info";
    /// Lists workers.
    pub const LIST_WORKERS: &'static str = "engine::workers::list";
    /// Describes one worker.
    pub const INFO_WORKERS: &'static str = "engine::workers::info";
    /// Lists trigger types.
    pub const LIST_TRIGGERS: &'static str = "engine::triggers::list";
    /// Describes one trigger type.
    pub const INFO_TRIGGERS: &'static str = "engine::triggers::info";
    /// Lists triggers.
    pub const LIST_REGISTERED_TRIGGERS: &'static str = "engine::registered-triggers::list";
    /// Describes one trigger.
    pub const INFO_REGISTERED_TRIGGERS: &'static str = "engine::registered-triggers::info";
    /// Introduces a worker; clients do so themselves.
    pub const REGISTER_WORKER: &'static str = "engine::workers::register";
}

/// Trigger types of the engine.
///
/// ```
/// use iii_kit::published::engine::EngineTriggers;
/// assert_eq!(EngineTriggers::LOG, "log");
/// ```
pub struct EngineTriggers;

impl EngineTriggers {
    /// Fires when functions come or go.
    pub const FUNCTIONS_AVAILABLE: &'static str = "engine::functions-available";
    /// Fires on log lines.
    pub const LOG: &'static str = "log";
}
