//! What Redis and its clients say to each other.

use anyhow::{Context, Result, bail, ensure};
use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const BUFFER_BYTES: usize = 1 << 16;

/// A reply, as far as this program needs it.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    Text(Bytes),
    Number(i64),
    List(Vec<Reply>),
    Nothing,
}

pub(super) struct Connection {
    stream: TcpStream,
    read: BytesMut,
    write: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(addr: &str) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: BytesMut::with_capacity(BUFFER_BYTES),
            write: Vec::with_capacity(BUFFER_BYTES),
        })
    }

    /// Queues a command.
    pub(super) fn push(&mut self, words: &[&[u8]]) {
        self.write
            .extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            self.write
                .extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            self.write.extend_from_slice(word);
            self.write.extend_from_slice(b"\r\n");
        }
    }

    /// Waits for one reply; sends what is queued when it is not there already.
    pub(super) async fn next(&mut self) -> Result<Reply> {
        loop {
            if let Some(reply) = self.ready()? {
                return Ok(reply);
            }
            if !self.write.is_empty() {
                self.stream.write_all(&self.write).await?;
                self.write.clear();
            }
            ensure!(self.stream.read_buf(&mut self.read).await? > 0, "closed");
        }
    }

    /// A reply that is there already.
    pub(super) fn ready(&mut self) -> Result<Option<Reply>> {
        let Some((reply, length)) = parse(&self.read)? else {
            return Ok(None);
        };
        self.read.advance(length);
        Ok(Some(reply))
    }
}

/// The reply at the front of `bytes` and its length, when all of it is there.
fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n") else {
        return Ok(None);
    };
    let (kind, line) = bytes[..end].split_first().context("an empty line")?;
    let line = std::str::from_utf8(line)?;
    let behind = end + 2;
    match kind {
        b'+' => {
            let text = Bytes::copy_from_slice(line.as_bytes());
            Ok(Some((Reply::Text(text), behind)))
        }
        b'-' => bail!("redis answered: {line}"),
        b':' => Ok(Some((Reply::Number(line.parse()?), behind))),
        b'$' | b'*' if line.starts_with('-') => Ok(Some((Reply::Nothing, behind))),
        b'$' => {
            let length: usize = line.parse()?;
            let text = bytes.get(behind..behind + length);
            let whole = bytes.len() >= behind + length + 2;
            Ok(text.filter(|_| whole).map(|text| {
                let text = Bytes::copy_from_slice(text);
                (Reply::Text(text), behind + length + 2)
            }))
        }
        b'*' => list(line.parse()?, bytes, behind),
        kind => bail!("redis sent `{}`", char::from(*kind)),
    }
}

fn list(count: usize, bytes: &[u8], behind: usize) -> Result<Option<(Reply, usize)>> {
    let mut at = behind;
    let mut items = Vec::new();
    for _ in 0..count {
        let Some((item, length)) = parse(&bytes[at..])? else {
            return Ok(None);
        };
        items.push(item);
        at += length;
    }
    Ok(Some((Reply::List(items), at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Reply {
        Reply::Text(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn replies_are_read_when_they_are_whole() {
        let sent = b"*2\r\n$3\r\na\nb\r\n*3\r\n:-7\r\n$-1\r\n+OK\r\n";
        let inner = Reply::List(vec![Reply::Number(-7), Reply::Nothing, text("OK")]);
        let whole = Reply::List(vec![text("a\nb"), inner]);
        assert_eq!(parse(sent).unwrap(), Some((whole, sent.len())));
        for cut in 0..sent.len() {
            assert_eq!(parse(&sent[..cut]).unwrap(), None, "cut at {cut}");
        }
    }

    #[test]
    fn a_refusal_is_an_error() {
        let refused = parse(b"-ERR no such thing\r\n").unwrap_err();
        assert!(refused.to_string().contains("no such thing"), "{refused}");
    }
}
