//! A pair of in-process connections.

use super::limits::Limits;
use super::pipe::{Flushed, Receiver, Sender, pipe};
use super::weight::message_bytes;
use crate::{Closed, Connection, Inbound};
use iii_protocol::{DecodeError, DecodeErrorKind, Message};
use std::task::{Context, Poll, Waker};

/// Weight of a probe or its answer.
const PROBE_BYTES: usize = 16;

/// Makes two connections that talk to each other.
#[must_use]
pub fn pair(limits: Limits) -> (MemoryConnection, MemoryConnection) {
    let (to_right, from_left) = pipe(limits.unread_bytes_high);
    let (to_left, from_right) = pipe(limits.unread_bytes_high);
    let left = MemoryConnection::new(to_right, from_right, limits.message_bytes_max);
    let right = MemoryConnection::new(to_left, from_left, limits.message_bytes_max);
    (left, right)
}

/// One end of an in-process connection. Made by [`pair`].
pub struct MemoryConnection {
    sender: Sender<Item>,
    receiver: Receiver<Item>,
    message_bytes_max: usize,
    ended: Option<Closed>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "nearly every item is a message; a box would be an allocation per message"
)]
enum Item {
    Inbound(Inbound),
    Ping,
}

impl MemoryConnection {
    fn new(sender: Sender<Item>, receiver: Receiver<Item>, message_bytes_max: usize) -> Self {
        Self {
            sender,
            receiver,
            message_bytes_max,
            ended: None,
        }
    }

    fn flush_with(&mut self, waker: Option<&Waker>) -> Result<bool, Closed> {
        match (&self.ended, self.sender.flush(waker)) {
            (None | Some(Closed::Locally), Flushed::All) => Ok(true),
            (None | Some(Closed::Locally), Flushed::Partly) => Ok(false),
            (Some(closed), _) => Err(closed.clone()),
            (None, Flushed::Abandoned) => Err(Closed::Lost("the other end was dropped".to_owned())),
        }
    }

    fn take(&mut self, inbound: &mut Vec<Inbound>, max: usize) {
        let mut pinged = false;
        for _ in 0..max.max(1) {
            match self.receiver.next() {
                Some(Item::Inbound(item)) => inbound.push(item),
                Some(Item::Ping) => {
                    pinged = true;
                    inbound.push(Inbound::Alive);
                }
                None => break,
            }
        }
        if pinged {
            // One answer proves life for every probe of the batch.
            self.sender
                .queue(Item::Inbound(Inbound::Alive), PROBE_BYTES);
            self.sender.flush(None);
        }
    }
}

impl Connection for MemoryConnection {
    fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        inbound: &mut Vec<Inbound>,
        max: usize,
    ) -> Poll<Result<(), Closed>> {
        if let Some(closed) = &self.ended {
            return Poll::Ready(Err(closed.clone()));
        }
        match self.receiver.poll_ready(context) {
            Poll::Ready(Ok(())) => {
                self.take(inbound, max);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(closed)) => {
                self.ended = Some(closed.clone());
                Poll::Ready(Err(closed))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn send(&mut self, message: &Message) {
        if self.ended.is_some() {
            return;
        }
        let bytes = message_bytes(message);
        if bytes > self.message_bytes_max {
            let refused = too_large(message, bytes as u64, self.message_bytes_max as u64);
            self.sender
                .queue(Item::Inbound(Inbound::Malformed(refused)), PROBE_BYTES);
        } else {
            self.sender
                .queue(Item::Inbound(Inbound::Message(message.clone())), bytes);
        }
    }

    fn ping(&mut self) {
        if self.ended.is_none() {
            self.sender.queue(Item::Ping, PROBE_BYTES);
        }
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        match self.flush_with(Some(context.waker())) {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) => Poll::Pending,
            Err(closed) => Poll::Ready(Err(closed)),
        }
    }

    fn try_flush(&mut self) -> Result<bool, Closed> {
        self.flush_with(None)
    }

    fn queued_bytes(&self) -> usize {
        self.sender.weight()
    }

    fn close(&mut self, code: u16, _reason: &str) {
        if self.ended.is_none() {
            self.sender.finish(Closed::ByPeer { code: Some(code) });
            self.ended = Some(Closed::Locally);
        }
    }
}

/// What the receiver of an oversize message learns of it: enough to answer whoever waits.
fn too_large(message: &Message, size: u64, limit: u64) -> DecodeError {
    let (message_type, invocation_id, registration_id) = match message {
        Message::InvokeFunction(it) => ("invokefunction", it.invocation_id.as_ref(), None),
        Message::InvocationResult(it) => ("invocationresult", Some(&it.invocation_id), None),
        Message::RegisterFunction(it) => ("registerfunction", None, Some(&it.id)),
        Message::RegisterTriggerType(it) => ("registertriggertype", None, Some(&it.id)),
        Message::RegisterTrigger(it) => ("registertrigger", None, Some(&it.id)),
        _ => ("", None, None),
    };
    DecodeError {
        kind: DecodeErrorKind::TooLarge { size, limit },
        message_type: Some(message_type.to_owned()).filter(|name| !name.is_empty()),
        invocation_id: invocation_id.cloned(),
        registration_id: registration_id.map(ToString::to_string),
    }
}
