//! What a middleware function answered.

use super::Failure;
use super::change::Changes;
use bytes::Bytes;
use iii_kit::Payload;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// What becomes of a request, or of a response.
pub(crate) enum Verdict {
    /// It goes on, with these changes.
    Continue(Box<Changes>),
    /// This is the answer.
    Respond(Payload),
}

#[derive(Deserialize)]
struct Answer {
    action: Action,
    #[serde(default)]
    response: Option<Box<RawValue>>,
    #[serde(default)]
    context: Option<Map<String, Value>>,
    #[serde(default)]
    request: Option<RequestChanges>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Continue,
    Respond,
}

#[derive(Deserialize)]
struct RequestChanges {
    #[serde(default)]
    headers: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct ResponseChanges {
    #[serde(default)]
    status_code: Option<u16>,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "present")]
    body: Option<Value>,
}

/// Tells an explicit null from an absent field.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Verdict {
    pub(crate) fn read(answer: Option<&Payload>) -> Result<Self, Failure> {
        const SHAPE: &str = "`{action: \"continue\"}` or `{action: \"respond\", response}`";
        let Some(answer) = answer.filter(|answer| !answer.is_null()) else {
            return Err(Failure::Malformed(format!("nothing instead of {SHAPE}")));
        };
        let read: Answer = serde_json::from_slice(answer.as_bytes())
            .map_err(|error| Failure::Malformed(format!("no {SHAPE}: {error}")))?;
        match (read.action, read.response) {
            (Action::Respond, Some(response)) if response.get().starts_with('{') => {
                let text = Bytes::copy_from_slice(response.get().as_bytes());
                Ok(Self::Respond(Payload::from_trusted(text)))
            }
            (Action::Respond, _) => Err(Failure::Malformed(
                "the action `respond` without an object `response`".into(),
            )),
            (Action::Continue, response) => {
                let response = response.map(|raw| serde_json::from_str(raw.get()));
                let response: Option<ResponseChanges> = response
                    .transpose()
                    .map_err(|error| Failure::Malformed(format!("`response`: {error}")))?;
                let request = read.request.and_then(|request| request.headers);
                let mut changes = Changes {
                    context: read.context.unwrap_or_default(),
                    request_headers: request.unwrap_or_default(),
                    ..Changes::default()
                };
                if let Some(response) = response {
                    changes.status = response.status_code;
                    changes.response_headers = response.headers.unwrap_or_default();
                    changes.body = response.body;
                }
                Ok(Self::Continue(Box::new(changes)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<Verdict, Failure> {
        Verdict::read(Some(&iii_kit::to_payload(value).unwrap()))
    }

    #[test]
    fn only_clear_answers_are_read() {
        for value in [
            json!(null),
            json!({}),
            json!("continue"),
            json!({ "action": "proceed" }),
            json!({ "action": "respond" }),
            json!({ "action": "respond", "response": "text" }),
            json!({ "action": "continue", "context": [] }),
            json!({ "action": "continue", "request": { "headers": 1 } }),
            json!({ "action": "continue", "response": { "status_code": "ok" } }),
        ] {
            assert!(
                matches!(read(&value), Err(Failure::Malformed(_))),
                "{value}"
            );
        }
        assert!(matches!(Verdict::read(None), Err(Failure::Malformed(_))));
        let go = json!({ "action": "continue", "context": { "user": 1 } });
        assert!(matches!(read(&go), Ok(Verdict::Continue(c)) if c.context["user"] == 1));
        let stop = json!({ "action": "respond", "response": { "status_code": 401 } });
        assert!(matches!(read(&stop), Ok(Verdict::Respond(_))));
    }
}
