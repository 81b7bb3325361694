//! What middleware changes.

use super::Failure;
use crate::limits::{MIDDLEWARE_CONTEXT_BYTES_MAX, MIDDLEWARE_HEADERS_MAX};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

/// What a middleware function wants changed.
#[derive(Default)]
pub(crate) struct Changes {
    /// Merged into the request's context, field by field.
    pub(crate) context: Map<String, Value>,
    pub(crate) request_headers: Map<String, Value>,
    pub(crate) status: Option<u16>,
    pub(crate) response_headers: Map<String, Value>,
    /// `Some(Null)` takes the body away.
    pub(crate) body: Option<Value>,
}

impl Changes {
    /// Merges what is handed on.
    pub(crate) fn apply_context(&self, context: &mut Map<String, Value>) -> Result<(), Failure> {
        if self.context.is_empty() {
            return Ok(());
        }
        for (name, value) in &self.context {
            context.insert(name.clone(), value.clone());
        }
        let size = serde_json::to_vec(context).map_or(usize::MAX, |text| text.len());
        if size > MIDDLEWARE_CONTEXT_BYTES_MAX {
            return Err(Failure::Malformed(format!(
                "a context of more than {MIDDLEWARE_CONTEXT_BYTES_MAX} bytes"
            )));
        }
        Ok(())
    }

    /// What a response's status becomes.
    pub(crate) fn status(&self) -> Result<Option<StatusCode>, Failure> {
        let Some(code) = self.status else {
            return Ok(None);
        };
        let status = StatusCode::from_u16(code).ok();
        match status.filter(|_| (200..=599).contains(&code)) {
            Some(status) => Ok(Some(status)),
            None => Err(Failure::Malformed(format!("the status_code {code}"))),
        }
    }

    /// The new body, written as the content type says.
    pub(crate) fn body(&self, headers: &HeaderMap) -> Option<Bytes> {
        let json = headers.get(CONTENT_TYPE).is_none_or(|kind| {
            let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
            kind.contains("json")
        });
        match self.body.as_ref()? {
            Value::Null => Some(Bytes::new()),
            Value::String(text) if !json => Some(Bytes::from(text.clone())),
            value => Some(Bytes::from(value.to_string())),
        }
    }
}

/// Sets, repeats (an array) or takes away (null) headers.
pub(crate) fn headers(changes: &Map<String, Value>, map: &mut HeaderMap) -> Result<(), Failure> {
    for (name, value) in changes {
        let key = HeaderName::try_from(name)
            .map_err(|_| Failure::Malformed(format!("`{name}`, which is no header name")))?;
        if frames_the_message(&key) {
            continue;
        }
        map.remove(&key);
        match value {
            Value::Null => {}
            Value::Array(values) => {
                for value in values {
                    map.append(key.clone(), header_value(name, value)?);
                }
            }
            value => {
                map.insert(key, header_value(name, value)?);
            }
        }
    }
    if map.len() > MIDDLEWARE_HEADERS_MAX {
        return Err(Failure::Malformed(format!(
            "more than {MIDDLEWARE_HEADERS_MAX} headers"
        )));
    }
    Ok(())
}

fn header_value(name: &str, value: &Value) -> Result<HeaderValue, Failure> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return Err(Failure::Malformed(format!("header `{name}` is no text"))),
    };
    HeaderValue::try_from(text)
        .map_err(|_| Failure::Malformed(format!("header `{name}` has control characters")))
}

/// These are the server's own.
fn frames_the_message(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "content-length" | "transfer-encoding" | "connection" | "keep-alive" | "upgrade" | "te"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn headers_are_set_repeated_and_taken_away() {
        let mut map = HeaderMap::new();
        map.insert("x-old", HeaderValue::from_static("1"));
        map.insert("content-length", HeaderValue::from_static("5"));
        let changes = json!({
            "x-old": null, "X-New": 7, "x-many": ["a", "b"], "content-length": "9",
        });
        headers(changes.as_object().unwrap(), &mut map).unwrap();
        assert_eq!(map.get("x-old"), None);
        assert_eq!(map["x-new"], "7");
        assert_eq!(map.get_all("x-many").iter().count(), 2);
        assert_eq!(map["content-length"], "5");
        for bad in [
            json!({ "a b": "c" }),
            json!({ "a": "b\r\nc" }),
            json!({ "a": {} }),
        ] {
            assert!(
                headers(bad.as_object().unwrap(), &mut map).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn context_is_bounded() {
        let mut context = Map::new();
        let mut changes = Changes::default();
        let big = "x".repeat(MIDDLEWARE_CONTEXT_BYTES_MAX / 2);
        changes.context.insert("a".into(), big.clone().into());
        changes.apply_context(&mut context).unwrap();
        changes.apply_context(&mut context).unwrap();
        changes.context.insert("b".into(), big.into());
        assert!(changes.apply_context(&mut context).is_err());
    }
}
