//! Content types.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::fmt;

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Anything else: only the function knows.
    Raw,
}

/// `type/subtype`, `type/*` or `*/*`.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub(crate) struct MediaRange {
    kind: String,
    subtype: String,
}

/// How a body with these headers is read.
pub(crate) fn kind(headers: &HeaderMap) -> Kind {
    let essence = essence(headers);
    if essence.eq_ignore_ascii_case("application/json") {
        return Kind::Json;
    }
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Kind::Form;
    }
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        return Kind::Multipart;
    }
    let lower = essence.to_ascii_lowercase();
    if lower.ends_with("+json") || lower.contains("application/json") {
        Kind::Json
    } else {
        Kind::Raw
    }
}

/// The content type without its parameters; empty when there is none.
fn essence(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok());
    let text = text.unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim()
}

impl MediaRange {
    fn parse(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is no content type: write `type/subtype` or `type/*`");
        let (kind, subtype) = text.split_once('/').ok_or_else(fault)?;
        let usable = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !b"/;,".contains(&b))
        };
        if !usable(kind) || !usable(subtype) || (kind == "*" && subtype != "*") {
            return Err(fault());
        }
        Ok(Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
        })
    }

    /// Whether a body with these headers is of this range.
    pub(crate) fn covers(&self, headers: &HeaderMap) -> bool {
        let Some((kind, subtype)) = essence(headers).split_once('/') else {
            return self.kind == "*";
        };
        let is = |range: &str, part: &str| range == "*" || range.eq_ignore_ascii_case(part);
        is(&self.kind, kind) && is(&self.subtype, subtype)
    }
}

impl fmt::Display for MediaRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.subtype)
    }
}

impl<'de> Deserialize<'de> for MediaRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, value.parse().unwrap());
        headers
    }

    #[test]
    fn content_types_say_how_a_body_is_read() {
        for (value, wanted) in [
            ("application/json", Kind::Json),
            ("Application/JSON; charset=utf-8", Kind::Json),
            ("application/vnd.api+json", Kind::Json),
            ("application/problem+JSON;v=1", Kind::Json),
            (
                "application/x-www-form-urlencoded;charset=utf-8",
                Kind::Form,
            ),
            ("Multipart/Form-Data; boundary=+json", Kind::Multipart),
            ("multipart/mixed; boundary=x", Kind::Raw),
            ("text/plain", Kind::Raw),
        ] {
            assert_eq!(kind(&typed(value)), wanted, "{value}");
        }
        assert_eq!(kind(&HeaderMap::new()), Kind::Raw);
    }

    #[test]
    fn ranges_cover_what_they_say() {
        let covers = |range: &str, value| MediaRange::parse(range).unwrap().covers(&typed(value));
        assert!(covers("application/json", "Application/Json; a=b"));
        assert!(!covers("application/json", "application/xml"));
        assert!(covers("image/*", "image/png"));
        assert!(!covers("image/*", "text/plain"));
        assert!(covers("*/*", "text/plain"));
        let json = MediaRange::parse("application/json").unwrap();
        assert!(!json.covers(&HeaderMap::new()));
        for bad in ["", "json", "/a", "a/", "*/json", "a/b/c", "a/b;q=1"] {
            assert!(MediaRange::parse(bad).is_err(), "{bad}");
        }
    }
}
