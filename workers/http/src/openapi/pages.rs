//! Serving the document and the page that shows it.

use super::OpenApi;
use super::document::document;
use crate::config::ErrorFormat;
use crate::gate::Front;
use crate::response::ResponseBody;
use crate::response::error::Style;
use crate::trigger::Routes;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Response};
use std::sync::Arc;
use tokio::sync::Mutex;

const PAGE: &str = include_str!("page/index.html");
const SCRIPT: &str = include_str!("page/docs.js");
const LOOK: &str = include_str!("page/docs.css");
/// Only what this server itself serves.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The pages of this worker itself.
pub(crate) struct Pages {
    config: OpenApi,
    style: Style,
    routes: Arc<Routes>,
    front: Arc<Front>,
    /// The document, and of which routes and functions it is. Whoever holds the lock makes it.
    made: Mutex<Option<(Version, Bytes)>>,
}

/// Routes and functions at one moment.
type Version = (u64, u64);

/// What is at a path.
pub(crate) enum Page {
    Document,
    Html,
    Script,
    Look,
}

impl Pages {
    /// `None` when the configuration turns them off.
    pub(crate) fn new(
        config: &OpenApi,
        style: Style,
        routes: Arc<Routes>,
        front: Arc<Front>,
    ) -> Option<Self> {
        config.enabled.then(|| Self {
            config: config.clone(),
            style,
            routes,
            front,
            made: Mutex::new(None),
        })
    }

    /// Answers with a page.
    pub(crate) async fn answer(&self, page: Page, method: &Method) -> Response<ResponseBody> {
        if method != Method::GET && method != Method::HEAD {
            return self.style.wrong_method("GET, HEAD");
        }
        match page {
            Page::Document => self.document().await,
            Page::Html => {
                let docs = self.config.docs_path.as_deref().unwrap_or_default();
                let filled = PAGE.replace("{docs}", docs);
                let filled = filled.replace("{document}", &self.config.path);
                page_of("text/html; charset=utf-8", filled.into())
            }
            Page::Script => page_of(
                "text/javascript; charset=utf-8",
                Bytes::from_static(SCRIPT.as_bytes()),
            ),
            Page::Look => page_of(
                "text/css; charset=utf-8",
                Bytes::from_static(LOOK.as_bytes()),
            ),
        }
    }

    /// The page at a path, if there is one.
    pub(crate) fn find(&self, path: &str) -> Option<Page> {
        if path == self.config.path {
            return Some(Page::Document);
        }
        match path.strip_prefix(self.config.docs_path.as_deref()?)? {
            "" => Some(Page::Html),
            "/docs.js" => Some(Page::Script),
            "/docs.css" => Some(Page::Look),
            _ => None,
        }
    }

    async fn document(&self) -> Response<ResponseBody> {
        let mut made = self.made.lock().await;
        // Read before the routes are: a change meanwhile makes the document once more.
        let version = (self.routes.generation(), self.front.catalog().generation());
        if let Some((of, text)) = &*made
            && *of == version
        {
            return page_of("application/json", text.clone());
        }
        let mut routes = self.routes.all();
        // Equal routes make equal documents, and a route of no host comes before those of one.
        routes.sort_by_cached_key(|route| route.name());
        let format = self.format();
        match document(&self.config, format, &self.front, &routes).await {
            Ok(text) => {
                let text = Bytes::from(text);
                *made = Some((version, text.clone()));
                page_of("application/json", text)
            }
            Err(error) => {
                tracing::warn!(%error, "http.openapi_unavailable");
                let message = "the functions cannot be described now";
                self.style.unavailable("DESCRIPTION_UNAVAILABLE", message)
            }
        }
    }

    fn format(&self) -> ErrorFormat {
        self.style.format
    }
}

fn page_of(kind: &'static str, body: Bytes) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Routes change; the tag tells whether they have.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    crate::response::conditional::tag(&mut response);
    response
}
