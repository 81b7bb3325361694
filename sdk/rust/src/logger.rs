//! Log lines that know their invocation.

use crate::Context;
use serde_json::Value;

/// Writes log lines that carry the trace id and function id of an invocation, through `tracing`.
///
/// ```
/// use iii_kit::Logger;
/// use iii_kit::serde_json::json;
/// Logger::default().info("validating", &json!({ "id": 7 }));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Logger {
    trace_id: String,
    function_id: String,
}

impl Logger {
    pub(crate) fn for_context(context: &Context) -> Self {
        Self {
            trace_id: context.trace_id().unwrap_or_default().to_owned(),
            function_id: context.function_id().to_owned(),
        }
    }

    /// Details for developers.
    pub fn debug(&self, message: &str, data: &Value) {
        tracing::debug!(target: "iii", trace_id = %self.trace_id, function_id = %self.function_id, %data, "{message}");
    }

    /// What happens in the normal course of things.
    pub fn info(&self, message: &str, data: &Value) {
        tracing::info!(target: "iii", trace_id = %self.trace_id, function_id = %self.function_id, %data, "{message}");
    }

    /// Something is off, and the work goes on.
    pub fn warn(&self, message: &str, data: &Value) {
        tracing::warn!(target: "iii", trace_id = %self.trace_id, function_id = %self.function_id, %data, "{message}");
    }

    /// Some work failed.
    pub fn error(&self, message: &str, data: &Value) {
        tracing::error!(target: "iii", trace_id = %self.trace_id, function_id = %self.function_id, %data, "{message}");
    }
}
