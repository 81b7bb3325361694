//! A worker from a function.

use crate::{Client, Running, StartError, Worker, WorkerOptions};
use iii_transport::BoxFuture;
use std::future::Future;

/// A worker of this name that registers what it offers in `start` and has nothing to close.
///
/// ```no_run
/// # async fn example() -> Result<(), iii_kit::RunError> {
/// use iii_kit::{Context, HandlerError, RegisterFunction};
///
/// let greeter = iii_kit::worker("greeter", |iii| async move {
///     let hello = RegisterFunction::new(|name: String, _: Context| async move {
///         Ok::<_, HandlerError>(format!("hello {name}"))
///     });
///     iii.register_function("greeter::hello", hello).await?;
///     Ok(())
/// });
/// iii_kit::run(iii_kit::DEFAULT_ENGINE_URL, greeter).await
/// # }
/// ```
pub fn worker<F, Fut>(name: impl Into<String>, start: F) -> impl Worker
where
    F: FnOnce(Client) -> Fut + Send + 'static,
    Fut: Future<Output = Result<(), StartError>> + Send + 'static,
{
    WorkerFn {
        name: name.into(),
        start,
    }
}

struct WorkerFn<F> {
    name: String,
    start: F,
}

impl<F, Fut> Worker for WorkerFn<F>
where
    F: FnOnce(Client) -> Fut + Send + 'static,
    Fut: Future<Output = Result<(), StartError>> + Send + 'static,
{
    fn options(&self) -> WorkerOptions {
        WorkerOptions::new(&self.name)
    }

    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>> {
        Box::pin(async move {
            (self.start)(client).await?;
            Ok(Running::idle())
        })
    }
}
