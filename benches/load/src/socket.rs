//! One worker connection.

use crate::{frame, skim::Skim};
use anyhow::{Result, bail};
use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const BUFFER_BYTES: usize = 1 << 16;
const CHANNEL_READ_BYTES: usize = 1 << 18;

pub(crate) struct Socket {
    stream: TcpStream,
    pub(crate) read: BytesMut,
    pub(crate) write: Vec<u8>,
}

impl Socket {
    /// Connects and says what every SDK says first: who this worker is.
    pub(crate) async fn connect(addr: &str, name: &str) -> Result<Self> {
        let mut socket = Self::open(addr, "/").await?;
        socket.push(&format!(
            r#"{{"type":"invokefunction","function_id":"engine::workers::register","data":{}{}"#,
            format_args!(
                r#"{{"runtime":"rust","version":"0.25.0","name":"{name}","os":"linux","pid":1,"#
            ),
            r#""isolation":null},"action":{"type":"void"}}"#
        ));
        Ok(socket)
    }

    /// Opens a WebSocket, which for a channel's path is one end of that channel.
    pub(crate) async fn open(addr: &str, target: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut read = BytesMut::with_capacity(BUFFER_BYTES);
        loop {
            if stream.read_buf(&mut read).await? == 0 {
                bail!("closed in handshake");
            }
            if let Some(end) = memchr::memmem::find(&read, b"\r\n\r\n") {
                if !read.starts_with(b"HTTP/1.1 101") {
                    bail!("{}", String::from_utf8_lossy(&read[..end]));
                }
                read.advance(end + 4);
                break;
            }
        }
        Ok(Self {
            stream,
            read,
            write: Vec::with_capacity(BUFFER_BYTES),
        })
    }

    /// The connection itself, for who wants to misbehave on it.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Reads binary frames to the end of a channel and counts their bytes.
    pub(crate) async fn read_to_close(mut self) -> Result<u64> {
        let mut skim = Skim::default();
        skim.feed(&self.read);
        let mut read = vec![0; CHANNEL_READ_BYTES];
        while !skim.ended {
            match self.stream.read(&mut read).await? {
                0 => bail!("closed"),
                length => skim.feed(&read[..length]),
            }
        }
        Ok(skim.bytes)
    }

    /// Queues one text message.
    pub(crate) fn push(&mut self, text: &str) {
        frame::push_text(&mut self.write, &[text.as_bytes()]);
    }

    /// Queues the registration of a function.
    pub(crate) fn push_function(&mut self, id: &str) {
        self.push(&format!(
            r#"{{"type":"registerfunction","id":"{id}","request_format":null,{}"#,
            r#""response_format":null}"#
        ));
    }

    /// Queues the registration of an http trigger.
    pub(crate) fn push_route(&mut self, function: &str, path: &str, method: &str) {
        self.push_route_with(function, path, method, "");
    }

    /// The same with more keys in its configuration, each with a comma before it.
    pub(crate) fn push_route_with(&mut self, function: &str, path: &str, method: &str, keys: &str) {
        let id = uuid::Uuid::new_v4();
        self.push(&format!(
            r#"{{"type":"registertrigger","id":"{id}","trigger_type":"http",{}{}"#,
            format_args!(r#""function_id":"{function}","#),
            format_args!(r#""config":{{"api_path":"{path}","http_method":"{method}"{keys}}}}}"#)
        ));
    }

    /// Sends what is queued.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        if !self.write.is_empty() {
            self.stream.write_all(&self.write).await?;
            self.write.clear();
        }
        Ok(())
    }

    /// Reads at least once, hands every whole message to `each`, and sends what `each` queued.
    pub(crate) async fn pump(&mut self, each: impl FnMut(&[u8], &mut Vec<u8>)) -> Result<()> {
        self.receive(each).await?;
        self.flush().await
    }

    /// [`pump`](Self::pump) that sends nothing. Nothing is lost when it is dropped.
    pub(crate) async fn receive(
        &mut self,
        mut each: impl FnMut(&[u8], &mut Vec<u8>),
    ) -> Result<()> {
        if self.stream.read_buf(&mut self.read).await? == 0 {
            bail!("closed");
        }
        while let Some((op, header, len)) = frame::peek(&self.read) {
            let payload = &self.read[header..header + len];
            match op {
                frame::TEXT | frame::BINARY => each(payload, &mut self.write),
                frame::PING => {
                    frame::header(&mut self.write, frame::PONG, len, true);
                    self.write.extend_from_slice(payload);
                }
                frame::CLOSE => bail!("close frame"),
                _ => {}
            }
            self.read.advance(header + len);
        }
        Ok(())
    }
}
