//! Accepts sockets and turns them into sessions, telemetry connections and channel ends.

use super::access::{self, Admission, Head, Refused};
use super::channels::Unattachable;
use super::executor::Local;
use super::inbox::{Adoption, Item};
use super::settings::ListenerConfig;
use super::shared::Shared;
use iii_transport::tls::{Acceptor, LoadError, RELOAD_INTERVAL, Reload};
use iii_transport::ws::{Answer, Limits, Upgrade};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// What every connection of a listener goes by.
pub(super) struct Policy {
    pub(super) config: ListenerConfig,
    /// There when the listener speaks TLS.
    tls: Option<Acceptor>,
    pub(super) limits: Arc<Limits>,
    pub(super) handshake_timeout: Duration,
    pub(super) connections_max: usize,
    /// Sockets that are accepted and not yet sessions.
    handshakes: AtomicUsize,
}

impl Policy {
    pub(super) fn new(
        config: ListenerConfig,
        tls: Option<Acceptor>,
        limits: Arc<Limits>,
        shared: &Shared,
    ) -> Self {
        let bounds = &shared.rules.limits;
        Self {
            config,
            tls,
            limits,
            handshake_timeout: Duration::from_millis(bounds.handshake_timeout_ms),
            connections_max: bounds.connections_max,
            handshakes: AtomicUsize::new(0),
        }
    }

    /// Takes over certificates that have changed. The files are few and small, so that reading them
    /// costs a thread less than asking another one to do it.
    fn reload(&self) {
        let listener = self.config.bind;
        match self.tls.as_ref().map(Acceptor::reload) {
            None | Some(Reload::Unchanged) => {}
            Some(Reload::Changed(warnings)) => {
                tracing::info!(%listener, "new certificates are in force");
                for warning in warnings {
                    tracing::warn!(%listener, "{warning}");
                }
            }
            Some(Reload::Refused(error)) => {
                tracing::warn!(%listener, %error, "the certificates in force stay");
            }
        }
    }
}

/// What a listener speaks TLS with, if it does.
pub(super) fn acceptor(config: &ListenerConfig) -> Result<Option<Acceptor>, LoadError> {
    if config.tls.is_empty() {
        return Ok(None);
    }
    let acceptor = Acceptor::load(config.tls.clone(), &[])?;
    for warning in acceptor.warnings() {
        tracing::warn!(listener = %config.bind, "{warning}");
    }
    Ok(Some(acceptor))
}

/// Accepts until `stop` changes or its sender is gone, and spreads sockets over the threads.
pub(super) async fn accept(
    listener: TcpListener,
    policy: Arc<Policy>,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    const AFTER_FAILURE: Duration = Duration::from_millis(50);
    let mut reload = tokio::time::interval(RELOAD_INTERVAL);
    reload.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
            _ = reload.tick(), if policy.tls.is_some() => {
                policy.reload();
                continue;
            }
        };
        let socket = accepted.and_then(|(socket, _)| socket.into_std());
        match socket {
            Ok(socket) => {
                let open = shared.connections.load(Ordering::Relaxed)
                    + policy.handshakes.load(Ordering::Relaxed);
                if open >= policy.connections_max {
                    tracing::warn!(open, "`connections_max` is reached, connection refused");
                    continue;
                }
                policy.handshakes.fetch_add(1, Ordering::Relaxed);
                let thread = shared.next_thread();
                shared.inboxes[thread].push(Item::Accept(socket, Arc::clone(&policy)));
            }
            Err(error) => {
                // Out of descriptors, most likely: others must end before the next can begin.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// The handshake of one socket, on the thread that will own it.
pub(super) async fn welcome(local: Rc<Local>, socket: TcpStream, policy: Arc<Policy>) {
    let outcome = handshake(&local, socket, &policy).await;
    policy.handshakes.fetch_sub(1, Ordering::Relaxed);
    if let Err(reason) = outcome {
        tracing::debug!(reason, "handshake not finished");
    }
}

async fn handshake(local: &Rc<Local>, socket: TcpStream, policy: &Policy) -> Result<(), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let socket = tokio::net::TcpStream::from_std(socket).map_err(|error| text(&error))?;
    let upgrade = match &policy.tls {
        None => Upgrade::read(socket, policy.handshake_timeout).await,
        Some(tls) => Upgrade::read_tls(socket, tls, policy.handshake_timeout).await,
    };
    let upgrade = upgrade.map_err(|error| text(&error))?;
    let peer = upgrade.peer_address().map(|address| address.ip()).ok();
    let local_ip = upgrade.local_address().map_err(|error| text(&error))?.ip();
    let subprotocol = upgrade
        .subprotocols()
        .find(|name| access::is_token_subprotocol(name))
        .map(str::to_owned);
    let admission = match admit(&upgrade, subprotocol.as_deref(), policy, local_ip) {
        Ok(admission) => admission,
        Err(refused) => {
            upgrade.refuse(refused.status, refused.body).await;
            return Ok(());
        }
    };
    let answer = Answer {
        subprotocol: subprotocol.as_deref(),
        headers: &[("x-iii-capabilities", "tcp-nodelay")],
    };
    match admission {
        Admission::Channel { id, key, direction } => {
            let channels = &local.shared().channels;
            let ticket = match channels.admit(local.shared(), &id, &key, direction) {
                Ok(ticket) => ticket,
                Err(Unattachable::Unknown) => {
                    upgrade.refuse(404, "Channel not found").await;
                    return Ok(());
                }
                Err(Unattachable::TooMany) => {
                    upgrade.refuse(503, "`channels_max` is reached\n").await;
                    return Ok(());
                }
            };
            let end = upgrade
                .accept_channel(answer, Arc::clone(&policy.limits))
                .await
                .map_err(|error| text(&error))?;
            local
                .shared()
                .channels
                .attach(local.shared(), ticket, Box::new(end));
        }
        Admission::Worker { .. } | Admission::Telemetry => {
            let connection = upgrade
                .accept(answer, Arc::clone(&policy.limits))
                .await
                .map_err(|error| text(&error))?;
            local.adopt(Adoption {
                connection: Box::new(connection),
                trusted: admission == Admission::Worker { trusted: true },
                in_process: false,
                inject_caller: policy.config.inject_caller,
                telemetry_only: admission == Admission::Telemetry,
                address: peer,
            });
            // The handshake is a task of its own: nothing else would write the greeting.
            local.settle();
        }
    }
    Ok(())
}

fn admit(
    upgrade: &Upgrade,
    token_subprotocol: Option<&str>,
    policy: &Policy,
    local: IpAddr,
) -> Result<Admission, Refused> {
    let (token, key) = (upgrade.query_value("token"), upgrade.query_value("key"));
    let direction = upgrade.query_value("dir");
    let head = Head {
        path: upgrade.path(),
        host: upgrade.header("host"),
        origin: upgrade.header("origin"),
        authorization: upgrade.header("authorization"),
        query_token: token.as_deref(),
        channel_key: key.as_deref(),
        channel_direction: direction.as_deref(),
        token_subprotocol,
    };
    access::decide(&head, &policy.config, local)
}

/// Opens a listening socket.
pub(super) fn bind(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    const BACKLOG: i32 = 4096;
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    // A restarted engine must get its port back at once.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
