//! A client that writes its WebSocket frames by hand, so that it can write bad ones.

use iii_engine::{Config, Engine, Listener, ListenerConfig};
use iii_protocol::Limits;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long anything may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const TEXT: u8 = 1;
const CLOSE: u8 = 8;
/// Set in the second byte of frames from clients.
const MASKED: u8 = 0x80;
const PING: u8 = 9;

/// An engine with a listener on a port of the system's choice.
pub(crate) struct World {
    pub(crate) engine: Engine,
    listener: Listener,
}

impl World {
    pub(crate) fn start(limits: Limits) -> Self {
        Self::with_threads(limits, 2)
    }

    pub(crate) fn with_threads(limits: Limits, threads: usize) -> Self {
        let engine = Engine::start(Config {
            threads,
            limits,
            ..Config::default()
        })
        .unwrap();
        let bind = "127.0.0.1:0".parse().unwrap();
        let listener = engine.listen(ListenerConfig::new(bind)).unwrap();
        Self { engine, listener }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// A connection that has named itself.
    pub(crate) async fn worker(&self, name: &str) -> Raw {
        let mut raw = Raw::connect(self.address(), "/").await;
        raw.name(name).await;
        raw
    }

    /// A worker that offers `function` and is known to the engine.
    pub(crate) async fn serving(&self, name: &str, function: &str) -> Raw {
        let mut raw = self.worker(name).await;
        raw.send(&json!({"type": "registerfunction", "id": function}))
            .await;
        raw.barrier().await;
        raw
    }
}

/// One connection.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
    pub(crate) worker_id: String,
    pub(crate) welcome: Value,
}

/// What the server sent.
#[derive(Debug, PartialEq)]
pub(crate) enum Received {
    Message(Value),
    Binary(Vec<u8>),
    Closed(Option<u16>),
}

impl Raw {
    /// Opens a worker connection and reads its welcome.
    pub(crate) async fn connect(address: SocketAddr, path: &str) -> Self {
        let mut raw = Self::upgrade(address, path).await.unwrap();
        raw.welcome = raw.message().await;
        raw.worker_id = raw.welcome["worker_id"].as_str().unwrap().to_owned();
        raw
    }

    /// Opens any WebSocket; the response head when it is refused.
    pub(crate) async fn upgrade(address: SocketAddr, path: &str) -> Result<Self, String> {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut buffer = Vec::new();
        loop {
            let read = tokio::time::timeout(PATIENCE, stream.read_buf(&mut buffer)).await;
            // A reset is an end as well.
            let ended = read.unwrap().unwrap_or(0) == 0;
            let end = buffer.windows(4).position(|window| window == b"\r\n\r\n");
            match end {
                Some(end) if buffer.starts_with(b"HTTP/1.1 101") => {
                    buffer.drain(..end + 4);
                    let welcome = Value::Null;
                    return Ok(Self {
                        stream,
                        buffer,
                        worker_id: String::new(),
                        welcome,
                    });
                }
                _ if ended => return Err(String::from_utf8_lossy(&buffer).into_owned()),
                _ => {}
            }
        }
    }

    /// Writes one whole frame, masked with zeros.
    pub(crate) async fn frame(&mut self, opcode: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | opcode];
        match payload.len() {
            length @ 0..126 => frame.push(MASKED | length as u8),
            length @ 126..65536 => {
                frame.push(MASKED | 0x7e);
                frame.extend((length as u16).to_be_bytes());
            }
            length => {
                frame.push(MASKED | 0x7f);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.stream.write_all(&frame).await.unwrap();
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.frame(TEXT, text.as_bytes()).await;
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.text(&message.to_string()).await;
    }

    pub(crate) async fn name(&mut self, name: &str) {
        let data = json!({"runtime": "rust", "version": "0", "name": name, "os": "t", "pid": 1});
        let id = "engine::workers::register";
        let action = json!({"type": "void"});
        let call = json!({"type": "invokefunction", "function_id": id, "data": data});
        let mut call = call;
        call["action"] = action;
        self.send(&call).await;
    }

    /// Returns when the engine has dealt with everything sent before.
    pub(crate) async fn barrier(&mut self) {
        self.text(r#"{"type":"ping"}"#).await;
        while self.message().await["type"] != "pong" {}
    }

    /// The next frame that is no ping.
    pub(crate) async fn receive(&mut self) -> Received {
        tokio::time::timeout(PATIENCE, self.next())
            .await
            .expect("the engine says nothing")
    }

    async fn next(&mut self) -> Received {
        loop {
            if let Some((opcode, payload)) = self.take_frame() {
                match opcode {
                    PING => {}
                    TEXT => return Received::Message(serde_json::from_slice(&payload).unwrap()),
                    CLOSE => {
                        let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                        return Received::Closed(code);
                    }
                    _ => return Received::Binary(payload),
                }
            } else {
                match self.stream.read_buf(&mut self.buffer).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return Received::Closed(None),
                }
            }
        }
    }

    fn take_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (&first, &second) = (self.buffer.first()?, self.buffer.get(1)?);
        let (head, length) = match second & 0x7f {
            126 => (
                4,
                u64::from(u16::from_be_bytes(*self.buffer.get(2..)?.first_chunk()?)),
            ),
            127 => (
                10,
                u64::from_be_bytes(*self.buffer.get(2..)?.first_chunk()?),
            ),
            short => (2, u64::from(short)),
        };
        let end = head + length as usize;
        let payload = self.buffer.get(head..end)?.to_vec();
        self.buffer.drain(..end);
        Some((first & 0x0f, payload))
    }

    pub(crate) async fn message(&mut self) -> Value {
        match self.receive().await {
            Received::Message(message) => message,
            other => panic!("expected a message, got {other:?}"),
        }
    }

    /// The answer to the call of that id; other messages are passed over.
    pub(crate) async fn answer(&mut self, id: &str) -> Value {
        loop {
            let message = self.message().await;
            if message["type"] == "invocationresult" && message["invocation_id"] == id {
                return message;
            }
        }
    }

    /// The next call to run.
    pub(crate) async fn invocation(&mut self) -> Value {
        loop {
            let message = self.message().await;
            if message["type"] == "invokefunction" {
                return message;
            }
        }
    }

    pub(crate) async fn call(&mut self, id: &str, function: &str, data: Value) {
        let mut call = json!({"type": "invokefunction", "invocation_id": id});
        call["function_id"] = json!(function);
        call["data"] = data;
        self.send(&call).await;
    }

    /// Answers a call it was given.
    pub(crate) async fn reply(&mut self, call: &Value, result: Value) {
        let mut reply = json!({"type": "invocationresult", "result": result});
        reply["invocation_id"] = call["invocation_id"].clone();
        reply["function_id"] = call["function_id"].clone();
        self.send(&reply).await;
    }
}
