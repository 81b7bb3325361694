//! As much of AMQP 0-9-1 as a producer and a consumer on one channel need.

use anyhow::{Context, Result, bail, ensure};
use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const BUFFER_BYTES: usize = 1 << 16;
const GREETING: &[u8] = b"AMQP\0\0\x09\x01";
const FRAME_END: u8 = 0xce;
/// Type, channel and length before a frame's payload.
const HEAD_BYTES: usize = 7;

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;

/// A method: its class and its number in it.
pub(super) type Method = (u16, u16);

const START: Method = (10, 10);
const START_OK: Method = (10, 11);
const TUNE: Method = (10, 30);
const TUNE_OK: Method = (10, 31);
const OPEN: Method = (10, 40);
const OPEN_OK: Method = (10, 41);
const CHANNEL_OPEN: Method = (20, 10);
const CHANNEL_OPEN_OK: Method = (20, 11);
const PUBLISH: Method = (60, 40);

/// The default user, which may come from the same machine only.
const LOGIN: &[u8] = b"\0guest\0guest";
/// Class of messages, and that the delivery mode is the only property given.
const BASIC: u16 = 60;
const HAS_DELIVERY_MODE: u16 = 1 << 12;
const PERSISTENT: u8 = 2;

/// What came from the server.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    Method(Method, Vec<u8>),
    Header,
    Body(Vec<u8>),
    Other,
}

pub(super) struct Connection {
    stream: TcpStream,
    read: BytesMut,
    write: Vec<u8>,
}

impl Connection {
    /// Connects, logs in and opens channel 1.
    pub(super) async fn open(addr: &str) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let mut connection = Self {
            stream,
            read: BytesMut::with_capacity(BUFFER_BYTES),
            write: GREETING.to_vec(),
        };
        connection.expect(START).await?;
        let login = Fields::default().long(0).short_text(b"PLAIN");
        let login = login.long_text(LOGIN).short_text(b"en_US");
        connection.push_on(0, START_OK, login);
        let tune = connection.expect(TUNE).await?;
        let limits = tune.get(..6).context("a short tune")?;
        // The same limits back, without heartbeats.
        connection.push_on(0, TUNE_OK, Fields(limits.to_vec()).number(0));
        let host = Fields::default().short_text(b"/").short_text(b"").byte(0);
        connection.push_on(0, OPEN, host);
        connection.expect(OPEN_OK).await?;
        connection
            .call(
                CHANNEL_OPEN,
                Fields::default().short_text(b""),
                CHANNEL_OPEN_OK,
            )
            .await?;
        Ok(connection)
    }

    /// Queues a method on the channel.
    pub(super) fn push(&mut self, method: Method, fields: Fields) {
        self.push_on(1, method, fields);
    }

    /// Sends a method and waits for the one that answers it: its fields.
    pub(super) async fn call(
        &mut self,
        method: Method,
        fields: Fields,
        answer: Method,
    ) -> Result<Vec<u8>> {
        self.push(method, fields);
        self.expect(answer).await
    }

    /// Queues a message that is to be on the disk.
    pub(super) fn publish(&mut self, queue: &[u8], body: &[u8]) {
        let to = Fields::default().number(0).short_text(b"");
        self.push(PUBLISH, to.short_text(queue).byte(0));
        let header = Fields::default().number(BASIC).number(0);
        let header = header.very_long(body.len() as u64);
        let header = header.number(HAS_DELIVERY_MODE).byte(PERSISTENT);
        frame(&mut self.write, HEADER, 1, &header.0);
        frame(&mut self.write, BODY, 1, body);
    }

    fn push_on(&mut self, channel: u16, method: Method, fields: Fields) {
        let mut payload = Fields::default().number(method.0).number(method.1).0;
        payload.extend_from_slice(&fields.0);
        frame(&mut self.write, METHOD, channel, &payload);
    }

    async fn expect(&mut self, method: Method) -> Result<Vec<u8>> {
        match self.next().await? {
            Frame::Method(got, fields) if got == method => Ok(fields),
            other => bail!("no {method:?} but {other:?}"),
        }
    }

    /// Waits for one frame; sends what is queued when it is not there already.
    pub(super) async fn next(&mut self) -> Result<Frame> {
        loop {
            if let Some(frame) = self.ready()? {
                return Ok(frame);
            }
            self.flush().await?;
            ensure!(self.stream.read_buf(&mut self.read).await? > 0, "closed");
        }
    }

    pub(super) async fn flush(&mut self) -> Result<()> {
        if !self.write.is_empty() {
            self.stream.write_all(&self.write).await?;
            self.write.clear();
        }
        Ok(())
    }

    /// A frame that is there already.
    pub(super) fn ready(&mut self) -> Result<Option<Frame>> {
        let Some((frame, length)) = parse(&self.read)? else {
            return Ok(None);
        };
        self.read.advance(length);
        Ok(Some(frame))
    }
}

fn frame(out: &mut Vec<u8>, kind: u8, channel: u16, payload: &[u8]) {
    out.push(kind);
    out.extend_from_slice(&channel.to_be_bytes());
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    out.extend_from_slice(payload);
    out.push(FRAME_END);
}

/// The frame at the front of `bytes` and its length, when all of it is there.
fn parse(bytes: &[u8]) -> Result<Option<(Frame, usize)>> {
    let mut head = bytes;
    if head.len() < HEAD_BYTES {
        return Ok(None);
    }
    let kind = head.get_u8();
    let _channel = head.get_u16();
    let length = head.get_u32() as usize;
    let Some(end) = head.get(length) else {
        return Ok(None);
    };
    ensure!(*end == FRAME_END, "no end of a frame");
    let mut payload = &head[..length];
    let frame = match kind {
        METHOD => {
            ensure!(length >= 4, "a method without a name");
            let method = (payload.get_u16(), payload.get_u16());
            Frame::Method(method, payload.to_vec())
        }
        HEADER => Frame::Header,
        BODY => Frame::Body(payload.to_vec()),
        _ => Frame::Other,
    };
    Ok(Some((frame, HEAD_BYTES + length + 1)))
}

/// Fields of a method, one after the other.
#[derive(Default)]
pub(super) struct Fields(Vec<u8>);

impl Fields {
    pub(super) fn byte(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(super) fn number(mut self, value: u16) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// Also an empty table.
    pub(super) fn long(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(super) fn very_long(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(super) fn short_text(mut self, text: &[u8]) -> Self {
        self.0.push(text.len() as u8);
        self.0.extend_from_slice(text);
        self
    }

    fn long_text(self, text: &[u8]) -> Self {
        let mut fields = self.long(text.len() as u32);
        fields.0.extend_from_slice(text);
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_when_it_is_whole() {
        let mut sent = Vec::new();
        let fields = Fields::default().number(60).number(80).very_long(7).byte(1);
        frame(&mut sent, METHOD, 1, &fields.0);
        for cut in 0..sent.len() {
            assert_eq!(parse(&sent[..cut]).unwrap(), None, "cut at {cut}");
        }
        let method = Frame::Method((60, 80), vec![0, 0, 0, 0, 0, 0, 0, 7, 1]);
        assert_eq!(parse(&sent).unwrap(), Some((method, sent.len())));
        *sent.last_mut().unwrap() = 0;
        assert!(parse(&sent).is_err(), "a frame has an end");
    }
}
