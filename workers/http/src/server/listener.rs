//! One listening socket, and accepting its connections until it ends.

use super::connection;
use super::door::{Door, Rules, Stop};
use crate::config::Listen;
use crate::tasks::Tasks;
use iii_kit::tls::RELOAD_INTERVAL;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::MissedTickBehavior;

/// How long accepting pauses when the system has no more descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Connections that the system holds until they are accepted.
const BACKLOG: u32 = 1024;

/// A bound socket whose connections wait to be served.
pub(super) struct Bound {
    socket: TcpListener,
    pub(super) address: SocketAddr,
}

/// A socket that is being served.
pub(super) struct Listener {
    /// As it was asked for.
    pub(super) listen: Listen,
    pub(super) door: Arc<Door>,
    /// Its connections.
    tasks: Tasks,
}

impl Bound {
    /// Binds an address. It needs the runtime on which it is served.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub(super) fn bind(wanted: SocketAddr) -> std::io::Result<Self> {
        let socket = match wanted {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // A worker that comes back must get its port at once.
        socket.set_reuseaddr(true)?;
        socket.bind(wanted)?;
        let socket = socket.listen(BACKLOG)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// Begins to accept.
    pub(super) fn serve(self, listen: Listen, door: Arc<Door>) -> Listener {
        let tasks = door.current.load().tasks.group();
        let accepting = accept(self.socket, Arc::clone(&door), tasks.clone());
        tasks.spawn(accepting);
        Listener {
            listen,
            door,
            tasks,
        }
    }
}

impl Listener {
    /// Lets connections go by new settings: requests from now on, handshakes from now on.
    pub(super) fn follow(&mut self, listen: Listen, rules: Rules) {
        self.listen = listen;
        self.door.rules.store(Arc::new(rules));
    }

    /// Stops accepting, lets requests in progress finish within `limit`, then closes what is left.
    pub(super) async fn stop(self, limit: Duration) {
        let Stop { gently, at_once } = &self.door.stop;
        gently.cancel();
        if !self.tasks.ended(limit).await {
            tracing::warn!(address = %self.door.address, "http.drain_timed_out");
        }
        at_once.cancel();
    }
}

async fn accept(socket: TcpListener, door: Arc<Door>, tasks: Tasks) {
    let mut reload = tokio::time::interval(RELOAD_INTERVAL);
    reload.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let has_tls = door.rules.load().tls.is_some();
        let accepted = tokio::select! {
            () = door.stop.gently.cancelled() => return,
            accepted = socket.accept() => accepted,
            _ = reload.tick(), if has_tls => {
                if let Some(tls) = &door.rules.load().tls {
                    tls.reload(door.address);
                }
                continue;
            }
        };
        match accepted {
            Ok((stream, address)) => {
                let Ok(permit) = door.current.load().connection_permit() else {
                    if !has_tls {
                        turn_away(&stream);
                    }
                    continue;
                };
                let serving = connection::serve(stream, address.ip(), Arc::clone(&door));
                tasks.spawn(held(permit, serving));
            }
            Err(error) => {
                // Mostly too many open files: connections that end make room again.
                tracing::warn!(%error, "http.accept_failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn held(permit: OwnedSemaphorePermit, serving: impl Future<Output = ()>) {
    serving.await;
    drop(permit);
}

/// Says that there is no room for one more connection. Best effort: it is one write, and whoever
/// meets a full server may not even be listening.
fn turn_away(stream: &TcpStream) {
    const BODY: &str =
        r#"{"error":{"code":"overloaded","message":"`connections_max` is reached"}}"#;
    let head = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
                retry-after: 1\r\nconnection: close\r\ncontent-length";
    let answer = format!("{head}: {}\r\n\r\n{BODY}", BODY.len());
    let _ = stream.try_write(answer.as_bytes());
}
