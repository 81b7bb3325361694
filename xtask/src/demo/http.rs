//! One HTTP request on a connection of its own.

use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// Sends JSON, returns the status and the JSON that came back; an empty body is `null`.
pub(super) fn request(
    address: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<(u16, Value)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWERED_WITHIN))?;
    let body = body.map_or(String::new(), Value::to_string);
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    let content = format!(
        "Content-Type: application/json\r\nContent-Length: {}",
        body.len()
    );
    stream.write_all(format!("{head}{content}\r\n\r\n{body}").as_bytes())?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .context("no answer over HTTP")?;
    parse(&answer).with_context(|| format!("unexpected answer: {answer}"))
}

fn parse(answer: &str) -> Result<(u16, Value)> {
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("no end of the head")?;
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    // With a length given, what follows the head is the body as it is.
    let body = if body.is_empty() { "null" } else { body };
    Ok((status, serde_json::from_str(body)?))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn status_and_body_are_told_apart() {
        let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\n{\"a\": 12}";
        assert_eq!(parse(answer).unwrap(), (404, json!({ "a": 12 })));
        let empty = "HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(parse(empty).unwrap(), (204, json!(null)));
        assert!(parse("HTTP/1.1 200 OK").is_err());
    }
}
