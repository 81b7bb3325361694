//! The answer of a port that may be there at once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A boxed future, for object-safe async methods.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The answer of a port operation: there already, or a future.
///
/// An operation begins when the method is called, not when its reply is first polled; whoever drops
/// a reply only stops waiting. A store in memory answers without allocating.
#[must_use = "the operation was begun; await its outcome"]
pub struct Reply<T>(State<T>);

enum State<T> {
    Ready(Option<T>),
    Later(BoxFuture<'static, T>),
}

impl<T> Reply<T> {
    /// An answer that is there.
    pub fn ready(value: T) -> Self {
        Self(State::Ready(Some(value)))
    }

    /// An answer that comes later. What it answers must have been begun already.
    pub fn later(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(State::Later(Box::pin(future)))
    }
}

impl<T: Unpin> Future for Reply<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match &mut self.0 {
            State::Ready(value) => Poll::Ready(
                value
                    .take()
                    .expect("a reply is not polled after its answer"),
            ),
            State::Later(future) => future.as_mut().poll(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_kinds_answer() {
        assert_eq!(Reply::ready(1).await, 1);
        let (send, receive) = tokio::sync::oneshot::channel();
        let later = Reply::later(async move { receive.await.unwrap_or(0) });
        send.send(2).unwrap();
        assert_eq!(later.await, 2);
    }
}
