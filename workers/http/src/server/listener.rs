//! Accepting connections and serving them until they, or this worker, end.

use super::service::Server;
use crate::request::{Peer, Scheme};
use crate::tasks::Tasks;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How long accepting pauses when the system has no more descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound socket whose connections wait to be served.
pub(crate) struct Bound {
    socket: TcpListener,
    address: SocketAddr,
}

/// A socket that is being served.
pub(crate) struct Listener {
    address: SocketAddr,
    stop: Stop,
    tasks: Tasks,
    drain_timeout: Duration,
}

/// The two steps of an end.
#[derive(Clone)]
struct Stop {
    /// No new connections and requests.
    gently: CancellationToken,
    /// Nothing any more.
    at_once: CancellationToken,
}

impl Bound {
    /// Binds the configured address.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub(crate) async fn bind(wanted: SocketAddr) -> std::io::Result<Self> {
        let socket = TcpListener::bind(wanted).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// Begins to accept.
    pub(crate) fn serve(self, server: Arc<Server>) -> Listener {
        let stop = Stop {
            gently: server.closing.clone(),
            at_once: CancellationToken::new(),
        };
        let listener = Listener {
            address: self.address,
            stop: stop.clone(),
            tasks: server.tasks.clone(),
            drain_timeout: server.config.drain_timeout(),
        };
        listener.tasks.spawn(accept(self.socket, server, stop));
        listener
    }
}

impl Listener {
    /// The address that was bound.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, lets requests in progress finish within the drain timeout, then closes
    /// what is left.
    pub(crate) async fn stop(self) {
        self.stop.gently.cancel();
        if !self.tasks.ended(self.drain_timeout).await {
            tracing::warn!(address = %self.address, "http.drain_timed_out");
        }
        self.stop.at_once.cancel();
    }
}

async fn accept(socket: TcpListener, server: Arc<Server>, stop: Stop) {
    let room = Arc::new(Semaphore::new(server.config.connections_max.get() as usize));
    let builder = builder(&server);
    loop {
        let accepted = tokio::select! {
            () = stop.gently.cancelled() => return,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let peer = Peer {
                    address: address.ip(),
                    scheme: Scheme::Http,
                };
                let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
                    turn_away(&stream);
                    continue;
                };
                let (builder, stop) = (builder.clone(), stop.clone());
                let serving = serve(stream, peer, builder, Arc::clone(&server), stop);
                server.tasks.spawn(held(permit, serving));
            }
            Err(error) => {
                // Mostly too many open files: connections that end make room again.
                tracing::warn!(%error, "http.accept_failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn builder(server: &Server) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(server.config.header_timeout())
        .max_header_size(server.config.header_bytes_max)
        // True would let streamed bodies pile up without bound.
        .pipeline_flush(false)
        // A client that has closed its side is gone, and so is its call.
        .half_close(false);
    builder
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

async fn serve(
    stream: TcpStream,
    peer: Peer,
    builder: http1::Builder,
    server: Arc<Server>,
    stop: Stop,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "http.nodelay_failed");
    }
    let service = service_fn(|request| {
        let server = Arc::clone(&server);
        async move { Ok::<_, Infallible>(server.serve(request, peer).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection.with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.gently.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = stop.at_once.cancelled() => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "http.connection_ended");
    }
}
