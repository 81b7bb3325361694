//! From a request to the payload its function gets.
//!
//! The payload is written as JSON text in one pass; no value tree is built, and a JSON body is
//! spliced in as it came, so its key order and number text survive.

use super::headers;
use super::query::Query;
use crate::router::{Pattern, RouteMethod, decode_component};
use bytes::Bytes;
use http::HeaderMap;
use iii_kit::{ChannelRef, ChannelRefs, Payload};

/// The parts of a request that its payload is made of.
pub(crate) struct Parts<'a> {
    pub(crate) pattern: &'a Pattern,
    /// The method the route was registered with.
    pub(crate) route_method: RouteMethod,
    /// The method of the request.
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query_text: &'a str,
    pub(crate) query: &'a Query<'a>,
    /// What the pattern's parameters matched, still percent-encoded.
    pub(crate) captures: &'a [&'a str],
    pub(crate) headers: &'a HeaderMap,
    /// One well-formed JSON value, or empty for `null`.
    pub(crate) body: &'a [u8],
    pub(crate) channels: &'a Channels,
}

/// The two channels that go with a request. Both exist only once somebody attaches.
#[derive(Clone)]
pub(crate) struct Channels {
    /// Raw request body, from this worker to the function.
    pub(crate) request_body: ChannelRefs,
    /// Streamed response, from the function to this worker.
    pub(crate) response: ChannelRefs,
}

/// Writes the payload.
pub(crate) fn payload(parts: &Parts<'_>) -> Payload {
    const REST: usize = 768;
    let headers: usize = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 8)
        .sum();
    let size =
        REST + headers + parts.body.len() + 2 * parts.path.len() + 3 * parts.query_text.len();
    let mut out = Writer(Vec::with_capacity(size));
    out.raw("{\"query_params\":");
    out.query_params(parts.query);
    out.raw(",\"path_params\":");
    out.path_params(parts.pattern, parts.captures);
    out.raw(",\"headers\":");
    out.headers(parts.headers);
    out.raw(",\"path\":");
    out.text(&parts.pattern.text);
    out.raw(",\"method\":");
    out.text(parts.method);
    out.raw(",\"body\":");
    out.0.extend_from_slice(if parts.body.is_empty() {
        b"null"
    } else {
        parts.body
    });
    out.raw(",\"trigger\":{\"type\":\"http\",\"path\":");
    out.text(&parts.pattern.text);
    out.raw(",\"method\":");
    out.text(parts.route_method.as_str());
    out.raw("},\"request_body\":");
    out.channel(&parts.channels.request_body.reader, "read");
    out.raw(",\"response\":");
    out.channel(&parts.channels.response.writer, "write");
    out.additions(parts);
    out.raw("}");
    Payload::from_trusted(Bytes::from(out.0))
}

/// JSON text in the making.
struct Writer(Vec<u8>);

impl Writer {
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, text: &str) {
        // Writing a string into memory cannot fail.
        let _ = serde_json::to_writer(&mut self.0, text);
    }

    fn separate(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.0.push(b',');
        }
    }

    fn entry(&mut self, first: &mut bool, name: &str) {
        self.separate(first);
        self.text(name);
        self.0.push(b':');
    }

    fn list<'v>(&mut self, values: impl Iterator<Item = impl AsRef<str> + 'v>) {
        self.0.push(b'[');
        let mut first = true;
        for value in values {
            self.separate(&mut first);
            self.text(value.as_ref());
        }
        self.0.push(b']');
    }

    fn query_params(&mut self, query: &Query<'_>) {
        self.0.push(b'{');
        let mut first = true;
        if query.repeats {
            for (name, places) in query.grouped() {
                // As published, the last value stands for a repeated name.
                let last = places.last().copied().unwrap_or_default();
                self.entry(&mut first, name);
                self.text(&query.pairs[last].1);
            }
        } else {
            for (name, value) in &query.pairs {
                self.entry(&mut first, name);
                self.text(value);
            }
        }
        self.0.push(b'}');
    }

    fn path_params(&mut self, pattern: &Pattern, captures: &[&str]) {
        self.0.push(b'{');
        let mut first = true;
        for (name, capture) in pattern.names.iter().zip(captures) {
            self.entry(&mut first, name);
            self.text(&decode_component(capture));
        }
        self.0.push(b'}');
    }

    fn headers(&mut self, map: &HeaderMap) {
        self.0.push(b'{');
        let mut first = true;
        if map.len() == map.keys_len() {
            for (name, value) in map {
                self.entry(&mut first, name.as_str());
                self.text(&headers::text(value));
            }
        } else {
            for name in map.keys() {
                self.entry(&mut first, name.as_str());
                self.text(&headers::single(map, name));
            }
        }
        self.0.push(b'}');
    }

    fn channel(&mut self, channel: &ChannelRef, direction: &str) {
        self.raw("{\"channel_id\":");
        self.text(&channel.channel_id);
        self.raw(",\"access_key\":");
        self.text(&channel.access_key);
        self.raw(",\"direction\":\"");
        self.raw(direction);
        self.raw("\"}");
    }

    /// What the published shape does not have.
    fn additions(&mut self, parts: &Parts<'_>) {
        self.raw(",\"url\":{\"path\":");
        self.text(parts.path);
        self.raw(",\"query\":");
        self.text(parts.query_text);
        self.raw("}");
        if parts.query.repeats {
            self.raw(",\"query_params_all\":{");
            let mut first = true;
            for (name, places) in parts.query.grouped() {
                self.entry(&mut first, name);
                self.list(places.iter().map(|place| &parts.query.pairs[*place].1));
            }
            self.0.push(b'}');
        }
        if parts.headers.len() != parts.headers.keys_len() {
            self.raw(",\"headers_all\":{");
            let mut first = true;
            for name in parts.headers.keys() {
                self.entry(&mut first, name.as_str());
                self.list(parts.headers.get_all(name).iter().map(headers::text));
            }
            self.0.push(b'}');
        }
    }
}
