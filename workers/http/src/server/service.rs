//! What happens to one request.

use super::access::{AccessLog, Entry};
use super::answer::{Terms, answer};
use super::cors::{self, Cors};
use super::exchange::{Exchange, Permits};
use super::intake::{self, Intake};
use super::refusal::Refusal;
use super::upload::Bounds;
use crate::Config;
use crate::files::Files;
use crate::limits::WEBSOCKET_CALL_TIME;
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
use iii_kit::{Client, Clock, ConnectionState, FireOptions, Payload};
use parking_lot::Mutex;
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
    cors: Option<Cors>,
    proxies: Proxies,
    request_ids: Option<RequestIds>,
    pub(super) style: Style,
    files: Files,
    access_log: Option<AccessLog>,
}

/// A request's head, and what is known about it from the start.
struct Asked<'a> {
    head: &'a head::Parts,
    started: Duration,
    origin: Origin,
    id: Option<HeaderValue>,
    /// What serves it, once that is known.
    route: OnceLock<Arc<Route<Target>>>,
    /// The connection itself, if the client wants to go on with another protocol.
    upgrade: Mutex<Option<OnUpgrade>>,
}

/// A call in progress.
struct Begun {
    exchange: Exchange,
    terms: Terms,
    /// The body still has to be sent, within these bounds.
    raw: Option<Bounds>,
}

type Answer = Response<ResponseBody>;

