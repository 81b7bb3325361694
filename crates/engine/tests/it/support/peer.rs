//! A client on a real socket that writes its frames by hand and reads JSON as JSON.

use super::messages::{id, invoke_as};
use bytes::BytesMut;
use iii_transport::ws::{
    AssemblyBudget, Decoder, Event, HEADER_BYTES_MAX, Header, Limits, Opcode, Role, apply_mask,
};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for something that must happen.
pub(crate) async fn patient<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(done) = tokio::time::timeout(PATIENCE, future).await else {
        panic!("waited too long for: {what}");
    };
    done
}

/// The end of a connection: a close code or nothing.
#[derive(Clone, Copy, Debug)]
struct End(Option<u16>);

/// One connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    decoder: Decoder,
    input: BytesMut,
    /// Messages that came while another was waited for.
    stash: VecDeque<Value>,
    /// The head of the answer to the handshake.
    pub(crate) head: String,
    pub(crate) worker_id: String,
    pub(crate) token: String,
    /// How the connection ended, if it did.
    ended: Option<End>,
    /// It answers pings, as every WebSocket library does.
    pub(crate) answers_pings: bool,
    /// How many it has answered, for whoever wants to know while this one waits.
    pub(crate) pings_answered: Rc<Cell<u32>>,
}

impl Peer {
    pub(crate) fn new(stream: TcpStream, received: BytesMut, head: String) -> Self {
        const MESSAGE_MAX: usize = 1 << 30;
        let limits = Limits {
            message_bytes_max: MESSAGE_MAX,
            skip_bytes_max: MESSAGE_MAX,
            assembly: Arc::new(AssemblyBudget::new(4 * MESSAGE_MAX)),
        };
        stream.set_nodelay(true).expect("a socket option");
        Self {
            stream,
            decoder: Decoder::new(Role::Client, Arc::new(limits)),
            input: received,
            stash: VecDeque::new(),
            head,
            worker_id: String::new(),
            token: String::new(),
            ended: None,
            answers_pings: true,
            pings_answered: Rc::default(),
        }
    }

    /// Reads the engine's first word.
    pub(crate) async fn welcome(&mut self) {
        let welcome = self.next().await;
        assert_eq!(welcome["type"], "workerregistered");
        let text = |field: &str| welcome[field].as_str().expect(field).to_owned();
        self.worker_id = text("worker_id");
        self.token = text("reattach_token");
    }

    /// Says who it is.
    pub(crate) async fn name(&mut self, name: &str, namespace: Option<&str>, kit: bool) {
        let features = if kit {
            json!(["iii-kit.v1"])
        } else {
            json!([])
        };
        let data = json!({
            "name": name, "namespace": namespace, "pid": 7, "runtime": "raw", "version": "1",
            "features": features,
        });
        let named = self.call("engine::workers::register", data).await;
        assert_eq!(named, Ok(json!({ "success": true })));
    }

    // === Writing ===

    /// Writes one frame.
    pub(crate) async fn frame(&mut self, fin: bool, opcode: Opcode, payload: &[u8]) {
        let key = [3, 1, 4, 1];
        let header = Header {
            fin,
            opcode,
            mask: Some(key),
            payload_bytes: payload.len() as u64,
        };
        let mut head = [0; HEADER_BYTES_MAX];
        let length = header.write(&mut head);
        let mut bytes = Vec::with_capacity(length + payload.len());
        bytes.extend_from_slice(&head[..length]);
        bytes.extend_from_slice(payload);
        apply_mask(&mut bytes[length..], key, 0);
        // A connection that was closed under us is noticed when it is read from.
        let _ = self.stream.write_all(&bytes).await;
    }

    /// Writes bytes as they are.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Writes a text message.
    pub(crate) async fn text(&mut self, text: &str) {
        self.frame(true, Opcode::Text, text.as_bytes()).await;
    }

    /// Writes a message.
    pub(crate) async fn send(&mut self, message: &Value) {
        self.text(&message.to_string()).await;
    }

    // === Reading ===

    /// The next event of the connection; `None` when it has ended.
    async fn event(&mut self) -> Option<Event> {
        loop {
            match self.decoder.next(&mut self.input) {
                Ok(Some(Event::Ping(payload))) => {
                    if self.answers_pings {
                        self.frame(true, Opcode::Pong, &payload).await;
                        self.pings_answered.set(self.pings_answered.get() + 1);
                    }
                }
                Ok(Some(Event::Close(code))) => {
                    self.ended = Some(End(code));
                    return None;
                }
                Ok(Some(event)) => return Some(event),
                Ok(None) => {
                    let read = self.stream.read_buf(&mut self.input).await;
                    if !matches!(read, Ok(1..)) {
                        self.ended.get_or_insert(End(None));
                        return None;
                    }
                }
                Err(violation) => panic!("the engine broke the rules: {violation}"),
            }
        }
    }

