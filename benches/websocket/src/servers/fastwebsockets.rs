//! `fastwebsockets`. It writes each frame by itself, so a buffer is put before the socket; its
//! reads must not be cancelled, so the flush happens while a read is pending, on split halves.

use ::fastwebsockets::{Frame, OpCode, Role, WebSocketError, after_handshake_split};
use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::poll_immediate;
use sha1::{Digest as _, Sha1};
use std::pin::pin;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufWriter};
use tokio::net::TcpStream;

pub async fn echo(mut socket: TcpStream) -> Result<()> {
    handshake(&mut socket).await?;
    let (read, write) = socket.into_split();
    let write = BufWriter::with_capacity(64 * 1024, write);
    let (mut reader, mut writer) = after_handshake_split(read, write, Role::Server);
    reader.set_auto_close(false);
    reader.set_auto_pong(false);
    loop {
        let mut no_answers = |_: Frame<'_>| async { Ok::<(), WebSocketError>(()) };
        let mut next = pin!(reader.read_frame(&mut no_answers));
        let frame = match poll_immediate(next.as_mut()).await {
            Some(frame) => frame?,
            None => {
                writer.flush().await?;
                next.await?
            }
        };
        ensure!(frame.opcode == OpCode::Binary, "not a data frame");
        writer.write_frame(Frame::binary(frame.payload)).await?;
    }
}

async fn handshake(socket: &mut TcpStream) -> Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        ensure!(socket.read_buf(&mut head).await? > 0, "the client left");
    }
    let head = String::from_utf8(head)?;
    let (_, key) = head.split_once("Sec-WebSocket-Key: ").context("no key")?;
    let (key, _) = key.split_once("\r\n").context("no key")?;
    let hash = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        STANDARD.encode(hash)
    );
    socket.write_all(answer.as_bytes()).await?;
    Ok(())
}
