//! What happens to one request.

use super::access::{AccessLog, Entry};
use super::answer::{Terms, answer};
use super::exchange::{Exchange, Permits};
use super::gated::AtGate;
use super::intake::{self, Intake};
use super::refusal::Refusal;
use super::upload::Bounds;
use crate::Config;
use crate::cors;
use crate::files::Files;
use crate::gate::{Front, Pass};
use crate::limits::WEBSOCKET_CALL_TIME;
use crate::openapi::{Page, Pages};
use crate::request::{
    self, BufferBudget, Channels, Form, Origin, Parts, Peer, Proxies, Query, RequestIds, discard,
};
use crate::response::error::Style;
use crate::response::{self, ResponseBody, compression, conditional};
use crate::router::{Allowed, Binding, Found, Lookup, Route, RouteMethod};
use crate::tasks::Tasks;
use crate::trigger::{Routes, Target};
use crate::websocket::{self, Bridge};
use http::header::{ALLOW, USER_AGENT};
use http::{HeaderValue, Method, Request, Response, request as head};
use hyper::body::{Body, Incoming};
use hyper::upgrade::OnUpgrade;
use iii_kit::{Client, Clock, ConnectionState, FireOptions, Payload, TraceContext};
use parking_lot::Mutex;
use std::future::ready;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio_util::sync::CancellationToken;

/// Everything requests share.
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) routes: Arc<Routes>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: Tasks,
    /// Cancelled when the server begins to stop.
    pub(crate) closing: CancellationToken,
    connections: Arc<Semaphore>,
    calls: Arc<Semaphore>,
    budget: Arc<BufferBudget>,
    cors: Option<cors::Rules>,
    proxies: Proxies,
    request_ids: Option<RequestIds>,
    pub(super) style: Style,
    pub(super) front: Arc<Front>,
    files: Files,
    /// `/openapi.json` and what goes with it.
    pages: Option<Pages>,
    access_log: Option<AccessLog>,
}

/// A request's head, and what is known about it from the start.
pub(super) struct Asked<'a> {
    pub(super) head: &'a head::Parts,
    pub(super) started: Duration,
    pub(super) origin: Origin,
    id: Option<HeaderValue>,
    /// The trace it is part of, once somebody needs that.
    trace: OnceLock<TraceContext>,
    /// What serves it, once that is known.
    route: OnceLock<Arc<Route<Target>>>,
    /// The connection itself, if the client wants to go on with another protocol.
    upgrade: Mutex<Option<OnUpgrade>>,
    /// Its listener stops.
    closing: &'a CancellationToken,
}

/// A call in progress.
struct Begun {
    exchange: Exchange,
    terms: Terms,
    /// The body still has to be sent, within these bounds.
    raw: Option<Bounds>,
}

