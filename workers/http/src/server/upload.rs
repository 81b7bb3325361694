//! Sends a raw request body through its channel as it arrives: what the function does not take,
//! the client is not asked for, and nothing piles up here.

use super::refusal::Refusal;
use crate::request::{BodyError, discard, next_frame};
use crate::tasks::Tasks;
use hyper::body::Incoming;
use iii_kit::ChannelWriter;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A body on its way. Dropping it ends that; the client is still listened to for a while, so that
/// it sees the answer.
pub(crate) struct Upload {
    /// Why the body broke off.
    pub(crate) failed: oneshot::Receiver<Refusal>,
    _running: DropGuard,
}

/// How much and how long.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) bytes_max: usize,
    /// How long the client may pause.
    pub(crate) idle: Duration,
}

/// Begins to send a body.
pub(crate) fn start(
    tasks: &Tasks,
    mut body: Incoming,
    writer: ChannelWriter,
    bounds: Bounds,
) -> Upload {
    let (tell, failed) = oneshot::channel();
    let end = CancellationToken::new();
    let running = end.clone().drop_guard();
    tasks.spawn(async move {
        let sent = end
            .run_until_cancelled(send(&mut body, writer, bounds))
            .await;
        if let Some(Err(failure)) = sent {
            // The answer may have been given meanwhile.
            let _ = tell.send(failure.into());
        }
        discard(body).await;
    });
    Upload {
        failed,
        _running: running,
    }
}

async fn send(
    body: &mut Incoming,
    mut writer: ChannelWriter,
    bounds: Bounds,
) -> Result<(), BodyError> {
    let mut sent = 0;
    loop {
        let frame = match next_frame(body, bounds.idle).await {
            Ok(frame) => frame,
            Err(failure) => {
                writer.abort().await;
                return Err(failure);
            }
        };
        let Some(frame) = frame else {
            // A function that does not want its body closes the channel; that is no failure.
            let _ = writer.finish().await;
            return Ok(());
        };
        // Trailers carry nothing a function sees.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        sent += data.len();
        if sent > bounds.bytes_max {
            writer.abort().await;
            let limit = bounds.bytes_max;
            return Err(BodyError::TooLarge { limit });
        }
        if writer.write(data).await.is_err() {
            return Ok(());
        }
    }
}
