//! What all connections of one listener go by.

use super::redirect::Redirect;
use super::service::Server;
use super::tls::Tls;
use crate::config::{HostName, host_of};
use crate::request;
use crate::response::ResponseBody;
use arc_swap::ArcSwap;
use http::{Request, Response, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The server with the settings in force. Requests look it up one by one, so that a connection
/// outlives a change of settings.
pub(crate) type Current = ArcSwap<Server>;

/// The two steps of an end.
#[derive(Clone)]
pub(crate) struct Stop {
    /// No new connections and requests.
    pub(crate) gently: CancellationToken,
    /// Nothing any more.
    pub(crate) at_once: CancellationToken,
}

/// One listener, as its connections see it.
pub(super) struct Door {
    pub(super) address: SocketAddr,
    pub(super) current: Arc<Current>,
    pub(super) rules: ArcSwap<Rules>,
    pub(super) stop: Stop,
}

/// The settings of a listener.
pub(super) struct Rules {
    pub(super) tls: Option<Tls>,
    /// Empty for all.
    pub(super) hosts: Vec<HostName>,
    pub(super) redirect: Option<Redirect>,
}

impl Stop {
    /// An end of its own, which also comes with this one.
    pub(crate) fn child(&self) -> Self {
        Self {
            gently: self.gently.child_token(),
            at_once: self.at_once.child_token(),
        }
    }
}

impl Door {
    /// The answer to a request that is not for anybody behind this door.
    pub(super) fn turn_down<B>(
        &self,
        request: &Request<B>,
        server: &Server,
    ) -> Option<Response<ResponseBody>> {
        let rules = self.rules.load();
        if rules.hosts.is_empty() && rules.redirect.is_none() {
            return None;
        }
        let host = request::host(request.uri(), request.headers()).unwrap_or_default();
        let name = host_of(host);
        if !rules.hosts.is_empty() && !rules.hosts.iter().any(|known| known.covers(&name)) {
            return Some(server.style.error(
                StatusCode::MISDIRECTED_REQUEST,
                "MISDIRECTED_REQUEST",
                "this host is not served here",
            ));
        }
        let redirect = rules.redirect.as_ref()?;
        redirect.answer(request.uri(), &name, server.style)
    }
}
