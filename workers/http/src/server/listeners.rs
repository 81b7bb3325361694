//! All listeners of the worker, from start to stop, and from one configuration to the next.

use super::door::{Current, Door, Rules, Stop};
use super::listener::{Bound, Listener};
use super::redirect::Redirect;
use super::service::Server;
use super::tls::Tls;
use crate::Config;
use crate::config::Listen;
use crate::trigger::Triggers;
use arc_swap::ArcSwap;
use iii_kit::StartError;
use parking_lot::Mutex;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Where a listener can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The address that was bound.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
}

/// The listeners, and the server behind all of them.
pub(crate) struct Listeners {
    current: Arc<Current>,
    triggers: Triggers,
    stop: Stop,
    /// In the order of the configuration; empty once stopped.
    open: Mutex<Vec<Listener>>,
}

/// A listener that can be served, or settings for one that is.
struct Prepared {
    listen: Listen,
    tls: Option<Tls>,
    place: Place,
}

enum Place {
    /// Index of the listener that is there already.
    Known(usize),
    New(Bound),
}

/// Listeners that are bound and not yet served.
pub(crate) struct Waiting {
    prepared: Vec<Prepared>,
}

impl Listeners {
    /// Binds what the server's configuration says, so that nothing that could go wrong is left.
    ///
    /// # Errors
    /// The configuration cannot be used, or an address is not to be had.
    pub(crate) fn bind(server: Server, triggers: Triggers) -> Result<(Self, Waiting), StartError> {
        let waiting = Waiting {
            prepared: prepare(&server.config, &[])?,
        };
        let stop = Stop {
            gently: server.closing.clone(),
            at_once: CancellationToken::new(),
        };
        let listeners = Self {
            current: Arc::new(ArcSwap::from_pointee(server)),
            triggers,
            stop,
            open: Mutex::default(),
        };
        Ok((listeners, waiting))
    }

    /// Begins to accept.
    pub(crate) fn serve(&self, waiting: Waiting) {
        let mut open = self.open.lock();
        *open = self.become_like(waiting.prepared, Vec::new());
        tell(&open);
    }

    /// Brings everything to a new configuration. Connections that are open stay, and are served by
    /// it from the next request on; those of listeners that it does not have any more are drained.
    ///
    /// # Errors
    /// The configuration cannot be used, or an address is not to be had; then nothing changes.
    pub(crate) fn reconfigure(&self, config: Config) -> Result<(), StartError> {
        let tasks = self.current.load().tasks.clone();
        let _runtime = tasks.enter();
        let mut open = self.open.lock();
        if self.stop.gently.is_cancelled() {
            return Err(StartError::Unavailable("it is being stopped".to_owned()));
        }
        let prepared = prepare(&config, &open)?;
        let before = self.current.load_full();
        let limit = before.config.drain_timeout();
        let front = if before.config.guards_as(&config) {
            Arc::clone(&before.front)
        } else {
            let front = before.front.renewed(&config, &tasks);
            let front = Arc::new(front.map_err(StartError::Config)?);
            self.triggers.follow(Arc::clone(&front));
            front
        };
        self.current.store(Arc::new(before.renewed(config, front)));
        let (kept, leaving) = split(std::mem::take(&mut *open), &prepared);
        *open = self.become_like(prepared, kept);
        tell(&open);
        for listener in leaving {
            tasks.spawn_aside(listener.stop(limit));
        }
        Ok(())
    }

