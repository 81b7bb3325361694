//! What happens to one request.

use super::answer::{Terms, answer};
use super::cors::{self, Cors};
use super::exchange::Exchange;
use crate::Config;
use crate::request::{
    self, BodyError, BufferBudget, Buffered, Channels, Parts, Query, check_json, discard, is_json,
};
use crate::response::{self, ResponseBody, error};
use crate::router::{Allowed, Binding, Found, Lookup, RouteMethod};
use crate::tasks::Tasks;
use crate::trigger::{Routes, Target};
use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Method, Request, Response, StatusCode, request as head};
use hyper::body::{Body, Incoming};
use iii_kit::{Client, Clock, ConnectionState, FireOptions};
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
            duration_us = (self.clock.monotonic() - started).as_micros(),
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
            Lookup::WrongMethod(allowed) if head.method == Method::OPTIONS => options(allowed),
            Lookup::WrongMethod(allowed) => error::wrong_method(&allowed.header()),
            Lookup::NotFound => self.not_found(head),
        };
        self.refuse(body, refusal)
    }

    fn not_found(&self, head: &head::Parts) -> Answer {
        if head.method == Method::OPTIONS && head.uri.path() == "*" {
            return options(Allowed::default());
        }
        if self.client.connection_state() != ConnectionState::Connected {
            // Routes come from the engine; without it, missing ones mean nothing.
            return error::unavailable("connection_lost", "the engine is away");
        }
        error::error(StatusCode::NOT_FOUND, "NOT_FOUND", "Not Found")
    }

    /// Answers without having read the body.
    fn refuse(&self, body: Incoming, refusal: Answer) -> Answer {
        if !body.is_end_stream() {
            self.tasks.spawn(discard(body));
        }
        refusal
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
        let buffered = match self.read_body(&mut body, timeout).await {
            Ok(buffered) => buffered,
            Err(refusal) => return self.refuse(body, refusal),
        };
        let json = if is_json(&head.headers) {
            match check_json(&buffered.bytes) {
                Ok(json) => Some(json),
                Err(fault) => {
                    return bad_request("INVALID_JSON", &format!("invalid JSON: {fault}"));
                }
            }
        } else {
            None
        };
        let left = timeout.saturating_sub(self.clock.monotonic() - started);
        match self.exchange(head, found, buffered, json, left) {
            Ok(exchange) => answer(exchange, self.terms(binding, left)).await,
            Err(refusal) => refusal,
        }
    }

    async fn read_body(&self, body: &mut Incoming, limit: Duration) -> Result<Buffered, Answer> {
        if body.is_end_stream() {
            return Ok(Buffered::empty());
        }
        let read = request::read(body, self.config.body_bytes_max, &self.budget);
        match tokio::time::timeout(limit, read).await {
            Ok(Ok(buffered)) => Ok(buffered),
            Ok(Err(fault)) => Err(body_refusal(&fault)),
            Err(_) => Err(error::error(
                StatusCode::REQUEST_TIMEOUT,
                "REQUEST_TIMEOUT",
                "the body did not arrive in time",
            )),
        }
    }

    /// Begins the function call. `json` is `None` when the body is offered on its channel only.
    fn exchange(
        &self,
        head: &head::Parts,
        found: &Found<'_, Target>,
        body: Buffered,
        json: Option<Bytes>,
        timeout: Duration,
    ) -> Result<Exchange, Answer> {
        let Ok(permit) = Arc::clone(&self.calls).try_acquire_owned() else {
            let limit = self.config.concurrency_request_limit;
            let message = format!("`concurrency_request_limit` ({limit}) is reached");
            return Err(error::unavailable("overloaded", &message));
        };
        let query_text = head.uri.query().unwrap_or_default();
        let query = Query::parse(query_text)
            .map_err(|_| bad_request("TOO_MANY_PARAMETERS", "too many query parameters"))?;
        let channels = self.channels()?;
        let payload = request::payload(&Parts {
            pattern: &found.route.pattern,
            route_method: found.route.method,
            method: head.method.as_str(),
            path: head.uri.path(),
            query_text,
            query: &query,
            captures: &found.captures,
            headers: &head.headers,
            body: json.as_deref().unwrap_or_default(),
            channels: &channels,
        });
        let mut options = FireOptions::new().timeout(timeout);
        options.trace = request::trace_context(&head.headers);
        let binding = Arc::clone(found.route.binding());
        let call = Box::pin(async move { binding.target.bound.fire_with(payload, options).await });
        let only_on_channel = json.is_none() && !body.bytes.is_empty();
        let (client, tasks) = (self.client.clone(), self.tasks.clone());
        let mut exchange = Exchange::new(client, tasks, channels, permit, body, call);
        if only_on_channel {
            exchange.offer_body();
        }
        Ok(exchange)
    }

    fn channels(&self) -> Result<Channels, Answer> {
        let mint = || {
            self.client
                .mint_channel_refs()
                .map_err(|fault| error::unavailable(fault.code(), &fault.to_string()))
        };
        Ok(Channels {
            request_body: mint()?,
            response: mint()?,
        })
    }

    fn terms(&self, binding: &Binding<Target>, left: Duration) -> Terms {
        Terms {
            function_id: binding.function_id.clone(),
            response_channel: binding.target.response_channel,
            silence: self.config.response_channel_wait().min(left),
            patience: left,
        }
    }
}

fn options(allowed: Allowed) -> Answer {
    let mut response = response::nothing();
    if let Ok(value) = HeaderValue::from_str(&allowed.header()) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

fn bad_request(code: &str, message: &str) -> Answer {
    error::error(StatusCode::BAD_REQUEST, code, message)
}

fn body_refusal(fault: &BodyError) -> Answer {
    let message = fault.to_string();
    match fault {
        BodyError::TooLarge { .. } => {
            error::error(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &message)
        }
        BodyError::Overloaded => error::unavailable("overloaded", &message),
        BodyError::Broken(_) => bad_request("INVALID_BODY", &message),
    }
}
