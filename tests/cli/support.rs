//! What several of these tests need.

use std::io::{Read, Write};
use std::net::TcpStream;

/// The status line of a plain HTTP request, or none when nothing answers.
pub(crate) fn http_status(url: &str) -> Option<String> {
    let address = url.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(address).ok()?;
    let request = format!("GET /nothing HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer.lines().next()?.to_owned())
}