    /// Where it listens, in the order of the configuration.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        self.open.lock().iter().map(Endpoint::of).collect()
    }

    /// Stops accepting, lets requests in progress finish within the drain timeout, then closes
    /// what is left.
    pub(crate) async fn stop(&self) {
        self.stop.gently.cancel();
        let open = std::mem::take(&mut *self.open.lock());
        let (tasks, limit) = {
            let server = self.current.load();
            (server.tasks.clone(), server.config.drain_timeout())
        };
        let all = async {
            futures_util::future::join_all(open.into_iter().map(|one| one.stop(limit))).await;
            tasks.ended(Duration::MAX).await
        };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!("http.drain_timed_out");
        }
        self.stop.at_once.cancel();
    }

    fn become_like(
        &self,
        prepared: Vec<Prepared>,
        mut kept: Vec<(usize, Listener)>,
    ) -> Vec<Listener> {
        let https_port = https_port(&prepared, &kept);
        let mut open = Vec::with_capacity(prepared.len());
        for Prepared { listen, tls, place } in prepared {
            let redirect = listen.redirect_https.then_some(https_port).flatten();
            let rules = Rules {
                tls,
                hosts: listen.hosts.clone(),
                redirect: redirect.map(|port| Redirect { port }),
            };
            match place {
                Place::New(bound) => {
                    let door = Door {
                        address: bound.address,
                        current: Arc::clone(&self.current),
                        rules: ArcSwap::from_pointee(rules),
                        stop: self.stop.child(),
                    };
                    open.push(bound.serve(listen, Arc::new(door)));
                }
                Place::Known(index) => {
                    if let Some(found) = kept.iter().position(|(known, _)| *known == index) {
                        let (_, mut listener) = kept.swap_remove(found);
                        listener.follow(listen, rules);
                        open.push(listener);
                    }
                }
            }
        }
        open
    }
}

impl Endpoint {
    fn of(listener: &Listener) -> Self {
        Self {
            address: listener.door.address,
            tls: listener.door.rules.load().tls.is_some(),
        }
    }
}

impl fmt::Display for Endpoint {
    /// As a URL.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(out, "{scheme}://{}", self.address)
    }
}

/// Loads certificates and binds addresses; one that is served already is not bound again.
fn prepare(config: &Config, open: &[Listener]) -> Result<Vec<Prepared>, StartError> {
    config.check().map_err(StartError::Config)?;
    let mut free: Vec<usize> = (0..open.len()).collect();
    let mut prepared = Vec::new();
    for listen in config.listens() {
        let tls = if listen.tls.is_empty() {
            None
        } else {
            let loaded = Tls::load(&listen.tls);
            Some(loaded.map_err(|error| StartError::Config(error.to_string()))?)
        };
        let known = free
            .iter()
            .position(|&i| open[i].listen.bind == listen.bind);
        let place = match known {
            Some(found) => Place::Known(free.remove(found)),
            None => Place::New(bind(listen.bind)?),
        };
        prepared.push(Prepared { listen, tls, place });
    }
    Ok(prepared)
}

fn bind(wanted: SocketAddr) -> Result<Bound, StartError> {
    Bound::bind(wanted).map_err(|error| {
        StartError::Unavailable(format!(
            "cannot listen on `{wanted}`: {error}; \
             set `host` and `port`, or `listeners`, of worker `http`, or stop what listens there"
        ))
    })
}

/// Those that stay, with their places, and those that go.
fn split(open: Vec<Listener>, prepared: &[Prepared]) -> (Vec<(usize, Listener)>, Vec<Listener>) {
    let stays = |index| {
        let mut places = prepared.iter().map(|one| &one.place);
        places.any(|place| matches!(place, Place::Known(known) if *known == index))
    };
    let (kept, leaving): (Vec<_>, Vec<_>) = open
        .into_iter()
        .enumerate()
        .partition(|(index, _)| stays(*index));
    let leaving = leaving.into_iter().map(|(_, listener)| listener).collect();
    (kept, leaving)
}

/// The port that redirects lead to.
fn https_port(prepared: &[Prepared], kept: &[(usize, Listener)]) -> Option<u16> {
    let first = prepared.iter().find(|one| one.tls.is_some())?;
    match &first.place {
        Place::New(bound) => Some(bound.address.port()),
        Place::Known(index) => kept
            .iter()
            .find(|(known, _)| known == index)
            .map(|(_, listener)| listener.door.address.port()),
    }
}

fn tell(open: &[Listener]) {
    for listener in open {
        tracing::info!(endpoint = %Endpoint::of(listener), "http.listening");
    }
}
