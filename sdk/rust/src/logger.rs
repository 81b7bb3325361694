//! Log lines that know their invocation.

use crate::Context;
use serde_json::Value;

/// One line. `tracing` wants its level at compile time, so this cannot be a function; the methods
/// below show what it stands for.
macro_rules! line {
    ($logger:expr, $level:expr, $message:expr, $data:expr) => {
        tracing::event!(
            target: "iii",
            $level,
            trace_id = %$logger.trace_id,
            function_id = %$logger.function_id,
            data = %$data,
            "{}",
            $message
        )
    };
}

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
        line!(self, tracing::Level::DEBUG, message, data);
    }

    /// What happens in the normal course of things.
    pub fn info(&self, message: &str, data: &Value) {
        line!(self, tracing::Level::INFO, message, data);
    }

    /// Something is off, and the work goes on.
    pub fn warn(&self, message: &str, data: &Value) {
        line!(self, tracing::Level::WARN, message, data);
    }

    /// Some work failed.
    pub fn error(&self, message: &str, data: &Value) {
        line!(self, tracing::Level::ERROR, message, data);
    }
}
