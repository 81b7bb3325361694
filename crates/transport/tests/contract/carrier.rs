//! The carriers under test.

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

/// WebSocket; the left end dialled.
pub(crate) struct Ws;

impl Ws {
    async fn listen() -> (TcpListener, WsDialer, Arc<Limits>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let limits = Arc::new(Limits {
            message_bytes_max: MESSAGE_BYTES_MAX,
            ..Limits::default()
        });
        let options = DialOptions {
            limits: Arc::clone(&limits),
            ..DialOptions::default()
        };
        let address = format!("ws://{}", listener.local_addr().unwrap());
        let dialer = WsDialer::new(&address, options).unwrap();
        (listener, dialer, limits)
    }

    async fn upgrade(listener: &TcpListener) -> Upgrade {
        let (socket, _) = listener.accept().await.unwrap();
        Upgrade::read(socket, Duration::from_secs(10))
            .await
            .unwrap()
    }
}

impl Carrier for Ws {
    async fn connections() -> (Box<dyn Connection>, Box<dyn Connection>) {
        let (listener, dialer, limits) = Self::listen().await;
        let accept = async {
            let upgrade = Self::upgrade(&listener).await;
            upgrade.accept(Answer::default(), limits).await.unwrap()
        };
        let (left, right) = tokio::join!(dialer.dial(), accept);
        (left.unwrap(), Box::new(right))
    }

    async fn channels() -> (Box<dyn ChannelEnd>, Box<dyn ChannelEnd>) {
        let (listener, dialer, limits) = Self::listen().await;
        let accept = async {
            let upgrade = Self::upgrade(&listener).await;
            let end = upgrade.accept_channel(Answer::default(), limits).await;
            end.unwrap()
        };
        let dial = dialer.dial_channel("1.2", "key", Direction::Write);
        let (left, right) = tokio::join!(dial, accept);
        (left.unwrap(), Box::new(right))
    }
}

/// WebSocket; the left end accepted.
pub(crate) struct WsReversed;

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
