//! One request, and what becomes known about it.

use super::access::Entry;
use super::intake::Intake;
use super::refusal::Refusal;
use super::service::Answer;
use crate::gate::Pass;
use crate::request::{self, Channels, Origin, Parts, Query};
use crate::router::{Found, Route};
use crate::trigger::Target;
use http::header::USER_AGENT;
use http::{HeaderValue, request as head};
use hyper::upgrade::OnUpgrade;
use iii_kit::{Client, Payload, TraceContext};
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A request's head, and what is known about it from the start.
pub(super) struct Asked<'a> {
    pub(super) head: &'a head::Parts,
    pub(super) started: Duration,
    pub(super) origin: Origin,
    pub(super) id: Option<HeaderValue>,
    /// The trace it is part of, once somebody needs that.
    pub(super) trace: OnceLock<TraceContext>,
    /// What serves it, once that is known.
    pub(super) route: OnceLock<Arc<Route<Target>>>,
    /// The connection itself, if the client wants to go on with another protocol.
    pub(super) upgrade: Mutex<Option<OnUpgrade>>,
    /// Its listener stops.
    pub(super) closing: &'a CancellationToken,
}

impl Asked<'_> {
    /// The client's trace, or one that begins here. Everything that is called for this request is
    /// part of it.
    pub(super) fn trace(&self, client: &Client) -> &TraceContext {
        self.trace.get_or_init(|| {
            let given = request::trace_context(&self.head.headers);
            given.unwrap_or_else(|| client.new_trace())
        })
    }

    /// What the access log says about the answer.
    pub(super) fn entry(&self, response: &Answer) -> Entry {
        let head = self.head;
        let text = |value: Option<&HeaderValue>| {
            value.map_or_else(String::new, |value| {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            })
        };
        let given = || request::trace_context(&head.headers);
        let trace = self.trace.get().cloned().or_else(given);
        let trace_id = trace.as_ref().and_then(iii_kit::trace_id);
        let route = self.route.get();
        Entry {
            started: self.started,
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            route: route.map(|route| Arc::clone(&route.pattern.text)),
            function_id: route.map(|route| route.binding().function_id.clone()),
            status: response.status().as_u16(),
            client: self.origin.address,
            request_id: text(self.id.as_ref()),
            trace_id: trace_id.unwrap_or_default().to_owned(),
            user_agent: text(head.headers.get(USER_AGENT)),
            bytes: 0,
            complete: false,
            duration: Duration::ZERO,
        }
    }
}

/// What the function gets.
pub(super) fn payload(
    asked: &Asked<'_>,
    found: &Found<'_, Target>,
    taken: &Intake,
    channels: &Channels,
    pass: Option<&Pass>,
) -> Result<Payload, Refusal> {
    let head = asked.head;
    let headers = pass.and_then(|pass| pass.headers.as_ref());
    let extras = pass.map(Pass::extras).unwrap_or_default();
    let query_text = head.uri.query().unwrap_or_default();
    let query = Query::parse(query_text).map_err(|_| Refusal::TooManyParameters)?;
    Ok(request::payload(&Parts {
        pattern: &found.route.pattern,
        route_method: found.route.method,
        method: head.method.as_str(),
        path: head.uri.path(),
        query_text,
        query: &query,
        captures: &found.captures,
        headers: headers.unwrap_or(&head.headers),
        body: &taken.json,
        channels,
        origin: asked.origin,
        request_id: asked.id.as_ref(),
        form: taken.form.as_ref(),
        extras: &extras,
    }))
}