pub(super) type Answer = Response<ResponseBody>;

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
    fn entry(&self, response: &Answer) -> Entry {
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

impl Server {
    pub(crate) fn new(
        config: Config,
        client: Client,
        routes: Arc<Routes>,
        front: Arc<Front>,
        clock: Arc<dyn Clock>,
        tasks: Tasks,
    ) -> Self {
        let style = Style {
            format: config.error_format,
            expose: config.expose_errors,
        };
        let (all, gates) = (Arc::clone(&routes), Arc::clone(&front));
        let pages = Pages::new(&config.openapi, style, all, gates);
        Self {
            connections: Arc::new(Semaphore::new(config.connections_max.get() as usize)),
            calls: Arc::new(Semaphore::new(
                config.concurrency_request_limit.get() as usize
            )),
            budget: BufferBudget::new(config.body_bytes_total_max),
            cors: config.cors.as_ref().map(cors::Rules::new),
            proxies: Proxies {
                trusted: config.trusted_proxies.clone(),
                header: config.forwarded_header,
            },
            request_ids: config.request_id_header.clone().map(RequestIds::new),
            style,
            pages,
            front,
            files: Files::new(&config.static_folders),
            access_log: config
                .access_log
                .then(|| AccessLog::start(&tasks, Arc::clone(&clock))),
            config,
            client,
            routes,
            clock,
            tasks,
            closing: CancellationToken::new(),
        }
    }

    /// The same server with other settings.
    pub(super) fn renewed(&self, config: Config, front: Arc<Front>) -> Self {
        let mut renewed = Self::new(
            config,
            self.client.clone(),
            Arc::clone(&self.routes),
            front,
            Arc::clone(&self.clock),
            self.tasks.clone(),
        );
        renewed.closing = self.closing.clone();
        renewed
    }

    /// A place among the open connections.
    pub(super) fn connection_permit(&self) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        Arc::clone(&self.connections).try_acquire_owned()
    }

    /// Answers one request, whose connection is to end when `closing` is cancelled. Dropping the
    /// future gives the call up.
    pub(crate) async fn serve(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        closing: &CancellationToken,
    ) -> Answer {
        let started = self.clock.monotonic();
        let (mut head, body) = request.into_parts();
        let upgrade = head.extensions.remove::<OnUpgrade>();
        let asked = Asked {
            started,
            origin: self.proxies.origin(peer, &head.headers),
            id: self.request_ids.as_ref().map(|ids| ids.of(&head.headers)),
            trace: OnceLock::new(),
            route: OnceLock::new(),
            upgrade: Mutex::new(upgrade),
            closing,
            head: &head,
        };
        let is_preflight = self.cors.is_some() && cors::is_preflight(&head.method, &head.headers);
        let mut response = match self.cors.as_ref().filter(|_| is_preflight) {
            Some(cors) => self.unread(body, self.preflight(cors, &head)),
            None => self.respond(&asked, body).await,
        };
        conditional::apply(&head.method, &head.headers, &mut response);
        let settings = &self.config.compression;
        compression::apply(settings, &head.method, &head.headers, &mut response);
        if let Some(cors) = self.cors.as_ref().filter(|_| !is_preflight) {
            cors.apply(&head.headers, response.headers_mut());
        }
        if let (Some(ids), Some(id)) = (&self.request_ids, &asked.id) {
            ids.echo(id.clone(), response.headers_mut());
        }
        if let (Some(name), Some(trace)) = (&self.config.trace_header, asked.trace.get()) {
            let told = trace.traceparent.as_deref().map(HeaderValue::from_str);
            if let Some(Ok(told)) = told {
                response.headers_mut().insert(name.clone(), told);
            }
        }
        match &self.access_log {
            Some(log) => {
                let entry = asked.entry(&response);
                response.map(|body| body.watched(log.watch(entry)))
            }
            None => response,
        }
    }

    fn preflight(&self, cors: &cors::Rules, head: &head::Parts) -> Answer {
        // A method no route can have finds nothing but tells what the path serves.
        let serves = match self.routes.find(host(head), head.uri.path(), None) {
            Lookup::WrongMethod(allowed) => allowed.header(),
            Lookup::Found(_) | Lookup::NotFound => String::new(),
        };
        let mut response = response::nothing();
        cors.apply_preflight(&head.headers, &serves, response.headers_mut());
        response
    }

    async fn respond(&self, asked: &Asked<'_>, body: Incoming) -> Answer {
        let head = asked.head;
        let method = RouteMethod::of_request(&head.method);
        let lookup = self.routes.find(host(head), head.uri.path(), method);
        if !matches!(lookup, Lookup::Found(_))
            && let Some(file) = self.file(head).await
        {
            return self.unread(body, self.guarded(asked, ready(file)).await);
        }
        if matches!(lookup, Lookup::NotFound)
            && let Some((pages, page)) = self.page(head)
        {
            let answer = pages.answer(page, &head.method);
            return self.unread(body, self.guarded(asked, answer).await);
        }
        let refusal = match lookup {
            Lookup::Found(found) => {
                let _ = asked.route.set(Arc::clone(&found.route));
                if found.route.binding().target.websocket {
                    // Boxed, so that other requests need not carry the room for it.
                    let answer = Box::pin(self.websocket(asked, &found)).await;
                    let refused = |refusal: Refusal| refusal.into_response(self.style);
                    return self.unread(body, answer.unwrap_or_else(refused));
                }
                let mut response = self.call(asked, body, &found).await;
                if found.route.binding().target.etag {
                    conditional::tag(&mut response);
                }
                return response;
            }
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
        self.unread(body, refusal.into_response(self.style))
    }

    async fn file(&self, head: &head::Parts) -> Option<Answer> {
        let is_read = head.method == Method::GET || head.method == Method::HEAD;
        if self.files.is_empty() || !is_read {
            return None;
        }
        // Boxed, so that requests of functions need not carry the room for it.
        Box::pin(self.files.answer(head)).await
    }

    /// A page of this worker's own. While the engine is away there is nothing to describe.
    fn page(&self, head: &head::Parts) -> Option<(&Pages, Page)> {
        let pages = self.pages.as_ref().filter(|_| !self.is_away())?;
        Some((pages, pages.find(head.uri.path())?))
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

    /// Begins a WebSocket, which goes on when the answer has been sent.
    async fn websocket(
        &self,
        asked: &Asked<'_>,
        found: &Found<'_, Target>,
    ) -> Result<Answer, Refusal> {
        let headers = &asked.head.headers;
        let upgrade = asked.upgrade.lock().take();
        let (Some(answer), Some(upgrade)) = (websocket::accept(headers), upgrade) else {
            return Err(Refusal::UpgradeRequired);
        };
        let allowed = || {
            let cors = self.cors.as_ref();
            cors.is_some_and(|cors| cors.allows(headers))
        };
        if !websocket::is_own_page(headers) && !allowed() {
            return Err(Refusal::ForeignPage);
        }
        let binding = Arc::clone(found.route.binding());
        let nothing = Intake::none();
        let mut at_gate = self.arrive(asked, found).await?;
        if let Some(at_gate) = &mut at_gate {
            at_gate.enter(&nothing).await?;
        }
        let early = at_gate.as_mut().and_then(|at_gate| at_gate.permits.take());
        let permits = early.map_or_else(|| self.permits(&binding.target), Ok)?;
        let channels = self.channels(None)?;
        let (payload, bound) = self
            .input(asked, found, &nothing, &channels, at_gate.as_deref_mut())
            .await?;
        let timeout = binding.target.timeout.unwrap_or(WEBSOCKET_CALL_TIME);
        let mut options = FireOptions::new().timeout(timeout);
        options.trace = Some(asked.trace(&self.client).clone());
        let (client, closing) = (self.client.clone(), asked.closing.clone());
        self.tasks.spawn(async move {
            let Ok(upgraded) = upgrade.await else { return };
            let bridge = Bridge {
                call: Box::pin(async move { bound.fire(payload, options).await }),
                incoming: client.open_writer(&channels.request_body.writer),
                outgoing: client.open_reader(&channels.response.reader),
                closing,
            };
            let farewell = bridge.run(upgraded).await;
            tracing::debug!(
                function_id = binding.function_id,
                ?farewell,
                "http.websocket_ended"
            );
            drop(permits);
        });
        Ok(answer)
    }

    async fn call(
        &self,
        asked: &Asked<'_>,
        mut body: Incoming,
        found: &Found<'_, Target>,
    ) -> Answer {
        let mut at_gate = match self.arrive(asked, found).await {
            Ok(at_gate) => at_gate,
            Err(refusal) => return self.unread(body, refusal.into_response(self.style)),
        };
        let begun = self.begin(asked, &mut body, found, at_gate.as_deref_mut());
        let response = match begun.await {
            Ok(Begun {
                mut exchange,
                terms,
                raw,
            }) => {
                if let Some(bounds) = raw {
                    exchange.stream_body(body, bounds);
                }
                answer(exchange, terms).await
            }
            Err(refusal) => self.unread(body, refusal.into_response(self.style)),
        };
        match at_gate {
            None => response,
            Some(at_gate) => at_gate.leave(response).await,
        }
    }

    /// Takes the body in and begins the function call.
    async fn begin(
        &self,
        asked: &Asked<'_>,
        body: &mut Incoming,
        found: &Found<'_, Target>,
        mut at_gate: Option<&mut AtGate<'_>>,
    ) -> Result<Begun, Refusal> {
        let binding = found.route.binding();
        let target = &binding.target;
        let timeout = target.timeout.unwrap_or_else(|| self.config.timeout());
        let bounds = Bounds {
            bytes_max: target.body_bytes_max.unwrap_or(self.config.body_bytes_max),
            idle: self.config.body_idle_timeout(),
        };
        let terms = intake::Terms {
            accepts: target.accepts.as_deref(),
            bounds,
            time_max: timeout,
            budget: &self.budget,
            whole: at_gate.as_ref().is_some_and(|at| at.pass.needs_body()),
        };
        let mut taken = intake::take(&asked.head.headers, body, &terms).await?;
        let left = timeout.saturating_sub(self.since(asked.started));
        if let Some(at_gate) = at_gate.as_deref_mut() {
            at_gate.enter(&taken).await?;
        }
        let early = at_gate.as_mut().and_then(|at_gate| at_gate.permits.take());
        let permits = early.map_or_else(|| self.permits(target), Ok)?;
        let channels = self.channels(taken.form.as_ref())?;
        let (input, bound) = self.input(asked, found, &taken, &channels, at_gate).await?;
        let mut options = FireOptions::new().timeout(left);
        options.trace = Some(asked.trace(&self.client).clone());
        let call = Box::pin(async move { bound.fire(input, options).await });
        let (client, tasks) = (self.client.clone(), self.tasks.clone());
        let files = taken.form.take().map(|form| form.files).unwrap_or_default();
        let ends: Vec<_> = channels
            .files
            .iter()
            .map(|file| file.writer.clone())
            .collect();
        let mut exchange = Exchange::new(client, tasks, channels, permits, taken.buffered, call);
        if taken.is_whole {
            exchange.offer_body();
        }
        for (file, end) in files.into_iter().zip(&ends) {
            exchange.offer_file(end, file.bytes);
        }
        Ok(Begun {
            exchange,
            terms: self.terms(Arc::clone(binding), left),
            raw: taken.is_raw.then_some(bounds),
        })
    }

    pub(super) fn permits(&self, target: &Target) -> Result<Permits, Refusal> {
        let limit = self.config.concurrency_request_limit;
        let everybody = Arc::clone(&self.calls).try_acquire_owned();
        let everybody = everybody.map_err(|_| Refusal::TooManyCalls { limit })?;
        let route = target.room.as_ref();
        let route = route.map(|room| Arc::clone(room).try_acquire_owned());
        let route = route.transpose().map_err(|_| Refusal::RouteBusy)?;
        Ok((everybody, route))
    }

    fn channels(&self, form: Option<&Form>) -> Result<Channels, Refusal> {
        let mint = || self.client.mint_channel_refs().map_err(Refusal::Channel);
        let files = form.map_or(0, |form| form.files.len());
        Ok(Channels {
            request_body: mint()?,
            response: mint()?,
            files: (0..files).map(|_| mint()).collect::<Result<_, _>>()?,
        })
    }

    fn terms(&self, binding: Arc<Binding<Target>>, left: Duration) -> Terms {
        Terms {
            binding,
            style: self.style,
            silence: self.config.response_channel_wait().min(left),
            patience: left,
        }
    }

    fn since(&self, started: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(started)
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

fn host(head: &head::Parts) -> Option<&str> {
    request::host(&head.uri, &head.headers)
}

fn options(allowed: Allowed) -> Answer {
    let mut response = response::nothing();
    if let Ok(value) = HeaderValue::from_str(&allowed.header()) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
