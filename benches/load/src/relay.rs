//! `relay`: the least an engine can do. It takes frames from a client's socket, writes them to the
//! worker's socket, and back. It serves one worker and one client.

use crate::{frame, scan};
use anyhow::{Result, bail};
use bytes::{Buf, BytesMut};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
    task::JoinSet,
};

const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Larger than any batch of frames.
const ALLOCATION_BYTES: usize = 32 << 20;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "127.0.0.1:49999")]
    listen: String,
}

type Frames = UnboundedSender<Vec<u8>>;
/// The latest client.
type Client = Arc<Mutex<Option<Frames>>>;

pub(crate) async fn run(options: &Options) -> Result<()> {
    // glibc returns freed memory to the kernel until it has seen a large allocation freed. Without
    // this the floor pays up to ten page faults a call, more or fewer by luck.
    drop(std::hint::black_box(Vec::<u8>::with_capacity(
        ALLOCATION_BYTES,
    )));
    let listener = TcpListener::bind(&options.listen).await?;
    let mut worker: Option<Frames> = None;
    let client = Client::default();
    let mut tasks = JoinSet::new();
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let Ok(received) = shake_hands(&mut stream).await else {
            continue;
        };
        let (reader, writer) = stream.into_split();
        let (sender, frames) = channel();
        tasks.spawn(write(writer, frames));
        let to = match &worker {
            None => {
                worker = Some(sender);
                To::Client(Arc::clone(&client))
            }
            Some(worker) => {
                *client.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
                To::Worker(worker.clone())
            }
        };
        tasks.spawn(read(reader, received, to));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the floor does the least possible; the window of its client bounds the queue"
)]
fn channel() -> (Frames, UnboundedReceiver<Vec<u8>>) {
    tokio::sync::mpsc::unbounded_channel()
}

/// Answers the upgrade; returns what was received behind it.
async fn shake_hands(stream: &mut TcpStream) -> Result<BytesMut> {
    let mut received = BytesMut::with_capacity(1 << 16);
    loop {
        if stream.read_buf(&mut received).await? == 0 {
            bail!("closed in handshake");
        }
        if let Some(end) = memchr::memmem::find(&received, b"\r\n\r\n") {
            received.advance(end + 4);
            break;
        }
    }
    stream.write_all(SWITCHING).await?;
    Ok(received)
}

async fn write(mut writer: OwnedWriteHalf, mut frames: UnboundedReceiver<Vec<u8>>) {
    while let Some(mut batch) = frames.recv().await {
        while let Ok(next) = frames.try_recv() {
            batch.extend_from_slice(&next);
        }
        if writer.write_all(&batch).await.is_err() {
            break;
        }
    }
}

/// Where the frames of one connection go.
enum To {
    Worker(Frames),
    Client(Client),
}

impl To {
    fn send(&self, frames: Vec<u8>) {
        match self {
            Self::Worker(worker) => {
                worker.send(frames).ok();
            }
            Self::Client(client) => {
                let client = client.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(client) = client.as_ref() {
                    client.send(frames).ok();
                }
            }
        }
    }
}

async fn read(mut reader: OwnedReadHalf, mut received: BytesMut, to: To) {
    loop {
        let mut out = Vec::new();
        while let Some((op, header, len)) = frame::peek(&received) {
            let message = &received[header..header + len];
            let passes = |name| scan::is_type(message, name);
            if op == frame::TEXT && (passes("invokefunction") || passes("invocationresult")) {
                frame::header(&mut out, frame::TEXT, len, false);
                out.extend_from_slice(message);
            }
            received.advance(header + len);
        }
        if !out.is_empty() {
            to.send(out);
        }
        match reader.read_buf(&mut received).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
}
