//! The least of HTTP/1.1 that a load generator needs, by hand.

use crate::clock;
use anyhow::{Context, Result, bail};
use bytes::{Buf, BytesMut};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A request, written out once.
#[derive(Clone)]
pub(crate) struct Request {
    address: String,
    bytes: Vec<u8>,
}

impl Request {
    pub(crate) fn get(url: &str) -> Result<Self> {
        Self::new("GET", url, "")
    }

    pub(crate) fn new(method: &str, url: &str, body: &str) -> Result<Self> {
        let rest = url
            .strip_prefix("http://")
            .context("the URL must begin with http://")?;
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        let content = if body.is_empty() {
            String::new()
        } else {
            format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            )
        };
        Ok(Self {
            address: address.to_owned(),
            bytes: format!("{method} /{path} HTTP/1.1\r\nHost: {address}\r\n{content}\r\n{body}")
                .into_bytes(),
        })
    }
}

/// Sends the request, each time on a new connection, until it is answered with 200.
pub(crate) async fn wait_until_ok(request: &Request, within: Duration) -> Result<()> {
    let start = clock::now();
    loop {
        let status = match Connection::open(request).await {
            Ok(mut connection) => connection.send(request).await,
            Err(error) => Err(error),
        };
        match status {
            Ok(200) => return Ok(()),
            last if start.elapsed() > within => bail!("not served in time, last: {last:?}"),
            _ => sleep(LOOK_AGAIN).await,
        }
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    read: BytesMut,
}

impl Connection {
    pub(crate) async fn open(request: &Request) -> Result<Self> {
        let stream = TcpStream::connect(&request.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: BytesMut::with_capacity(4096),
        })
    }

    /// Sends the request and reads its answer; returns the status.
    pub(crate) async fn send(&mut self, request: &Request) -> Result<u16> {
        self.stream.write_all(&request.bytes).await?;
        loop {
            if let Some((status, length)) = response(&self.read)? {
                self.read.advance(length);
                return Ok(status);
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                bail!("closed before the answer");
            }
        }
    }
}

/// Status and length of the whole response at the front of `bytes`.
fn response(bytes: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(head) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = str::from_utf8(&bytes[..head])?;
    let status = text.get(9..12).and_then(|status| status.parse().ok());
    let status = status.context("no status line")?;
    let body = head + 4;
    let length = match framing(text) {
        Framing::Length(length) => Some(length),
        Framing::Chunked => chunked(&bytes[body..])?,
    };
    let end = length
        .map(|length| body + length)
        .filter(|end| bytes.len() >= *end);
    Ok(end.map(|end| (status, end)))
}

enum Framing {
    Length(usize),
    Chunked,
}

fn framing(head: &str) -> Framing {
    for line in head.split("\r\n").skip(1) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if name.eq_ignore_ascii_case("content-length") {
            return Framing::Length(value.trim().parse().unwrap_or(0));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Framing::Chunked;
        }
    }
    Framing::Length(0)
}

/// Length of a whole chunked body without trailers, or nothing while it is incomplete.
fn chunked(bytes: &[u8]) -> Result<Option<usize>> {
    let mut at = 0;
    loop {
        let rest = &bytes[at.min(bytes.len())..];
        let Some(line) = memchr::memmem::find(rest, b"\r\n") else {
            return Ok(None);
        };
        let size = usize::from_str_radix(str::from_utf8(&rest[..line])?, 16)?;
        at += line + 2 + size + 2;
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_measured_whole_and_not_before() {
        let fixed = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 3\r\n\r\nabc".as_slice();
        let chunks = b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        for (bytes, status) in [(fixed, 200), (chunks, 404)] {
            let mut followed = bytes.to_vec();
            followed.extend_from_slice(b"HTTP/1.1");
            assert_eq!(response(&followed).unwrap(), Some((status, bytes.len())));
            for cut in 0..bytes.len() {
                assert_eq!(response(&bytes[..cut]).unwrap(), None, "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_request_names_host_path_and_body() {
        let request = Request::new("POST", "http://h:1/a/b?c", "{}").unwrap();
        assert_eq!(request.address, "h:1");
        let text = String::from_utf8(request.bytes).unwrap();
        assert!(
            text.starts_with("POST /a/b?c HTTP/1.1\r\nHost: h:1\r\n"),
            "{text}"
        );
        assert!(text.ends_with("Content-Length: 2\r\n\r\n{}"), "{text}");
    }
}
