//! Log lines that know their invocation.

use crate::current_context;
use serde_json::Value;

/// Writes log lines that carry the trace id and the function id of the invocation they are written
/// in, through `tracing`.
///
/// ```
/// use iii_kit::published::iii_helpers::observability::Logger;
/// # use iii_kit::serde_json::json;
/// let logger = Logger::new();
/// logger.info("worker connected", None);
/// logger.warn("retrying", Some(json!({ "attempt": 3 })));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Logger {}

impl Logger {
    /// A logger.
    pub fn new() -> Self {
        Self {}
    }

    /// Details for developers.
    pub fn debug(&self, message: &str, data: Option<Value>) {
        logger().debug(message, &data.unwrap_or_default());
    }

    /// What happens in the normal course of things.
    pub fn info(&self, message: &str, data: Option<Value>) {
        logger().info(message, &data.unwrap_or_default());
    }

    /// Something is off, and the work goes on.
    pub fn warn(&self, message: &str, data: Option<Value>) {
        logger().warn(message, &data.unwrap_or_default());
    }

    /// Some work failed.
    pub fn error(&self, message: &str, data: Option<Value>) {
        logger().error(message, &data.unwrap_or_default());
    }
}

fn logger() -> crate::Logger {
    current_context().map_or_else(crate::Logger::default, |context| context.logger())
}
