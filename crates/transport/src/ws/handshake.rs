//! The opening handshake of RFC 6455, section 4, as bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// Most header lines in a request or response.
const HEADERS_MAX: usize = 64;

/// Fixed by RFC 6455 to prove that the server understood the request.
const ACCEPT_SALT: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A header line. Values are kept as they came; they need not be UTF-8.
pub(super) struct HeaderLine {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
}

/// The head of a request.
pub(super) struct RequestHead {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<HeaderLine>,
}

/// The head of a response.
pub(super) struct ResponseHead {
    pub(super) status: u16,
    pub(super) headers: Vec<HeaderLine>,
}

/// Reads a request head; gives it with its length, or `None` when more bytes are needed.
pub(super) fn parse_request(bytes: &[u8]) -> Result<Option<(RequestHead, usize)>, httparse::Error> {
    let mut lines = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut lines);
    let httparse::Status::Complete(length) = request.parse(bytes)? else {
        return Ok(None);
    };
    let head = RequestHead {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers: header_lines(request.headers),
    };
    Ok(Some((head, length)))
}

/// Reads a response head; gives it with its length, or `None` when more bytes are needed.
pub(super) fn parse_response(
    bytes: &[u8],
) -> Result<Option<(ResponseHead, usize)>, httparse::Error> {
    let mut lines = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut lines);
    let httparse::Status::Complete(length) = response.parse(bytes)? else {
        return Ok(None);
    };
    let head = ResponseHead {
        status: response.code.unwrap_or_default(),
        headers: header_lines(response.headers),
    };
    Ok(Some((head, length)))
}

fn header_lines(lines: &[httparse::Header<'_>]) -> Vec<HeaderLine> {
    lines
        .iter()
        .map(|line| HeaderLine {
            name: line.name.to_owned(),
            value: line.value.to_vec(),
        })
        .collect()
}

/// The first header of a name, if its value is text.
pub(super) fn header<'a>(headers: &'a [HeaderLine], name: &str) -> Option<&'a str> {
    let line = headers
        .iter()
        .find(|line| line.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(&line.value).ok().map(str::trim)
}

/// The comma-separated tokens of every header of a name.
pub(super) fn tokens<'a>(
    headers: &'a [HeaderLine],
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |line| line.name.eq_ignore_ascii_case(name))
        .filter_map(|line| std::str::from_utf8(&line.value).ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|token| !token.is_empty())
}

/// The key of a request that asks for a WebSocket, or what is wrong with it.
pub(super) fn websocket_key(request: &RequestHead) -> Result<&str, &'static str> {
    let has = |name, token: &str| {
        tokens(&request.headers, name).any(|found| found.eq_ignore_ascii_case(token))
    };
    if request.method != "GET" {
        return Err("the method must be GET");
    }
    if !has("upgrade", "websocket") || !has("connection", "upgrade") {
        return Err("this address speaks WebSocket");
    }
    if header(&request.headers, "sec-websocket-version") != Some("13") {
        return Err("the WebSocket version must be 13");
    }
    let key = header(&request.headers, "sec-websocket-key").unwrap_or_default();
    match STANDARD.decode(key) {
        Ok(nonce) if nonce.len() == 16 => Ok(key),
        _ => Err("the WebSocket key must be 16 bytes in base64"),
    }
}

/// The proof that a server understood a client's key.
pub(super) fn accept_value(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(ACCEPT_SALT.as_bytes());
    STANDARD.encode(hash.finalize())
}

/// A fresh key for a request.
pub(super) fn new_key() -> Result<String, getrandom::Error> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce)?;
    Ok(STANDARD.encode(nonce))
}

/// Whether a text can stand in a head without breaking out of its line.
pub(super) fn is_one_line(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_control())
}

/// The response that opens the connection. Lines that would break the head are left out.
pub(super) fn switching_protocols(
    key: &str,
    subprotocol: Option<&str>,
    headers: &[(&str, &str)],
) -> String {
    let accept = accept_value(key);
    let mut head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nx-iii-capabilities: tcp-nodelay\r\n"
    );
    let subprotocol = subprotocol.map(|name| ("Sec-WebSocket-Protocol", name));
    for (name, value) in subprotocol.iter().chain(headers) {
        push_line(name, value, &mut head);
    }
    head.push_str("\r\n");
    head
}

/// A complete response without an upgrade.
pub(super) fn refusal(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason_phrase(status));
    for (name, value) in headers {
        push_line(name, value, &mut head);
    }
    let length = body.len();
    head.push_str("Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n");
    head + &format!("Content-Length: {length}\r\n\r\n{body}")
}

/// The request of a client.
pub(super) fn request(
    authority: &str,
    target: &str,
    key: &str,
    headers: &[(String, String)],
) -> String {
    let mut head = format!(
        "GET {target} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
    );
    for (name, value) in headers {
        push_line(name, value, &mut head);
    }
    head.push_str("\r\n");
    head
}

fn push_line(name: &str, value: &str, head: &mut String) {
    if is_one_line(name) && is_one_line(value) {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    }
}

const fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_is_answered_as_printed_there() {
        assert_eq!(
            accept_value("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn a_request_says_what_is_wrong_with_it() {
        let good = request("h", "/x?y=1", "dGhlIHNhbXBsZSBub25jZQ==", &[]);
        let problem = |text: &str| {
            let (head, length) = parse_request(text.as_bytes()).unwrap().unwrap();
            assert_eq!(length, text.len());
            assert_eq!(head.target, "/x?y=1");
            websocket_key(&head).err()
        };
        assert_eq!(problem(&good), None);
        assert_eq!(
            problem(&good.replace("Connection: Upgrade", "Connection: keep-alive, upgrade")),
            None
        );
        for (from, to, part) in [
            ("GET", "POST", "GET"),
            ("websocket", "h2c", "WebSocket"),
            ("Version: 13", "Version: 8", "version"),
            ("Key: dGhl", "Key: ", "key"),
        ] {
            let reason = problem(&good.replace(from, to)).unwrap();
            assert!(reason.contains(part), "{reason}");
        }
        assert!(
            parse_request(b"GET / HTTP/1.1\r\nHost: h\r\n")
                .unwrap()
                .is_none()
        );
        assert!(parse_request(b"\x16\x03\x01\x02\x00").is_err());
    }

    #[test]
    fn values_cannot_break_out_of_their_line() {
        let head = switching_protocols("k", Some("a\r\nX: 1"), &[("ok", "1"), ("bad", "2\n")]);
        assert!(head.contains("\r\nok: 1\r\n"));
        assert!(!head.contains("bad") && !head.contains("X: 1"), "{head}");
    }
}
