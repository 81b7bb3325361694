//! `iii-transport`: a channel end, which carries raw frames.

use anyhow::Result;
use iii_transport::ChannelEnd as _;
use iii_transport::ws::{Answer, Limits, Upgrade};
use std::cell::LazyCell;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::net::TcpStream;

/// What is queued is written at the latest at this size, while it is still in the cache.
const FLUSH_BYTES: usize = 64 * 1024;

thread_local! {
    static LIMITS: LazyCell<Arc<Limits>> = const { LazyCell::new(Arc::default) };
}

pub async fn echo(socket: TcpStream) -> Result<()> {
    let upgrade = Upgrade::read(socket, Duration::from_secs(10)).await?;
    let limits = LIMITS.with(|limits| Arc::clone(limits));
    let mut channel = upgrade.accept_channel(Answer::default(), limits).await?;
    poll_fn(|context| {
        loop {
            match channel.poll_receive(context) {
                Poll::Ready(Ok(frame)) => {
                    channel.send(frame);
                    if channel.queued_bytes() >= FLUSH_BYTES {
                        ready!(channel.poll_flush(context))?;
                    }
                }
                Poll::Ready(Err(closed)) => return Poll::Ready(Err(closed.into())),
                Poll::Pending => {
                    ready!(channel.poll_flush(context))?;
                    return Poll::Pending;
                }
            }
        }
    })
    .await
}
