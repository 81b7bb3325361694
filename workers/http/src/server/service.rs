//! What happens to one request.

use super::answer::{Terms, answer};
use super::cors::{self, Cors};
use super::exchange::Exchange;
use super::refusal::Refusal;
use crate::Config;
use crate::request::{
    self, BufferBudget, Buffered, Channels, Parts, Query, check_json, discard, is_json,
};
use crate::response::{self, ResponseBody};
use crate::router::{Allowed, Binding, Found, Lookup, RouteMethod};
use crate::tasks::Tasks;
use crate::trigger::{Routes, Target};
use http::header::ALLOW;
use http::{HeaderValue, Method, Request, Response, request as head};
use hyper::body::{Body, Incoming};
use iii_kit::{Client, Clock, ConnectionState, FireOptions, Payload};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Everything requests share.
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) routes: Arc<Routes>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: Tasks,
    calls: Arc<Semaphore>,
    budget: Arc<BufferBudget>,
    cors: Option<Cors>,
}

type Answer = Response<ResponseBody>;

impl Server {
    pub(crate) fn new(
        config: Config,
        client: Client,
        routes: Arc<Routes>,
        clock: Arc<dyn Clock>,
        tasks: Tasks,
    ) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(
                config.concurrency_request_limit.get() as usize
            )),
            budget: BufferBudget::new(config.body_bytes_total_max),
            cors: config.cors.as_ref().map(Cors::new),
            config,
            client,
            routes,
            clock,
            tasks,
        }
    }

    /// Answers one request. Dropping the future gives the call up.
    pub(crate) async fn serve(&self, request: Request<Incoming>) -> Answer {
        let started = self.clock.monotonic();
        let (head, body) = request.into_parts();
        let mut response = match &self.cors {
            Some(cors) if cors::is_preflight(&head.method, &head.headers) => {
                self.preflight(cors, &head)
            }
            _ => self.respond(&head, body, started).await,
        };
        if let Some(cors) = &self.cors {
            cors.apply(cors.allow(&head.headers), &mut response);
        }
        tracing::debug!(
            method = head.method.as_str(),
            path = head.uri.path(),
            status = response.status().as_u16(),
            duration_us = self.since(started).as_micros(),
            "http.request"
        );
        response
    }

    fn preflight(&self, cors: &Cors, head: &head::Parts) -> Answer {
        // A method no route can have finds nothing but tells what the path serves.
        let serves = match self.routes.find(head.uri.path(), None) {
            Lookup::WrongMethod(allowed) => allowed.header(),
            Lookup::Found(_) | Lookup::NotFound => String::new(),
        };
        let mut response = response::nothing();
        if cors.allow(&head.headers).is_some() {
            cors.apply_preflight(&head.headers, &serves, &mut response);
        }
        response
    }

    async fn respond(&self, head: &head::Parts, body: Incoming, started: Duration) -> Answer {
        let method = RouteMethod::of_request(&head.method);
        let refusal = match self.routes.find(head.uri.path(), method) {
            Lookup::Found(found) => return self.call(head, body, &found, started).await,
            Lookup::WrongMethod(allowed) if head.method == Method::OPTIONS => {
                return self.unread(body, options(allowed));
            }
            Lookup::NotFound if head.method == Method::OPTIONS && head.uri.path() == "*" => {
                return self.unread(body, options(Allowed::default()));
            }
            Lookup::WrongMethod(allowed) => Refusal::WrongMethod(allowed),
            // Routes come from the engine; while it is away, a missing one means nothing.
            Lookup::NotFound if self.is_away() => Refusal::EngineAway,
            Lookup::NotFound => Refusal::NotFound,
        };
        self.unread(body, refusal.into_response())
    }

    fn is_away(&self) -> bool {
        self.client.connection_state() != ConnectionState::Connected
    }

    /// Answers without having read the body to its end.
    fn unread(&self, body: Incoming, answer: Answer) -> Answer {
        if !body.is_end_stream() {
            self.tasks.spawn(discard(body));
        }
        answer
    }

    async fn call(
        &self,
        head: &head::Parts,
        mut body: Incoming,
        found: &Found<'_, Target>,
        started: Duration,
    ) -> Answer {
        let binding = found.route.binding();
        let timeout = binding
            .target
            .timeout
            .unwrap_or_else(|| self.config.timeout());
        let exchange = match self.read_body(&mut body, timeout).await {
            Ok(buffered) => {
                let left = timeout.saturating_sub(self.since(started));
                self.exchange(head, found, buffered, left)
                    .map(|exchange| (exchange, left))
            }
            Err(refusal) => Err(refusal),
        };
        match exchange {
            Ok((exchange, left)) => answer(exchange, self.terms(Arc::clone(binding), left)).await,
            Err(refusal) => self.unread(body, refusal.into_response()),
        }
    }

    async fn read_body(&self, body: &mut Incoming, limit: Duration) -> Result<Buffered, Refusal> {
        if body.is_end_stream() {
            return Ok(Buffered::empty());
        }
        let read = request::read(body, self.config.body_bytes_max, &self.budget);
        match tokio::time::timeout(limit, read).await {
            Ok(read) => Ok(read?),
            Err(_) => Err(Refusal::SlowBody),
        }
    }

    /// Begins the function call.
    fn exchange(
        &self,
        head: &head::Parts,
        found: &Found<'_, Target>,
        body: Buffered,
        timeout: Duration,
    ) -> Result<Exchange, Refusal> {
        let json = if is_json(&head.headers) {
            Some(check_json(&body.bytes).map_err(Refusal::InvalidJson)?)
        } else {
            None
        };
        let limit = self.config.concurrency_request_limit;
        let permit = Arc::clone(&self.calls)
            .try_acquire_owned()
            .map_err(|_| Refusal::TooManyCalls { limit })?;
        let channels = self.channels()?;
        let payload = payload(head, found, json.as_deref(), &channels)?;
        let mut options = FireOptions::new().timeout(timeout);
        options.trace = request::trace_context(&head.headers);
        let binding = Arc::clone(found.route.binding());
        let call = Box::pin(async move { binding.target.bound.fire_fully(payload, options).await });
        let only_on_channel = json.is_none() && !body.bytes.is_empty();
        let (client, tasks) = (self.client.clone(), self.tasks.clone());
        let mut exchange = Exchange::new(client, tasks, channels, permit, body, call);
        if only_on_channel {
            exchange.offer_body();
        }
        Ok(exchange)
    }

    fn channels(&self) -> Result<Channels, Refusal> {
        let mint = || self.client.mint_channel_refs().map_err(Refusal::Channel);
        Ok(Channels {
            request_body: mint()?,
            response: mint()?,
        })
    }

    fn terms(&self, binding: Arc<Binding<Target>>, left: Duration) -> Terms {
        Terms {
            binding,
            silence: self.config.response_channel_wait().min(left),
            patience: left,
        }
    }

    fn since(&self, started: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(started)
    }
}

/// What the function gets. `json` is `None` when the body is offered on its channel only.
fn payload(
    head: &head::Parts,
    found: &Found<'_, Target>,
    json: Option<&[u8]>,
    channels: &Channels,
) -> Result<Payload, Refusal> {
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
        headers: &head.headers,
        body: json.unwrap_or_default(),
        channels,
    }))
}

fn options(allowed: Allowed) -> Answer {
    let mut response = response::nothing();
    if let Ok(value) = HeaderValue::from_str(&allowed.header()) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
