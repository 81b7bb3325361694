//! Payloads as they may be shown: without secrets, and not too long.

use crate::env;
use serde_json::{Map, Value};

/// What stands in the place of a secret.
pub const REDACTED_PLACEHOLDER: &str = "[REDACTED]";

/// What ends a text that was cut.
const CUT: &str = "...\"[TRUNCATED]\"";

/// Parts of the names of fields that hold secrets.
const SECRET_PARTS: [&str; 13] = [
    "api_key",
    "apikey",
    "api-key",
    "password",
    "secret",
    "credential",
    "authorization",
    "auth_token",
    "access_token",
    "refresh_token",
    "bearer",
    "private_key",
    "client_secret",
];

/// Most bytes of a payload that go into a trace, from `III_TRACE_PAYLOAD_MAX_BYTES`; `None` is all.
#[must_use]
pub fn resolve_max_bytes_from_env() -> Option<usize> {
    let text = env::get(env::TRACE_PAYLOAD_MAX_BYTES)?;
    text.trim().parse().ok().filter(|bytes| *bytes > 0)
}

/// The same value without the values of fields that hold secrets.
///
/// ```
/// use iii_kit::published::iii_helpers::observability::redact;
/// # use iii_kit::serde_json::json;
/// let shown = redact(&json!({ "user": { "password": "x", "name": "y" } }));
/// assert_eq!(shown, json!({ "user": { "password": "[REDACTED]", "name": "y" } }));
/// ```
#[must_use]
pub fn redact(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let shown = fields.iter().map(|(name, field)| {
                let field = if is_secret(name) {
                    Value::from(REDACTED_PLACEHOLDER)
                } else {
                    redact(field)
                };
                (name.clone(), field)
            });
            Value::Object(shown.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(redact).collect()),
        other => other.clone(),
    }
}

/// The text of a [`redact`]ed value, cut to `max_bytes`, and whether it was cut.
#[must_use]
pub fn redact_and_truncate(value: &Value, max_bytes: Option<usize>) -> (String, bool) {
    let mut text = redact(value).to_string();
    let Some(max_bytes) = max_bytes.filter(|max| text.len() > *max) else {
        return (text, false);
    };
    let mut end = max_bytes.saturating_sub(CUT.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(&CUT[..CUT.len().min(max_bytes)]);
    (text, true)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_PARTS.iter().any(|part| name.contains(part))
        // In other places of a name the word means something else.
        || name == "token"
        || name.ends_with("_token")
        || name.ends_with("-token")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "token",
            "id-token",
            "X-API-Key",
            "userPassword",
            "dbCredentials",
        ] {
            assert_eq!(redact(&json!({name: 1}))[name], "[REDACTED]", "{name}");
        }
        for name in ["tokens", "token_count", "name"] {
            assert_eq!(redact(&json!({name: [1]}))[name], json!([1]), "{name}");
        }
    }

    #[test]
    fn a_text_is_cut_at_a_character() {
        let value = json!("ööööööööööööööööööööööööö");
        let whole = value.to_string();
        assert_eq!(
            redact_and_truncate(&value, Some(whole.len())),
            (whole.clone(), false)
        );
        for max in 0..whole.len() {
            let (text, cut) = redact_and_truncate(&value, Some(max));
            assert!(cut && text.len() <= max, "{max}: {text}");
        }
        assert_eq!(redact_and_truncate(&value, None), (whole, false));
    }
}
