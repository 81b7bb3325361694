//! Moves the frames of one channel from its writer to its reader.

use super::tasks;
use iii_transport::{ChannelEnd, Closed, close_code};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

/// Most bytes a channel holds for its reader, beside the frame that reaches it.
const BUFFER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long an end may take to read its farewell, and to answer it.
const FAREWELL: Duration = Duration::from_secs(5);

/// A channel with both ends attached.
pub(super) struct Stream {
    pub(super) writer: Box<dyn ChannelEnd>,
    pub(super) reader: Box<dyn ChannelEnd>,
    pub(super) buffer_frames: usize,
    pub(super) running: Arc<AtomicUsize>,
}

enum End {
    /// The writer's end, with its close code.
    Writer(u16),
    /// The reader is gone.
    Reader,
}

/// Runs the channel on this thread.
pub(super) fn start(stream: Stream) {
    tasks::spawn(run(stream));
}

async fn run(mut stream: Stream) {
    let mut queued = 0;
    let end = poll_fn(|context| stream.poll(context, &mut queued)).await;
    match end {
        End::Writer(code) => {
            stream.reader.close(code);
            stream.writer.close(close_code::FINISHED);
        }
        End::Reader => {
            stream.writer.close(close_code::READER_GONE);
            stream.reader.close(close_code::FINISHED);
        }
    }
    // Both answer the end, and one that is closed before it has read that answer resets the socket:
    // its peer would see a broken connection instead of an end.
    let (mut reader, mut writer) = (false, false);
    let farewell = poll_fn(|context| {
        reader = reader || stream.reader.poll_farewell(context).is_ready();
        writer = writer || stream.writer.poll_farewell(context).is_ready();
        if reader && writer {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
    stream.running.fetch_sub(1, Ordering::Relaxed);
}

impl Stream {
    /// Takes frames while the reader has room for them: when it has not, the writer is not read
    /// from, which its carrier feels as back-pressure.
    fn poll(&mut self, context: &mut Context<'_>, queued: &mut usize) -> Poll<End> {
        loop {
            match self.reader.poll_flush(context) {
                Poll::Ready(Ok(())) => *queued = 0,
                Poll::Ready(Err(_)) => return Poll::Ready(End::Reader),
                Poll::Pending => {}
            }
            // A reader has nothing to say: what it sends is dropped, and its end is the channel's.
            while let Poll::Ready(received) = self.reader.poll_receive(context) {
                if received.is_err() {
                    return Poll::Ready(End::Reader);
                }
            }
            let full = *queued >= self.buffer_frames;
            if full || self.reader.queued_bytes() >= BUFFER_BYTES_MAX {
                return Poll::Pending;
            }
            match self.writer.poll_receive(context) {
                Poll::Ready(Ok(frame)) => {
                    self.reader.send(frame);
                    *queued += 1;
                }
                Poll::Ready(Err(closed)) => return Poll::Ready(End::Writer(code_of(&closed))),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// No code and 1000 are the end of the stream; everything else is an abort.
fn code_of(closed: &Closed) -> u16 {
    match closed {
        Closed::ByPeer {
            code: None | Some(close_code::FINISHED),
        } => close_code::FINISHED,
        _ => close_code::ABORTED,
    }
}
