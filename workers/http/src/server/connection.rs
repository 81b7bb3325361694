//! One connection: which protocol it speaks, and serving that until it ends.

use super::activity::Activity;
use super::door::{Door, Stop};
use super::paced::Paced;
use super::patience::Patient;
use super::{protocol, tls};
use crate::limits::{FAREWELL_TIME, PEEK_AGAIN_AFTER};
use crate::request::{Peer, Scheme, unify};
use crate::response::ResponseBody;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1::UpgradeableConnection;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How every HTTP/2 connection begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// First byte of every TLS connection.
const HANDSHAKE_RECORD: u8 = 0x16;

/// What a client begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning {
    Http1,
    Http2,
    Tls,
    /// Nothing: it has left.
    Gone,
}

/// Answers requests of one connection.
#[derive(Clone)]
struct Requests {
    door: Arc<Door>,
    peer: Peer,
}

/// Serves a socket that was just accepted.
pub(super) async fn serve(socket: TcpStream, address: IpAddr, door: Arc<Door>) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "http.nodelay_failed");
    }
    let limit = door.current.load().config.header_timeout();
    let rules = door.rules.load_full();
    let stop = door.stop.clone();
    let scheme = match rules.tls {
        Some(_) => Scheme::Https,
        None => Scheme::Http,
    };
    let requests = Requests {
        door,
        peer: Peer { address, scheme },
    };
    let Some(tls) = &rules.tls else {
        let beginning = timeout(limit, beginning(&socket));
        match stop.gently.run_until_cancelled(beginning).await {
            Some(Ok(Beginning::Http1)) => requests.http1(socket).await,
            Some(Ok(Beginning::Http2)) => requests.http2(socket, limit).await,
            Some(Ok(Beginning::Tls)) => tls::decline(socket).await,
            Some(Ok(Beginning::Gone) | Err(_)) | None => {}
        }
        return;
    };
    let handshake = timeout(limit, tls.accept(socket));
    let Some(Ok(Some(stream))) = stop.gently.run_until_cancelled(handshake).await else {
        return;
    };
    if stream.alpn_protocol() == Some(b"h2") {
        requests.http2(stream, limit).await;
    } else {
        requests.http1(stream).await;
    }
}

impl Requests {
    async fn http1<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stop = self.door.stop.clone();
        let server = self.door.current.load_full();
        let builder = protocol::http1(&server.config);
        let stream = Patient::new(stream, server.config.write_idle_timeout());
        drop(server);
        let service = service_fn(move |request| self.clone().answer(request));
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = connection.with_upgrades();
        run(
            connection,
            UpgradeableConnection::graceful_shutdown,
            None,
            &stop,
        )
        .await;
    }

    async fn http2<S>(self, stream: S, limit: Duration)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stop = self.door.stop.clone();
        let server = self.door.current.load_full();
        let patience = server.config.write_idle_timeout();
        let activity = Activity::new(server.tasks.clone(), patience);
        let builder = protocol::http2(&server.config, activity.clone());
        let stream = Patient::new(stream, patience);
        drop(server);
        let beginning = activity.clone();
        let service = service_fn(move |mut request| {
            unify(&mut request);
            let turn = beginning.turn();
            // Boxed, because it is moved several times on its way to a task of its own.
            let answer = Box::pin(self.clone().answer(request));
            async {
                let answer = answer.await;
                answer.map(|answer| answer.map(|body| Paced::new(body, turn)))
            }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let idle = Some((&activity, limit));
        run(
            connection,
            http2::Connection::graceful_shutdown,
            idle,
            &stop,
        )
        .await;
    }

    async fn answer(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<ResponseBody>, Infallible> {
        let server = self.door.current.load_full();
        if let Some(answer) = self.door.turn_down(&request, &server) {
            return Ok(answer);
        }
        let closing = &self.door.stop.gently;
        Ok(server.serve(request, self.peer, closing).await)
    }
}

/// Runs a connection until it ends. One that has nothing to do, and every one when the listener
/// stops, is told to; the first may take a moment for it, the second as long as the drain lasts.
async fn run<C>(
    connection: C,
    finish: impl Fn(Pin<&mut C>),
    idle: Option<(&Activity, Duration)>,
    stop: &Stop,
) where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    let has_idled = async {
        match idle {
            Some((activity, limit)) => activity.idle_for(limit).await,
            None => std::future::pending().await,
        }
    };
    let is_stopping = tokio::select! {
        ended = connection.as_mut() => return ended.unwrap_or_else(note),
        () = stop.gently.cancelled() => true,
        () = has_idled => false,
    };
    finish(connection.as_mut());
    let abandoned = async {
        let Some((activity, _)) = idle.filter(|_| !is_stopping) else {
            return std::future::pending().await;
        };
        // A request may have crossed the farewell.
        loop {
            tokio::time::sleep(FAREWELL_TIME).await;
            if activity.is_idle() {
                return;
            }
        }
    };
    tokio::select! {
        ended = connection => ended.unwrap_or_else(note),
        () = stop.at_once.cancelled() => {}
        () = abandoned => {}
    }
}

#[expect(clippy::needless_pass_by_value, reason = "that is how errors come")]
fn note(error: hyper::Error) {
    tracing::debug!(%error, "http.connection_ended");
}

/// Looks at what a client sends first, and leaves it where it is: HTTP/1.1, which most speak, then
/// needs nothing in front of its socket.
async fn beginning(socket: &TcpStream) -> Beginning {
    let mut first = [0; PREFACE.len()];
    loop {
        let Ok(length @ 1..) = socket.peek(&mut first).await else {
            return Beginning::Gone;
        };
        let first = &first[..length];
        if first[0] == HANDSHAKE_RECORD {
            return Beginning::Tls;
        }
        if !PREFACE.starts_with(first) {
            return Beginning::Http1;
        }
        if length == PREFACE.len() {
            return Beginning::Http2;
        }
        // A socket with unread bytes is ready all the time: nothing else tells of further ones.
        tokio::time::sleep(PEEK_AGAIN_AFTER).await;
    }
}