    /// Reads one message, or learns that there are no more.
    async fn read(&mut self) -> Option<Value> {
        if self.ended.is_some() {
            return None;
        }
        match patient("a message", self.event()).await? {
            Event::Text(text) => Some(serde_json::from_slice(&text).expect("JSON")),
            other => panic!("unexpected {other:?}"),
        }
    }

    /// The next text message as it came.
    pub(crate) async fn stream_text(&mut self) -> String {
        match patient("a text", self.event()).await {
            Some(Event::Text(text)) => String::from_utf8(text.into()).expect("UTF-8"),
            other => panic!("no text but {other:?}"),
        }
    }

    /// Reads up to so many bytes without looking at them; they are decoded later.
    pub(crate) async fn take(&mut self, bytes: usize) -> usize {
        let mut limited = (&mut self.stream).take(bytes as u64);
        let read = patient("bytes", limited.read_buf(&mut self.input)).await;
        read.expect("the socket works")
    }

    /// A round trip on the level of frames, which also works inside a message.
    pub(crate) async fn assert_pong(&mut self) {
        self.frame(true, Opcode::Ping, b"x").await;
        let event = patient("a pong", self.event()).await;
        assert_eq!(event, Some(Event::Pong));
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        if let Some(stashed) = self.stash.pop_front() {
            return stashed;
        }
        let message = self.read().await;
        message.unwrap_or_else(|| panic!("the connection ended with {:?}", self.ended))
    }

    /// The first message for which `wanted` holds; others are kept for later.
    pub(crate) async fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.stash.iter().position(&wanted) {
            return self.stash.remove(at).expect("it was just found");
        }
        loop {
            let message = self.read().await;
            let Some(message) = message else {
                panic!(
                    "the connection ended with {:?}: {:?}",
                    self.ended, self.stash
                );
            };
            if wanted(&message) {
                return message;
            }
            self.stash.push_back(message);
        }
    }

    /// The first message of a type.
    pub(crate) async fn wait_type(&mut self, message_type: &str) -> Value {
        self.wait(|message| message["type"] == message_type).await
    }

    /// Reads to the end of the connection and gives its close code, if it had one.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        while let Some(message) = self.read().await {
            self.stash.push_back(message);
        }
        self.ended.and_then(|End(code)| code)
    }

    /// A round trip if the connection is still there; whether it was.
    pub(crate) async fn survives(&mut self) -> bool {
        self.send(&json!({ "type": "ping" })).await;
        while let Some(message) = self.read().await {
            if message["type"] == "pong" {
                return true;
            }
        }
        false
    }

    /// Everything that came and was not asked for.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        self.stash.drain(..).collect()
    }

    /// Two round trips: everything sent before was handled, and what followed from it for this
    /// connection has come. The first pong may overtake an answer of the catalog's, which comes
    /// with the same turn of the engine; the second cannot.
    pub(crate) async fn sync(&mut self) {
        for _ in 0..2 {
            self.send(&json!({ "type": "ping" })).await;
            self.wait_type("pong").await;
        }
    }

    /// Asserts that nothing has come, after a round trip.
    pub(crate) async fn assert_silent(&mut self) {
        self.sync().await;
        assert_eq!(self.rest(), Vec::<Value>::new(), "nothing was expected");
    }

    // === Calling and being called ===

    /// Calls a function: its result, or its error body.
    pub(crate) async fn call(&mut self, function: &str, data: Value) -> Result<Value, Value> {
        let id = id();
        self.send(&invoke_as(&id, function, data)).await;
        self.outcome(&id).await
    }

    /// The outcome of a call.
    pub(crate) async fn outcome(&mut self, id: &str) -> Result<Value, Value> {
        let of = |m: &Value| m["type"] == "invocationresult" && m["invocation_id"] == *id;
        let mut result = self.wait(of).await;
        match result.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(result["result"].take()),
        }
    }

    /// Offers a function.
    pub(crate) async fn offer(&mut self, function: &str) {
        self.offer_as(json!({ "id": function })).await;
    }

    /// Offers a function with more to say about it.
    pub(crate) async fn offer_as(&mut self, mut function: Value) {
        function["type"] = json!("registerfunction");
        self.send(&function).await;
        self.sync().await;
    }

    /// The next call it is given.
    pub(crate) async fn given(&mut self) -> Value {
        self.wait_type("invokefunction").await
    }

    /// Answers a call with a result.
    pub(crate) async fn answer(&mut self, call: &Value, result: Value) {
        self.send(&json!({
            "type": "invocationresult",
            "invocation_id": call["invocation_id"],
            "function_id": call["function_id"],
            "result": result,
        }))
        .await;
    }
}
