//! A pair of in-process channel ends.

use super::limits::Limits;
use super::pipe::{Flushed, Receiver, Sender, pipe};
use crate::{ChannelEnd, ChannelFrame, Closed};
use std::task::{Context, Poll};

/// What a frame weighs beside its bytes, so that empty frames are bounded too.
const FRAME_BYTES: usize = 32;

/// Makes two channel ends that talk to each other.
#[must_use]
pub fn channel_pair(limits: Limits) -> (MemoryChannel, MemoryChannel) {
    let (to_right, from_left) = pipe(limits.unread_bytes_high);
    let (to_left, from_right) = pipe(limits.unread_bytes_high);
    (
        MemoryChannel::new(to_right, from_right),
        MemoryChannel::new(to_left, from_left),
    )
}

/// One end of an in-process channel. Made by [`channel_pair`].
pub struct MemoryChannel {
    sender: Sender<ChannelFrame>,
    receiver: Receiver<ChannelFrame>,
    ended: Option<Closed>,
}

impl MemoryChannel {
    fn new(sender: Sender<ChannelFrame>, receiver: Receiver<ChannelFrame>) -> Self {
        Self {
            sender,
            receiver,
            ended: None,
        }
    }
}

impl ChannelEnd for MemoryChannel {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<ChannelFrame, Closed>> {
        if let Some(closed) = &self.ended {
            return Poll::Ready(Err(closed.clone()));
        }
        loop {
            if let Some(frame) = self.receiver.next() {
                return Poll::Ready(Ok(frame));
            }
            match self.receiver.poll_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(closed)) => {
                    self.ended = Some(closed.clone());
                    return Poll::Ready(Err(closed));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn send(&mut self, frame: ChannelFrame) {
        if self.ended.is_some() {
            return;
        }
        let (ChannelFrame::Binary(bytes) | ChannelFrame::Text(bytes)) = &frame;
        let weight = FRAME_BYTES + bytes.len();
        self.sender.queue(frame, weight);
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        match (&self.ended, self.sender.flush(Some(context.waker()))) {
            (None | Some(Closed::Locally), Flushed::All) => Poll::Ready(Ok(())),
            (None | Some(Closed::Locally), Flushed::Partly) => Poll::Pending,
            (Some(closed), _) => Poll::Ready(Err(closed.clone())),
            (None, Flushed::Abandoned) => {
                Poll::Ready(Err(Closed::Lost("the other end was dropped".to_owned())))
            }
        }
    }

    fn queued_bytes(&self) -> usize {
        self.sender.weight()
    }

    fn close(&mut self, code: u16) {
        if self.ended.is_none() {
            self.sender.finish(Closed::ByPeer { code: Some(code) });
            self.ended = Some(Closed::Locally);
        }
    }
}
