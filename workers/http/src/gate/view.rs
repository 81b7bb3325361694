//! A request as the gate sees it.

use crate::request::Query;
use crate::router::{Pattern, decode_component};
use http::{HeaderMap, request::Parts};
use iii_kit::TraceContext;
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use std::time::Duration;

/// A request as the gate sees it.
pub(crate) struct View<'a> {
    pub(crate) head: &'a Parts,
    pub(crate) address: IpAddr,
    /// Absent where the path is no route's.
    pub(crate) pattern: Option<&'a Pattern>,
    pub(crate) captures: &'a [&'a str],
    pub(crate) trace: TraceContext,
    /// When, by the monotonic clock, the answer has to be there.
    pub(crate) deadline: Duration,
}

impl View<'_> {
    pub(super) fn query_text(&self) -> &str {
        self.head.uri.query().unwrap_or_default()
    }

    /// The request object that middleware and schemas see: everything but the body.
    pub(super) fn request(&self, headers: &HeaderMap) -> Value {
        let path = self.pattern.map(|pattern| &*pattern.text);
        json!({
            "path_params": self.path_params(), "query_params": self.query_params(),
            "headers": header_object(headers), "method": self.head.method.as_str(),
            "path": path,
            "url": { "path": self.head.uri.path(), "query": self.query_text() },
        })
    }

    fn path_params(&self) -> Map<String, Value> {
        let names = self.pattern.map_or(&[][..], |pattern| &pattern.names);
        let pairs = names.iter().zip(self.captures);
        let pairs = pairs.map(|(name, raw)| (name.to_string(), decode_component(raw).into()));
        pairs.collect()
    }

    fn query_params(&self) -> Map<String, Value> {
        // Too many of them are refused where the payload is made.
        let query = Query::parse(self.query_text());
        let pairs = query.map(|query| query.pairs).unwrap_or_default();
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.to_string(), Value::from(&**value)))
            .collect()
    }
}

/// Headers as middleware sees them: of a repeated name the last value, but all cookies.
pub(super) fn header_object(headers: &HeaderMap) -> Map<String, Value> {
    let one = |name: &http::HeaderName| {
        let value = crate::request::single_header(headers, name);
        (name.as_str().to_owned(), Value::from(&*value))
    };
    headers.keys().map(one).collect()
}
