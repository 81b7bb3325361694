//! Response bodies: whole, or streamed from a channel.

use bytes::Bytes;
use futures_util::Stream;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The function gave its response up after it had begun. The connection is closed, so that the
/// client sees that the body is incomplete.
#[derive(Debug, thiserror::Error)]
#[error("the function gave up its response")]
pub(crate) struct Truncated;

/// Parts of a body in the making; polled only when the client takes more.
pub(crate) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Truncated>> + Send>>;

/// What follows the head of a response. Dropping it tells whoever still writes.
pub(crate) enum ResponseBody {
    /// Everything at once; `None` when it was sent.
    Full(Option<Bytes>),
    /// Part by part.
    Streamed(Chunks),
}

impl ResponseBody {
    pub(crate) fn full(bytes: Bytes) -> Self {
        Self::Full((!bytes.is_empty()).then_some(bytes))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Truncated;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Truncated>>> {
        match self.get_mut() {
            Self::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Streamed(chunks) => chunks
                .as_mut()
                .poll_next(context)
                .map(|chunk| chunk.map(|part| part.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Streamed(_) => SizeHint::default(),
        }
    }
}
