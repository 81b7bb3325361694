//! The response.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A whole response. A function that returns anything else answers 200 with that as JSON.
///
/// ```
/// use iii_kit::http::Response;
/// use iii_kit::serde_json::{json, to_value};
///
/// let made = Response::json(json!({ "id": 8 })).status(201).header("location", "/orders/8");
/// let expected = json!({
///     "status_code": 201, "headers": { "location": "/orders/8" }, "body": { "id": 8 },
/// });
/// assert_eq!(to_value(made).unwrap(), expected);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[must_use]
pub struct Response<Body = Value> {
    /// From 100 to 599.
    pub status_code: u16,
    /// By name; a header may have several values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, HeaderValues>,
    /// JSON; a text with a `content-type` header is sent as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// `base64` when `body` is that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_encoding: Option<String>,
    /// `Set-Cookie` headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<String>,
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum HeaderValues {
    /// Once.
    One(String),
    /// As often.
    Several(Vec<String>),
}

impl<Body> Response<Body> {
    /// A JSON body.
    pub fn json(body: Body) -> Self {
        Self::with(200, Some(body))
    }

    /// No body.
    pub fn empty(status_code: u16) -> Self {
        Self::with(status_code, None)
    }

    /// Another place to go to: 303 to look there, 307 or 308 to ask there again.
    pub fn redirect(status_code: u16, location: impl Into<String>) -> Self {
        Self::empty(status_code).header("location", location)
    }

    /// With this status.
    pub fn status(mut self, status_code: u16) -> Self {
        self.status_code = status_code;
        self
    }

    /// With a header; one of the same name stays and comes first.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into().to_ascii_lowercase(), value.into());
        let values = match self.headers.remove(&name) {
            None => HeaderValues::One(value),
            Some(HeaderValues::One(first)) => HeaderValues::Several(vec![first, value]),
            Some(HeaderValues::Several(mut values)) => {
                values.push(value);
                HeaderValues::Several(values)
            }
        };
        self.headers.insert(name, values);
        self
    }

    /// With a cookie, as `session=s1; Path=/; HttpOnly; SameSite=Lax`.
    pub fn cookie(mut self, cookie: impl Into<String>) -> Self {
        self.cookies.push(cookie.into());
        self
    }

    fn with(status_code: u16, body: Option<Body>) -> Self {
        Self {
            status_code,
            headers: BTreeMap::new(),
            body,
            body_encoding: None,
            cookies: Vec::new(),
        }
    }
}

impl Response<Value> {
    /// A text.
    pub fn text(body: impl Into<String>) -> Self {
        Self::json(Value::String(body.into())).header("content-type", "text/plain; charset=utf-8")
    }

    /// Bytes of this content type. They travel in base64: stream what is large.
    pub fn bytes(content_type: impl Into<String>, body: impl AsRef<[u8]>) -> Self {
        let encoded = Value::String(BASE64.encode(body));
        let mut response = Self::json(encoded).header("content-type", content_type);
        response.body_encoding = Some("base64".to_owned());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn headers_and_cookies_may_repeat() {
        let made: Response = Response::redirect(303, "/a")
            .header("Link", "</b>")
            .header("link", "</c>")
            .cookie("a=1")
            .cookie("b=2");
        let expected = json!({
            "status_code": 303, "headers": { "location": "/a", "link": ["</b>", "</c>"] },
            "cookies": ["a=1", "b=2"],
        });
        assert_eq!(serde_json::to_value(made).unwrap(), expected);
    }

    #[test]
    fn bytes_are_marked() {
        let made = serde_json::to_value(Response::bytes("image/png", [0, 255])).unwrap();
        assert_eq!(made["body"], "AP8=");
        assert_eq!(made["body_encoding"], "base64");
    }
}
