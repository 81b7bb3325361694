//! Moves messages between a WebSocket and the two channels of a call.

use crate::limits::{
    WEBSOCKET_FAREWELL_TIME, WEBSOCKET_IDLE_TIME, WEBSOCKET_MESSAGE_BYTES_MAX,
    WEBSOCKET_READ_BUFFER_BYTES,
};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use iii_kit::{BoxFuture, Bytes, ChannelFrame, ChannelReader, ChannelWriter, Error, Firing};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// A call, its channels, and what ends it from this side.
pub(crate) struct Bridge {
    pub(crate) call: BoxFuture<'static, Result<Firing, Error>>,
    /// From the client to the function.
    pub(crate) incoming: ChannelWriter,
    /// From the function to the client.
    pub(crate) outgoing: ChannelReader,
    /// The server stops.
    pub(crate) closing: CancellationToken,
}

/// Why a WebSocket ends, for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// The function has finished.
    Finished,
    /// The function failed, or gave its channel up.
    Failed,
    /// The server stops.
    Closing,
    /// The client has left.
    Left,
}

impl Bridge {
    /// Runs until one side ends.
    pub(crate) async fn run(self, upgraded: Upgraded) -> Farewell {
        let config = WebSocketConfig::default()
            .read_buffer_size(WEBSOCKET_READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(WEBSOCKET_MESSAGE_BYTES_MAX))
            .max_frame_size(Some(WEBSOCKET_MESSAGE_BYTES_MAX));
        let stream = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
        let (mut sink, stream) = socket.split();
        let farewell = tokio::select! {
            () = receive(stream, self.incoming) => Farewell::Left,
            farewell = send(&mut sink, self.outgoing) => farewell,
            farewell = answered(self.call) => farewell,
            () = self.closing.cancelled() => Farewell::Closing,
        };
        if let Some(frame) = farewell.frame() {
            let parting = async {
                let _ = sink.send(Message::Close(Some(frame))).await;
                let _ = sink.close().await;
            };
            // A client that does not read is left without.
            let _ = timeout(WEBSOCKET_FAREWELL_TIME, parting).await;
        } else {
            // The answer to the client's farewell waits to be sent.
            let _ = timeout(WEBSOCKET_FAREWELL_TIME, sink.close()).await;
        }
        farewell
    }
}

impl Farewell {
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Finished => (CloseCode::Normal, ""),
            Self::Failed => (CloseCode::Error, "the service failed"),
            Self::Closing => (CloseCode::Away, "the server stops"),
            Self::Left => return None,
        };
        Some(CloseFrame {
            code,
            reason: reason.into(),
        })
    }
}

/// What the client sends goes to the function, until the client leaves.
async fn receive(mut stream: SplitStream<Socket>, mut incoming: ChannelWriter) {
    loop {
        let message = match timeout(WEBSOCKET_IDLE_TIME, stream.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(None) => break,
            // Broken, too large, or silent although it was asked whether it is there.
            Ok(Some(Err(_))) | Err(_) => return incoming.abort().await,
        };
        let taken = match message {
            Message::Text(text) => incoming.send_message(text.as_str()).await,
            Message::Binary(bytes) => incoming.write(bytes).await,
            Message::Close(_) => break,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
        };
        if taken.is_err() {
            // The function does not listen any more; it may still speak.
            while let Some(Ok(message)) = stream.next().await {
                if message.is_close() {
                    break;
                }
            }
            return;
        }
    }
    let _ = incoming.finish().await;
}

/// What the function writes goes to the client, until the function has finished.
async fn send(sink: &mut SplitSink<Socket, Message>, mut outgoing: ChannelReader) -> Farewell {
    loop {
        let message = match timeout(WEBSOCKET_IDLE_TIME / 2, outgoing.next()).await {
            Ok(Some(Ok(ChannelFrame::Binary(bytes)))) => Message::Binary(bytes),
            Ok(Some(Ok(ChannelFrame::Text(text)))) => match text.try_into() {
                Ok(text) => Message::Text(text),
                Err(_) => return Farewell::Failed,
            },
            Ok(Some(Err(_))) => return Farewell::Failed,
            Ok(None) => return Farewell::Finished,
            // Whether the client is still there shows in its answer, or in that none comes.
            Err(_) => Message::Ping(Bytes::new()),
        };
        if sink.send(message).await.is_err() {
            return Farewell::Left;
        }
    }
}

/// A function that fails ends its WebSocket, and so does one that returned and never spoke. One
/// that returned and did not say that it was quiet may still speak.
async fn answered(call: BoxFuture<'static, Result<Firing, Error>>) -> Farewell {
    match call.await {
        Ok(firing) if firing.quiet => Farewell::Finished,
        Err(failure) if failure.code() != "TIMEOUT" => Farewell::Failed,
        Ok(_) | Err(_) => std::future::pending().await,
    }
}
