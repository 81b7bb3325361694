//! A small HTTP/1.1 client that sends exactly what a test wrote.

use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The body ended as its head promised.
    pub(crate) complete: bool,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends a request with a host and, if there is one, a JSON body.
    pub(crate) async fn request(&mut self, line: &str, headers: &[&str], body: &str) {
        let mut text = format!("{line} HTTP/1.1\r\nhost: test\r\n");
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        if !body.is_empty() {
            text.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
        }
        text.push_str("\r\n");
        text.push_str(body);
        self.send(text).await;
    }

    /// Reads the head of a response.
    pub(crate) async fn head(&mut self) -> Reply {
        let mut reply = Reply {
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
            complete: true,
        };
        let status = self.line().await.expect("a response");
        reply.status = status.split(' ').nth(1).unwrap().parse().unwrap();
        loop {
            let line = self.line().await.expect("a whole head");
            let Some((name, value)) = line.split_once(':') else {
                return reply;
            };
            let header = (name.to_ascii_lowercase(), value.trim().to_owned());
            reply.headers.push(header);
        }
    }

    /// Reads a whole response to a request that was not HEAD.
    pub(crate) async fn reply(&mut self) -> Reply {
        let mut reply = self.head().await;
        if reply.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk(&mut reply.complete).await {
                reply.body.extend_from_slice(&chunk);
            }
        } else if let Some(length) = reply.header("content-length") {
            reply.body = vec![0; length.parse().unwrap()];
            self.stream.read_exact(&mut reply.body).await.unwrap();
        }
        reply
    }

    /// The next chunk; `None` at the end, with `complete` cleared when the connection just ended.
    pub(crate) async fn chunk(&mut self, complete: &mut bool) -> Option<Vec<u8>> {
        let Some(size) = self.line().await else {
            *complete = false;
            return None;
        };
        let size = usize::from_str_radix(&size, 16).unwrap();
        let mut chunk = vec![0; size + 2];
        self.stream.read_exact(&mut chunk).await.unwrap();
        chunk.truncate(size);
        (size > 0).then_some(chunk)
    }

    /// Whether the server has closed the connection, without another byte.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.stream.read_u8().await.is_err()
    }

    /// Everything up to the end of the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = self.stream.read_to_end(&mut rest).await;
        rest
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line).await {
            Ok(read) if read > 0 => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|header| header.0 == name);
        found.map(|header| header.1.as_str())
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|header| header.0 == name);
        found.map(|header| header.1.as_str()).collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn error_code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, line: &str, headers: &[&str], body: &str) -> Reply {
    let mut connection = Connection::open(address).await;
    connection.request(line, headers, body).await;
    connection.reply().await
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Reply {
    ask(address, &format!("GET {path}"), &[], "").await
}

/// Waits until nobody listens there any more.
pub(crate) async fn refused(address: SocketAddr) {
    iii_testkit::eventually("connections are refused", async || {
        TcpStream::connect(address).await.err()
    })
    .await;
}

pub(crate) const JSON: &str = "content-type: application/json";

pub(crate) async fn post(address: SocketAddr, path: &str, body: &str) -> Reply {
    ask(address, &format!("POST {path}"), &[JSON], body).await
}
