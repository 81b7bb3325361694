//! The least of an HTTP client, for the demo.

use anyhow::{Context, Result};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `null` when the body is no JSON.
    pub(crate) body: Value,
}

/// Sends one request on a connection of its own.
pub(crate) fn request(
    host: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Answer> {
    let mut socket = TcpStream::connect(host).with_context(|| format!("connecting to {host}"))?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    let body = body.map_or(String::new(), Value::to_string);
    write!(
        socket,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the answer has no end of head")?;
    let status = head
        .split(' ')
        .nth(1)
        .context("the answer has no status")?
        .parse()?;
    Ok(Answer {
        status,
        body: serde_json::from_str(body).unwrap_or_default(),
    })
}
