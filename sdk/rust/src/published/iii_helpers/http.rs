//! HTTP: functions that are called over it, and what HTTP triggers hand over and take back.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// How a function is called over HTTP.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// `GET`
    Get,
    /// `POST`
    #[default]
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// How a function that is called over HTTP knows its caller. Keys name secrets of the engine's
/// host.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum HttpAuthConfig {
    /// The request is signed.
    Hmac {
        /// Names the signing secret.
        secret_key: String,
    },
    /// The request carries a token.
    Bearer {
        /// Names the token.
        token_key: String,
    },
    /// The request carries a header line.
    #[serde(rename = "api_key")]
    ApiKey {
        /// The header's name.
        header: String,
        /// Names its value.
        value_key: String,
    },
}

/// Where a function is called over HTTP, and how.
///
/// ```
/// use iii_kit::published::iii_helpers::http::HttpInvocationConfig;
/// # use iii_kit::serde_json::{from_value, json, to_value};
/// let config: HttpInvocationConfig = from_value(json!({ "url": "https://example.com/invoke" }))?;
/// assert_eq!(to_value(config)?["method"], "POST");
/// # Ok::<(), iii_kit::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HttpInvocationConfig {
    /// The address.
    pub url: String,
    /// `POST` when it is read without one.
    #[serde(default)]
    pub method: HttpMethod,
    /// How long a call may take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Further header lines.
    #[serde(default)]
    pub headers: HashMap<String, String>,
    /// How the function knows its caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<HttpAuthConfig>,
}

/// What a function is called with on an HTTP request.
///
/// ```
/// use iii_kit::published::iii_helpers::http::HttpRequest;
/// let request: HttpRequest = iii_kit::serde_json::from_str("{}")?;
/// assert!(request.path_params.is_empty() && request.body.is_null());
/// # Ok::<(), iii_kit::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HttpRequest<T = Value> {
    /// The query's parameters.
    #[serde(default)]
    pub query_params: HashMap<String, String>,
    /// What the path's placeholders stand for.
    #[serde(default)]
    pub path_params: HashMap<String, String>,
    /// The header lines.
    #[serde(default)]
    pub headers: HashMap<String, String>,
    /// The path.
    #[serde(default)]
    pub path: String,
    /// The method.
    #[serde(default)]
    pub method: String,
    /// The body.
    #[serde(default)]
    pub body: T,
}

/// What a function answers to an HTTP request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HttpResponse<T = Value> {
    /// The status.
    pub status_code: u16,
    /// The header lines.
    #[serde(default)]
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: T,
}
