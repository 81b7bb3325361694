//! What happens to one request.

use super::access::AccessLog;
use super::asked::Asked;
use super::refusal::Refusal;
use crate::Config;
use crate::cors;
use crate::files::Files;
use crate::gate::Front;
use crate::openapi::{Page, Pages};
use crate::request::{self, BufferBudget, Peer, Proxies, RequestIds, discard};
use crate::response::error::Style;
use crate::response::{self, ResponseBody, compression, conditional};
use crate::router::{Allowed, Lookup, RouteMethod};
use crate::tasks::Tasks;
use crate::trigger::Routes;
use http::header::ALLOW;
use http::{HeaderValue, Method, Request, Response, request as head};
use hyper::body::{Body, Incoming};
use hyper::upgrade::OnUpgrade;
use iii_kit::{Client, Clock, ConnectionState};
use parking_lot::Mutex;
use std::future::ready;
use std::sync::{Arc, OnceLock};
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
    pub(super) calls: Arc<Semaphore>,
    pub(super) budget: Arc<BufferBudget>,
    pub(super) cors: Option<cors::Rules>,
    proxies: Proxies,
    request_ids: Option<RequestIds>,
    pub(super) style: Style,
    pub(super) front: Arc<Front>,
    files: Files,
    /// `/openapi.json` and what goes with it.
    pages: Option<Pages>,
    access_log: Option<AccessLog>,
}

pub(super) type Answer = Response<ResponseBody>;

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
    pub(super) fn unread(&self, body: Incoming, answer: Answer) -> Answer {
        if !body.is_end_stream() {
            self.tasks.spawn(discard(body));
        }
        answer
    }
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