impl Asked<'_> {
    /// What the access log says about the answer.
    fn entry(&self, response: &Answer) -> Entry {
        let head = self.head;
        let text = |value: Option<&HeaderValue>| {
            value.map_or_else(String::new, |value| {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            })
        };
        let trace = request::trace_context(&head.headers);
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
        clock: Arc<dyn Clock>,
        tasks: Tasks,
    ) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(config.connections_max.get() as usize)),
            calls: Arc::new(Semaphore::new(
                config.concurrency_request_limit.get() as usize
            )),
            budget: BufferBudget::new(config.body_bytes_total_max),
            cors: config.cors.as_ref().map(Cors::new),
            proxies: Proxies {
                trusted: config.trusted_proxies.clone(),
                header: config.forwarded_header,
            },
            request_ids: config.request_id_header.clone().map(RequestIds::new),
            style: Style {
                format: config.error_format,
                expose: config.expose_errors,
            },
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
    pub(super) fn renewed(&self, config: Config) -> Self {
        let mut renewed = Self::new(
            config,
            self.client.clone(),
            Arc::clone(&self.routes),
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

    /// Answers one request. Dropping the future gives the call up.
    pub(crate) async fn serve(&self, request: Request<Incoming>, peer: Peer) -> Answer {
        let started = self.clock.monotonic();
        let (mut head, body) = request.into_parts();
        let upgrade = head.extensions.remove::<OnUpgrade>();
        let asked = Asked {
            started,
            origin: self.proxies.origin(peer, &head.headers),
            id: self.request_ids.as_ref().map(|ids| ids.of(&head.headers)),
            route: OnceLock::new(),
            upgrade: Mutex::new(upgrade),
            head: &head,
        };
        let mut response = match &self.cors {
            Some(cors) if cors::is_preflight(&head.method, &head.headers) => {
                self.preflight(cors, &head)
            }
            _ => self.respond(&asked, body).await,
        };
        conditional::apply(&head.method, &head.headers, &mut response);
        let settings = &self.config.compression;
        compression::apply(settings, &head.method, &head.headers, &mut response);
        if let Some(cors) = &self.cors {
            cors.apply(cors.allow(&head.headers), &mut response);
        }
        if let (Some(ids), Some(id)) = (&self.request_ids, &asked.id) {
            ids.echo(id.clone(), response.headers_mut());
        }
        match &self.access_log {
            Some(log) => {
                let entry = asked.entry(&response);
                response.map(|body| body.watched(log.watch(entry)))
            }
            None => response,
        }
    }

    fn preflight(&self, cors: &Cors, head: &head::Parts) -> Answer {
        // A method no route can have finds nothing but tells what the path serves.
        let serves = match self.routes.find(host(head), head.uri.path(), None) {
            Lookup::WrongMethod(allowed) => allowed.header(),
            Lookup::Found(_) | Lookup::NotFound => String::new(),
        };
        let mut response = response::nothing();
        if cors.allow(&head.headers).is_some() {
            cors.apply_preflight(&head.headers, &serves, &mut response);
        }
        response
    }

    async fn respond(&self, asked: &Asked<'_>, body: Incoming) -> Answer {
        let head = asked.head;
        let method = RouteMethod::of_request(&head.method);
        let lookup = self.routes.find(host(head), head.uri.path(), method);
        if !matches!(lookup, Lookup::Found(_))
            && let Some(file) = self.file(head).await
        {
            return self.unread(body, file);
        }
        let refusal = match lookup {
            Lookup::Found(found) => {
                let _ = asked.route.set(Arc::clone(&found.route));
                if found.route.binding().target.websocket {
                    let answer = self.websocket(asked, &found);
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
    fn websocket(&self, asked: &Asked<'_>, found: &Found<'_, Target>) -> Result<Answer, Refusal> {
        let headers = &asked.head.headers;
        let upgrade = asked.upgrade.lock().take();
        let (Some(answer), Some(upgrade)) = (websocket::accept(headers), upgrade) else {
            return Err(Refusal::UpgradeRequired);
        };
        let allowed = || {
            self.cors
                .as_ref()
                .is_some_and(|cors| cors.allow(headers).is_some())
        };
        if !websocket::is_own_page(headers) && !allowed() {
            return Err(Refusal::ForeignPage);
        }
        let binding = Arc::clone(found.route.binding());
        let permits = self.permits(&binding.target)?;
        let channels = self.channels(None)?;
        let payload = payload(asked, found, &Intake::none(), &channels)?;
        let timeout = binding.target.timeout.unwrap_or(WEBSOCKET_CALL_TIME);
        let mut options = FireOptions::new().timeout(timeout);
        options.trace = request::trace_context(headers);
        let (client, closing) = (self.client.clone(), self.closing.clone());
        self.tasks.spawn(async move {
            let Ok(upgraded) = upgrade.await else { return };
            let fired = Arc::clone(&binding);
            let bridge = Bridge {
                call: Box::pin(
                    async move { fired.target.bound.fire_fully(payload, options).await },
                ),
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
        match self.begin(asked, &mut body, found).await {
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
        }
    }

    /// Takes the body in and begins the function call.
    async fn begin(
        &self,
        asked: &Asked<'_>,
        body: &mut Incoming,
        found: &Found<'_, Target>,
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
        };
        let mut taken = intake::take(&asked.head.headers, body, &terms).await?;
        let left = timeout.saturating_sub(self.since(asked.started));
        let permits = self.permits(target)?;
        let channels = self.channels(taken.form.as_ref())?;
        let payload = payload(asked, found, &taken, &channels)?;
        let mut options = FireOptions::new().timeout(left);
        options.trace = request::trace_context(&asked.head.headers);
        let fired = Arc::clone(binding);
        let call = Box::pin(async move { fired.target.bound.fire_fully(payload, options).await });
        let (client, tasks) = (self.client.clone(), self.tasks.clone());
        let files = taken.form.take().map(|form| form.files).unwrap_or_default();
        let ends: Vec<_> = channels
            .files
            .iter()
            .map(|file| file.writer.clone())
            .collect();
        let mut exchange = Exchange::new(client, tasks, channels, permits, taken.buffered, call);
        for (file, end) in files.into_iter().zip(&ends) {
            exchange.offer_file(end, file.bytes);
        }
        Ok(Begun {
            exchange,
            terms: self.terms(Arc::clone(binding), left),
            raw: taken.is_raw.then_some(bounds),
        })
    }

    fn permits(&self, target: &Target) -> Result<Permits, Refusal> {
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
fn payload(
    asked: &Asked<'_>,
    found: &Found<'_, Target>,
    taken: &Intake,
    channels: &Channels,
) -> Result<Payload, Refusal> {
    let head = asked.head;
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
        body: &taken.json,
        channels,
        origin: asked.origin,
        request_id: asked.id.as_ref(),
        form: taken.form.as_ref(),
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
