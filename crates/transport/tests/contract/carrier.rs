//! The carriers under test.

use iii_testkit::Authority;
use iii_transport::tls::Acceptor;
use iii_transport::ws::{Answer, DialOptions, Limits, Upgrade, WsDialer};
use iii_transport::{ChannelEnd, Connection, Dial, Direction, memory};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Largest message of the carriers under test.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Makes connected pairs.
pub(crate) trait Carrier {
    /// Two ends of a message connection.
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>);
    /// Two ends of a channel.
    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>);
}

/// The in-process transport.
pub(crate) struct Memory;

impl Memory {
    fn limits() -> memory::Limits {
        memory::Limits {
            message_bytes_max: MESSAGE_BYTES_MAX,
            ..memory::Limits::default()
        }
    }
}

impl Carrier for Memory {
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>) {
        let (left, right) = memory::pair(Self::limits());
        (Box::new(left), Box::new(right))
    }

    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>) {
        let (left, right) = memory::channel_pair(Self::limits());
        (Box::new(left), Box::new(right))
    }
}

/// A listener and a way to it.
struct Stage {
    listener: TcpListener,
    tls: Option<Acceptor>,
    dialer: WsDialer,
    limits: Arc<Limits>,
}

impl Stage {
    async fn new(with_tls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let limits = Arc::new(Limits {
            message_bytes_max: MESSAGE_BYTES_MAX,
            ..Limits::default()
        });
        // Its files are read before it goes.
        let authority = with_tls.then(Authority::new);
        let options = DialOptions {
            limits: Arc::clone(&limits),
            ca_file: authority.as_ref().map(Authority::ca_file),
            ..DialOptions::default()
        };
        let scheme = if with_tls { "wss" } else { "ws" };
        let address = format!("{scheme}://{}", listener.local_addr().unwrap());
        let files = authority.as_ref().map(|ca| ca.issue(&["127.0.0.1"]));
        Self {
            dialer: WsDialer::new(&address, options).unwrap(),
            tls: files.map(|files| Acceptor::load(vec![files], &[]).unwrap()),
            listener,
            limits,
        }
    }

    async fn upgrade(&self) -> Upgrade {
        const LIMIT: Duration = Duration::from_secs(10);
        let (socket, _) = self.listener.accept().await.unwrap();
        let upgrade = match &self.tls {
            None => Upgrade::read(socket, LIMIT).await,
            Some(tls) => Upgrade::read_tls(socket, tls, LIMIT).await,
        };
        upgrade.unwrap()
    }

    async fn connections(&self) -> (Box<dyn Connection>, Box<dyn Connection>) {
        let accept = async {
            let limits = Arc::clone(&self.limits);
            let upgrade = self.upgrade().await;
            upgrade.accept(Answer::default(), limits).await.unwrap()
        };
        let (left, right) = tokio::join!(self.dialer.dial(), accept);
        (left.unwrap(), Box::new(right))
    }

    async fn channels(&self) -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>) {
        let accept = async {
            let limits = Arc::clone(&self.limits);
            let upgrade = self.upgrade().await;
            let end = upgrade.accept_channel(Answer::default(), limits).await;
            end.unwrap()
        };
        let dial = self.dialer.dial_channel("1.2", "key", Direction::Write);
        let (left, right) = tokio::join!(dial, accept);
        (left.unwrap(), Box::new(right))
    }
}

/// WebSocket; the left end dialled.
pub(crate) struct Ws;
/// WebSocket; the left end accepted.
pub(crate) struct WsReversed;
/// WebSocket over TLS; the left end dialled.
pub(crate) struct Wss;
/// WebSocket over TLS; the left end accepted.
pub(crate) struct WssReversed;

impl Carrier for Ws {
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>) {
        Stage::new(false).await.connections().await
    }

    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>) {
        Stage::new(false).await.channels().await
    }
}

impl Carrier for Wss {
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>) {
        Stage::new(true).await.connections().await
    }

    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>) {
        Stage::new(true).await.channels().await
    }
}

impl Carrier for WsReversed {
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>) {
        let (left, right) = Ws::connections().await;
        (right, left)
    }

    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>) {
        let (left, right) = Ws::channels().await;
        (right, left)
    }
}

impl Carrier for WssReversed {
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>) {
        let (left, right) = Wss::connections().await;
        (right, left)
    }

    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>) {
        let (left, right) = Wss::channels().await;
        (right, left)
    }
}
