//! Rate limits as configured.

use crate::config::Check;
use http::HeaderName;
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;

/// Longest window, in seconds: 30 days.
const WINDOW_MAX_S: u32 = 30 * 24 * 3600;
/// Longest name of a limit, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// So many requests in so much time for each key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// What clients see it called in `RateLimit` headers: letters, digits, `-` and `_`.
    #[serde(default = "default_name")]
    pub name: String,
    /// Requests allowed in a window.
    pub requests: NonZeroU32,
    /// Length of the window, in seconds.
    pub window_s: NonZeroU32,
    /// Requests that may come at once after a pause; absent means all of a window's.
    #[serde(default)]
    pub burst: Option<NonZeroU32>,
    /// Who shares a bucket.
    #[serde(default)]
    pub key: RateKey,
}

/// Who shares a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateKey {
    /// The client's address as `trusted_proxies` let it be known; of IPv6 the /64 network.
    #[default]
    Address,
    /// Whoever `auth` has found: an API key's id or a token's subject; nobody known counts by
    /// address.
    #[serde(alias = "api_key")]
    Caller,
    /// Everybody who asks for the same route.
    Route,
    /// The value of a header; requests without it count by address. Clients can write anything
    /// into headers: use it for those that a trusted proxy sets.
    Header(String),
}

impl Check for RateLimit {
    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let name = &self.name;
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(plain) {
            return Err(format!(
                "`{name}` is no name of a rate limit: use letters, digits, `-` and `_`"
            ));
        }
        if self.window_s.get() > WINDOW_MAX_S {
            return Err(format!("`window_s` is more than {WINDOW_MAX_S} (30 days)"));
        }
        if let RateKey::Header(name) = &self.key {
            HeaderName::try_from(name).map_err(|_| format!("`{name}` is no header name"))?;
        }
        Ok(())
    }
}

fn default_name() -> String {
    "default".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::checked;
    use serde_json::json;

    #[test]
    fn keys_have_names() {
        let read = |key: serde_json::Value| {
            let value = json!({ "requests": 1, "window_s": 1, "key": key });
            serde_json::from_value::<RateLimit>(value).unwrap().key
        };
        assert_eq!(read(json!("address")), RateKey::Address);
        assert_eq!(read(json!("api_key")), RateKey::Caller);
        assert_eq!(read(json!("route")), RateKey::Route);
        let tenant = RateKey::Header("x-tenant".into());
        assert_eq!(read(json!({ "header": "x-tenant" })), tenant);
    }

    #[test]
    fn mistakes_are_refused() {
        for (value, part) in [
            (json!({ "requests": 0, "window_s": 1 }), "nonzero"),
            (json!({ "requests": 1, "window_s": 99_999_999 }), "30 days"),
            (
                json!({ "requests": 1, "window_s": 1, "name": "a b" }),
                "no name",
            ),
            (
                json!({ "requests": 1, "window_s": 1, "key": { "header": "a b" } }),
                "no header name",
            ),
            (json!({ "requests": 1, "per": 1 }), "unknown field"),
        ] {
            let error = checked::<_, RateLimit>(value).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
