//! A scripted engine: a listener whose every frame the scenario writes.

mod frame;

use crate::clock;
use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub(crate) use frame::Frame;
use iii_testkit::PATIENCE;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// What RFC 6455 appends to a key.
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Longest request head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Connections that nobody has looked at yet.
const ARRIVALS_MAX: usize = 64;

/// Listens; nothing else happens by itself.
pub(crate) struct FakeEngine {
    url: String,
    arrivals: Receiver<Arrival>,
}

/// Somebody connects.
pub(crate) struct Arrival {
    stream: TcpStream,
    pub(crate) at: Instant,
}

/// A connection after the upgrade.
pub(crate) struct Peer {
    stream: TcpStream,
    /// What the client said in the request's head.
    pub(crate) head: String,
}

impl FakeEngine {
    pub(crate) fn listen() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = format!("ws://{}", listener.local_addr()?);
        let (sender, arrivals) = sync_channel(ARRIVALS_MAX);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let at = clock::now();
                if sender.send(Arrival { stream, at }).is_err() {
                    return;
                }
            }
        });
        Ok(Self { url, arrivals })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The next connection, not answered yet. Dropped it is a refusal without words.
    pub(crate) fn arrival(&self) -> Result<Arrival> {
        let arrival = self.arrivals.recv_timeout(PATIENCE);
        arrival.map_err(|error| anyhow!("nobody connects: {error}"))
    }

    /// Nobody connects for that long.
    pub(crate) fn stays_alone(&self, patience: Duration) -> Result<()> {
        match self.arrivals.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            other => bail!(
                "somebody connects again: {:?}",
                other.map(|arrival| arrival.at)
            ),
        }
    }

    /// The next connection, upgraded.
    pub(crate) fn accept(&self) -> Result<Peer> {
        self.arrival()?.upgrade()
    }

    /// The next connection, upgraded and greeted as our engine does.
    pub(crate) fn welcome(&self) -> Result<Peer> {
        let mut peer = self.accept()?;
        peer.greet()?;
        Ok(peer)
    }
}

impl Arrival {
    fn head(&mut self) -> Result<String> {
        self.stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            ensure!(head.len() < HEAD_BYTES_MAX, "the request's head has no end");
            self.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        Ok(String::from_utf8(head)?)
    }

    /// Answers the request with an HTTP status and no connection.
    pub(crate) fn refuse(mut self, status: &str) -> Result<()> {
        self.head()?;
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        Ok(self.stream.write_all(answer.as_bytes())?)
    }

    fn upgrade(mut self) -> Result<Peer> {
        let head = self.head()?;
        let key = header(&head, "sec-websocket-key").context("no key")?;
        let digest = Sha1::digest(format!("{key}{KEY_SUFFIX}"));
        let mut answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: {}\r\n",
            STANDARD.encode(digest)
        );
        let offered = header(&head, "sec-websocket-protocol").unwrap_or_default();
        if let Some(first) = offered.split(',').next().filter(|first| !first.is_empty()) {
            answer += "sec-websocket-protocol: ";
            answer += first.trim();
            answer += "\r\n";
        }
        answer += "\r\n";
        self.stream.write_all(answer.as_bytes())?;
        Ok(Peer {
            stream: self.stream,
            head,
        })
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

impl Peer {
    /// The first word of our engine.
    pub(crate) fn greet(&mut self) -> Result<()> {
        self.greet_with(&json!({ "features": ["iii-kit.v1"] }))
    }

    /// A first word with other fields.
    pub(crate) fn greet_with(&mut self, fields: &Value) -> Result<()> {
        let mut greeting = json!({
            "type": "workerregistered",
            "worker_id": "5a1c1f0e-93f4-4bd7-9d0f-000000000001",
        });
        for (name, value) in fields.as_object().into_iter().flatten() {
            greeting[name] = value.clone();
        }
        self.send(&greeting)
    }

    pub(crate) fn send(&mut self, message: &Value) -> Result<()> {
        self.send_text(&message.to_string())
    }

    pub(crate) fn send_text(&mut self, text: &str) -> Result<()> {
        self.send_frame(&Frame::Text(text.as_bytes().to_vec()))
    }

    pub(crate) fn send_frame(&mut self, frame: &Frame) -> Result<()> {
        Ok(self.stream.write_all(&frame.bytes())?)
    }

    /// The next frame, whatever it is.
    pub(crate) fn receive(&mut self) -> Result<Frame> {
        Frame::read(&mut self.stream)
    }

    /// The next message of this type. Others are skipped, pings are answered.
    pub(crate) fn expect(&mut self, message_type: &str) -> Result<Value> {
        self.expect_that(message_type, |message| message["type"] == message_type)
    }

    /// The client's call of a function.
    pub(crate) fn expect_call(&mut self, function: &str) -> Result<Value> {
        self.expect_that(function, |message| {
            message["type"] == "invokefunction" && message["function_id"] == function
        })
    }

    fn expect_that(&mut self, what: &str, accept: impl Fn(&Value) -> bool) -> Result<Value> {
        loop {
            let frame = self
                .receive()
                .with_context(|| format!("waiting for {what}"))?;
            match frame {
                Frame::Text(text) | Frame::Binary(text) => {
                    let message: Value = serde_json::from_slice(&text)?;
                    if accept(&message) {
                        return Ok(message);
                    }
                    if message["type"] == "ping" {
                        self.send(&json!({ "type": "pong" }))?;
                    }
                }
                Frame::Ping(text) => self.send_frame(&Frame::Pong(text))?,
                Frame::Pong(_) => {}
                Frame::Close(code) => bail!("closed with {code:?} instead of {what}"),
            }
        }
    }

    /// Acknowledges the next function that is registered.
    pub(crate) fn accept_function(&mut self, function: &str) -> Result<()> {
        let message = self.expect_that(function, |message| {
            message["type"] == "registerfunction" && message["id"] == function
        })?;
        let id = &message["id"];
        self.send(&json!({ "type": "functionregistered", "id": id, "namespace": "default" }))
    }
}
