//! `tokio-tungstenite`.

use anyhow::Result;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;

pub async fn echo(socket: TcpStream) -> Result<()> {
    let mut socket = ::tokio_tungstenite::accept_async(socket).await?;
    while let Some(message) = socket.next().await {
        socket.feed(message?).await?;
        while let Some(Some(message)) = socket.next().now_or_never() {
            socket.feed(message?).await?;
        }
        socket.flush().await?;
    }
    Ok(())
}
