//! Runs handlers' futures so that a panic stays theirs.

use iii_transport::BoxFuture;
use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

/// A handler panicked, with this message.
#[derive(Debug)]
pub(crate) struct Panicked(pub(crate) String);

/// What became of a future after its first poll.
pub(crate) enum Started<T> {
    /// It has ended.
    Ended(Result<T, Panicked>),
    /// It waits for something and belongs into a task of its own.
    Waits(BoxFuture<'static, T>),
}

/// Makes a future and polls it once. Most handlers end at once, and a task for them would cost more
/// than they do.
pub(crate) fn start<T>(make: impl FnOnce() -> BoxFuture<'static, T>) -> Started<T> {
    // Nobody needs to be woken: a future that waits is polled again by the task it is moved to.
    let mut context = Context::from_waker(Waker::noop());
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut future = make();
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => Started::Ended(Ok(output)),
            Poll::Pending => Started::Waits(future),
        }
    }));
    polled.unwrap_or_else(|cause| Started::Ended(Err(panicked(cause.as_ref()))))
}

/// Goes on with a started future to its end.
pub(crate) async fn end<T>(started: Started<T>) -> Result<T, Panicked> {
    match started {
        Started::Ended(ended) => ended,
        Started::Waits(future) => finish(future).await,
    }
}

/// Runs a future to its end.
pub(crate) async fn finish<T>(mut future: BoxFuture<'static, T>) -> Result<T, Panicked> {
    let output = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(cause) => Poll::Ready(Err(panicked(cause.as_ref()))),
        }
    })
    .await;
    // What a panic left behind may panic again when it is dropped.
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(future)));
    dropped.map_err(|cause| panicked(cause.as_ref()))?;
    output
}

fn panicked(cause: &(dyn Any + Send)) -> Panicked {
    let text = cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned());
    Panicked(text.unwrap_or_else(|| "unknown cause".to_owned()))
}
