//! What happens to one request.

use super::answer::{Terms, answer};
use super::exchange::{Exchange, Permits};
use super::intake::{self, Intake};
use super::refusal::Refusal;
use super::upload::Bounds;
use crate::Config;
use crate::cors;
use crate::request::{
    self, BufferBudget, Channels, Form, Origin, Parts, Peer, Proxies, Query, RequestIds, discard,
};
use crate::response::error::Style;
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
    cors: Option<cors::Rules>,
    proxies: Proxies,
    request_ids: Option<RequestIds>,
    style: Style,
}

/// A request's head, and what is known about it from the start.
struct Asked<'a> {
    head: &'a head::Parts,
    started: Duration,
    origin: Origin,
    id: Option<HeaderValue>,
}

/// A call in progress.
struct Begun {
    exchange: Exchange,
    terms: Terms,
    /// The body still has to be sent, within these bounds.
    raw: Option<Bounds>,
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
            cors: config.cors.as_ref().map(cors::Rules::new),
            proxies: Proxies {
                trusted: config.trusted_proxies.clone(),
                header: config.forwarded_header,
            },
            request_ids: config.request_id_header.clone().map(RequestIds::new),
            style: Style {
                format: config.error_format,
                expose: config.expose_errors,
            },
            config,
            client,
            routes,
            clock,
            tasks,
        }
    }

    /// Answers one request. Dropping the future gives the call up.
    pub(crate) async fn serve(&self, request: Request<Incoming>, peer: Peer) -> Answer {
        let started = self.clock.monotonic();
        let (head, body) = request.into_parts();
        let asked = Asked {
            started,
            origin: self.proxies.origin(peer, &head.headers),
            id: self.request_ids.as_ref().map(|ids| ids.of(&head.headers)),
            head: &head,
        };
        let mut response = match &self.cors {
            None => self.respond(&asked, body).await,
            Some(cors) if cors::is_preflight(&head.method, &head.headers) => {
                let answer = self.preflight(cors, &head);
                self.unread(body, answer)
            }
            Some(cors) => {
                let mut response = self.respond(&asked, body).await;
                cors.apply(&head.headers, response.headers_mut());
                response
            }
        };
        if let (Some(ids), Some(id)) = (&self.request_ids, asked.id) {
            ids.echo(id, response.headers_mut());
        }
        response
    }

    fn preflight(&self, cors: &cors::Rules, head: &head::Parts) -> Answer {
        // A method no route can have finds nothing but tells what the path serves.
        let serves = match self.routes.find(head.uri.path(), None) {
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
        let refusal = match self.routes.find(head.uri.path(), method) {
            Lookup::Found(found) => return self.call(asked, body, &found).await,
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

fn options(allowed: Allowed) -> Answer {
    let mut response = response::nothing();
    if let Ok(value) = HeaderValue::from_str(&allowed.header()) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
