//! Answers over HTTP/2, no faster than their client takes them.
//!
//! A client makes room for each answer by itself, so its socket tells nothing about one that it
//! has stopped reading. An answer is therefore handed out in parts, each when there is room for it,
//! and its request ends when no part was asked for during `write_idle_timeout_ms`.

use super::patience::Patience;
use crate::limits::HTTP2_PART_BYTES;
use crate::response::{ResponseBody, Truncated};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Who has to act for an answer to go on. Shared by its body and by what runs its request.
#[derive(Clone, Default)]
pub(super) struct Turn(Arc<AtomicU64>);

/// It is the client's turn since so many parts, of which there are never so many.
const OURS: u64 = u64::MAX;

/// A body that says whose turn it is.
pub(super) struct Paced {
    body: ResponseBody,
    /// Of a part that was too large for one go.
    rest: Bytes,
    parts: u64,
    turn: Turn,
}

impl Turn {
    pub(super) fn new() -> Self {
        let turn = Self::default();
        turn.is_ours();
        turn
    }

    fn is_ours(&self) {
        self.0.store(OURS, Ordering::Relaxed);
    }
}

impl Paced {
    pub(super) fn new(body: ResponseBody, turn: Turn) -> Self {
        turn.0.store(0, Ordering::Relaxed);
        Self {
            body,
            rest: Bytes::new(),
            parts: 0,
            turn,
        }
    }

    fn hand_out(&mut self, mut part: Bytes) -> Frame<Bytes> {
        self.rest = if part.len() > HTTP2_PART_BYTES {
            part.split_off(HTTP2_PART_BYTES)
        } else {
            Bytes::new()
        };
        self.parts += 1;
        self.turn.0.store(self.parts, Ordering::Relaxed);
        Frame::data(part)
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Truncated;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Truncated>>> {
        let this = &mut *self;
        if !this.rest.is_empty() {
            let rest = std::mem::take(&mut this.rest);
            return Poll::Ready(Some(Ok(this.hand_out(rest))));
        }
        this.turn.is_ours();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| match frame?.into_data() {
            Ok(part) => Ok(this.hand_out(part)),
            Err(trailers) => Ok(trailers),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // Asked before the first part alone.
        self.body.size_hint()
    }
}

/// Runs a request until it is answered, or its client does not take the answer for `limit`. `turn`
/// is that of the answer; without one it may take as long as it likes.
pub(super) async fn until_taken(
    request: impl Future<Output = ()>,
    turn: Option<Turn>,
    limit: Duration,
) {
    let Some(turn) = turn else {
        return request.await;
    };
    let mut request = pin!(request);
    let mut patience = Patience::new(limit);
    let mut seen = OURS;
    poll_fn(|context| {
        if request.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let now = turn.0.load(Ordering::Relaxed);
        if now != seen {
            seen = now;
            patience.reset();
        }
        if now == OURS {
            return Poll::Pending;
        }
        ready!(patience.poll_lost(context));
        tracing::debug!("http.answer_not_taken");
        Poll::Ready(())
    })
    .await;
}
