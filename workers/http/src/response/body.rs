//! Response bodies: whole, or streamed from a channel.

use bytes::Bytes;
use futures_util::Stream;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

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
    /// Either of them, with somebody who wants to know how it went.
    Watched(Box<Watched>),
}

/// Is told when a body has been sent, or given up.
pub(crate) trait Watch: Send {
    /// `bytes` were handed to the connection; `complete` tells whether that was all of it.
    fn ended(self: Box<Self>, bytes: u64, complete: bool);
}

/// A body and who watches it.
pub(crate) struct Watched {
    body: ResponseBody,
    bytes: u64,
    complete: bool,
    watch: Option<Box<dyn Watch>>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        let complete = self.complete || self.body.is_end_stream();
        if let Some(watch) = self.watch.take() {
            watch.ended(self.bytes, complete);
        }
    }
}

impl ResponseBody {
    pub(crate) fn full(bytes: Bytes) -> Self {
        Self::Full((!bytes.is_empty()).then_some(bytes))
    }

    /// The same body, with somebody who wants to know how it went.
    pub(crate) fn watched(self, watch: Box<dyn Watch>) -> Self {
        Self::Watched(Box::new(Watched {
            body: self,
            bytes: 0,
            complete: false,
            watch: Some(watch),
        }))
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
            Self::Watched(watched) => {
                let frame = ready!(Pin::new(&mut watched.body).poll_frame(context));
                match &frame {
                    Some(Ok(frame)) => {
                        watched.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                    }
                    Some(Err(_)) => {}
                    None => watched.complete = true,
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.is_none(),
            Self::Streamed(_) => false,
            Self::Watched(watched) => watched.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Streamed(_) => SizeHint::default(),
            Self::Watched(watched) => watched.body.size_hint(),
        }
    }
}
