//! Bodies that are compressed while they are sent.

use super::encoder::Encoder;
use crate::response::{Chunks, Truncated};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Compresses what a function streams. Every chunk can be read by the client when it arrives, as
/// it could without compression; events depend on that.
pub(super) fn flushing(chunks: Chunks, encoder: Encoder) -> Chunks {
    let encoder = Some(encoder);
    Box::pin(Flushing { chunks, encoder })
}

/// Compresses a large body step by step, and lets others run in between.
pub(super) fn stepwise(bytes: Bytes, encoder: Encoder, step_bytes: usize) -> Chunks {
    let steps = stream::unfold(
        (bytes, Some(encoder)),
        move |(mut left, encoder)| async move {
            let mut encoder = encoder?;
            tokio::task::yield_now().await;
            let step = left.split_to(left.len().min(step_bytes));
            if step.is_empty() {
                return Some((Ok(Bytes::from(encoder.finish())), (left, None)));
            }
            if encoder.write(&step).is_err() {
                return Some((Err(Truncated), (left, None)));
            }
            Some((Ok(Bytes::from(encoder.take())), (left, Some(encoder))))
        },
    );
    // An empty chunk would end a chunked body.
    Box::pin(steps.filter(|part| {
        let keep = part.as_ref().map_or(true, |bytes| !bytes.is_empty());
        std::future::ready(keep)
    }))
}

struct Flushing {
    chunks: Chunks,
    /// `None` once the end is out.
    encoder: Option<Encoder>,
}

impl Stream for Flushing {
    type Item = Result<Bytes, Truncated>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.encoder.is_none() {
                return Poll::Ready(None);
            }
            let chunk = match ready!(self.chunks.as_mut().poll_next(context)) {
                Some(Ok(chunk)) => chunk,
                Some(Err(truncated)) => return Poll::Ready(Some(Err(truncated))),
                None => {
                    let end = self.encoder.take().map(Encoder::finish).unwrap_or_default();
                    let end = (!end.is_empty()).then(|| Ok(Bytes::from(end)));
                    return Poll::Ready(end);
                }
            };
            let Some(encoder) = &mut self.encoder else {
                return Poll::Ready(None);
            };
            if encoder
                .write(&chunk)
                .and_then(|()| encoder.flush())
                .is_err()
            {
                return Poll::Ready(Some(Err(Truncated)));
            }
            let out = encoder.take();
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Bytes::from(out))));
            }
        }
    }
}
