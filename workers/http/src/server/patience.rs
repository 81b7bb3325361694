//! How long a client may take to make room for what it is sent.
//!
//! A client that stops reading costs a connection, and what waits to be sent to it: that is what
//! slow-reading attacks live on. A timer exists only while something cannot be written.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream that fails when nothing could be written to it for too long.
pub(super) struct Patient<S> {
    stream: S,
    patience: Patience,
}

/// How long somebody who has to act has not done so.
pub(super) struct Patience {
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    is_running: bool,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            timer: None,
            is_running: false,
        }
    }

    /// Somebody has acted, or does not have to.
    pub(super) fn reset(&mut self) {
        self.is_running = false;
    }

    /// Ready when `limit` has passed since this was first asked after a reset.
    pub(super) fn poll_lost(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        if !self.is_running {
            self.is_running = true;
            timer.as_mut().reset(Instant::now() + limit);
        }
        timer.as_mut().poll(context)
    }
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self {
            stream,
            patience: Patience::new(limit),
        }
    }

    /// What became of an attempt to write.
    fn judge<T>(&mut self, context: &mut Context<'_>, attempt: Poll<Result<T>>) -> Poll<Result<T>> {
        if attempt.is_ready() {
            self.patience.reset();
            return attempt;
        }
        ready!(self.patience.poll_lost(context));
        let reason = "the client has not read for `write_idle_timeout_ms`";
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, reason)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, attempt)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judge(context, attempt)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(context, attempt)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(context, attempt)
    }
}
