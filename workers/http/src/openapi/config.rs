//! The description of the API, as configured.

use crate::config::Check;
use schemars::JsonSchema;
use serde::Deserialize;

/// The description of the routes for machines (OpenAPI 3.1) and people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OpenApi {
    /// Whether it is served.
    pub enabled: bool,
    /// Where the document is. A route of the same path comes first.
    pub path: String,
    /// Where the page for people is; null for none.
    pub docs_path: Option<String>,
    /// Title of the API.
    pub title: String,
    /// Version of the API.
    pub version: String,
    /// What the API is for, in Markdown.
    pub description: Option<String>,
    /// Base URLs under which the API is reached; empty means where the document comes from.
    pub servers: Vec<String>,
}

impl Default for OpenApi {
    fn default() -> Self {
        Self {
            enabled: true,
            path: "/openapi.json".into(),
            docs_path: Some("/docs".into()),
            title: "HTTP API".into(),
            version: "1".into(),
            description: None,
            servers: Vec::new(),
        }
    }
}

impl Check for OpenApi {
    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
        let paths = self.docs_path.iter().chain([&self.path]);
        for path in paths {
            if path.len() < 2 || !path.starts_with('/') || !path.chars().all(plain) {
                return Err(format!(
                    "`{path}` is no path for a page: begin with `/`; letters, digits and -._~"
                ));
            }
        }
        if self.docs_path.as_ref() == Some(&self.path) {
            return Err("`path` and `docs_path` are the same".into());
        }
        Ok(())
    }
}
