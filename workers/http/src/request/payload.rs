//! From a request to the payload its function gets.
//!
//! The payload is written as JSON text in one pass; no value tree is built, and a JSON body is
//! spliced in as it came, so its key order and number text survive.

use super::cookies::cookies;
use super::query::Query;
use super::{File, Form, Origin, headers};
use crate::gate::Extras;
use crate::router::{Pattern, RouteMethod, decode_component};
use bytes::Bytes;
use http::header::{COOKIE, HOST};
use http::{HeaderMap, HeaderValue};
use iii_kit::{ChannelRef, ChannelRefs, Payload};
use std::io::Write as _;

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
    /// Who asks.
    pub(crate) origin: Origin,
    pub(crate) request_id: Option<&'a HeaderValue>,
    /// The body, if it is a form.
    pub(crate) form: Option<&'a Form>,
    /// What the gate has found out.
    pub(crate) extras: &'a Extras,
}

/// The two channels that go with a request. Both exist only once somebody attaches.
#[derive(Clone)]
pub(crate) struct Channels {
    /// Raw request body, from this worker to the function.
    pub(crate) request_body: ChannelRefs,
    /// Streamed response, from the function to this worker.
    pub(crate) response: ChannelRefs,
    /// One for each file of a form.
    pub(crate) files: Vec<ChannelRefs>,
}

/// Writes the payload.
pub(crate) fn payload(parts: &Parts<'_>) -> Payload {
    const REST: usize = 1024;
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

    fn all_values(&mut self, query: &Query<'_>) {
        self.0.push(b'{');
        let mut first = true;
        for (name, places) in query.grouped() {
            self.entry(&mut first, name);
            self.list(places.iter().map(|place| &query.pairs[*place].1));
        }
        self.0.push(b'}');
    }

    fn form(&mut self, form: &Form, channels: &[ChannelRefs]) {
        self.raw(",\"form\":");
        self.query_params(&form.fields);
        if form.fields.repeats {
            self.raw(",\"form_all\":");
            self.all_values(&form.fields);
        }
        self.raw(",\"files\":[");
        let mut first = true;
        for (file, channel) in form.files.iter().zip(channels) {
            self.separate(&mut first);
            self.file(file, channel);
        }
        self.0.push(b']');
    }

    fn file(&mut self, file: &File, channel: &ChannelRefs) {
        self.raw("{\"name\":");
        self.text(&file.name);
        self.raw(",\"filename\":");
        self.text(&file.filename);
        if let Some(kind) = &file.content_type {
            self.raw(",\"content_type\":");
            self.text(kind);
        }
        let _ = write!(self.0, ",\"size\":{},\"body\":", file.bytes.len());
        self.channel(&channel.reader, "read");
        self.0.push(b'}');
    }

    /// What the published shape does not have.
    fn additions(&mut self, parts: &Parts<'_>) {
        self.raw(",\"url\":{\"scheme\":\"");
        self.raw(parts.origin.scheme.as_str());
        if let Some(host) = parts.headers.get(HOST) {
            self.raw("\",\"host\":");
            self.text(&headers::text(host));
            self.raw(",\"path\":");
        } else {
            self.raw("\",\"path\":");
        }
        self.text(parts.path);
        self.raw(",\"query\":");
        self.text(parts.query_text);
        self.raw("},\"client\":{\"address\":\"");
        // Writing into memory cannot fail, and an address needs no escapes.
        let _ = write!(self.0, "{}", parts.origin.address);
        self.raw("\"}");
        if let Some(id) = parts.request_id {
            self.raw(",\"request_id\":");
            self.text(&headers::text(id));
        }
        if let Some(auth) = &parts.extras.auth {
            self.raw(",\"auth\":");
            self.raw(auth);
        }
        if let Some(context) = &parts.extras.context {
            self.raw(",\"context\":");
            self.raw(context);
        }
        if parts.query.repeats {
            self.raw(",\"query_params_all\":");
            self.all_values(parts.query);
        }
        if let Some(form) = parts.form {
            self.form(form, &parts.channels.files);
        }
        if parts.headers.contains_key(COOKIE) {
            self.raw(",\"cookies\":{");
            let mut first = true;
            for (name, value) in cookies(parts.headers) {
                self.entry(&mut first, &name);
                self.text(&value);
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
