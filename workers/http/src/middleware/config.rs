//! Middleware of all routes, as configured.

use crate::config::Check;
use schemars::JsonSchema;
use serde::Deserialize;

/// A function that is asked about every request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Middleware {
    /// The function.
    pub function_id: String,
    /// When it is asked.
    #[serde(default)]
    pub phase: Phase,
    /// Lower ones are asked first; equal ones in the order of the list.
    #[serde(default)]
    pub priority: i64,
    /// Namespace of the function; absent means `default`.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// When a middleware function is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Phase {
    /// Before the handler, and before the body is read.
    #[default]
    #[serde(rename = "preHandler", alias = "before")]
    PreHandler,
    /// After the handler, with what it answered.
    #[serde(rename = "postHandler", alias = "after")]
    PostHandler,
}

impl Phase {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::PreHandler => "preHandler",
            Self::PostHandler => "postHandler",
        }
    }
}

impl Check for Middleware {
    fn check(&self) -> Result<(), String> {
        if self.function_id.is_empty() {
            return Err("`middleware` has an empty `function_id`".into());
        }
        Ok(())
    }
}
