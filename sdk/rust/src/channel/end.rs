//! One end of a channel, attached when it is first used.

use super::{ChannelError, ChannelRef};
use iii_transport::{ChannelEnd, ChannelFrame, Closed, Dial, DialError, Direction, close_code};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::timeout;

/// How long the other side may take to read the rest of a finished stream.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(30);

/// An end and how far it has come.
pub(super) struct End {
    dial: Arc<dyn Dial>,
    channel: ChannelRef,
    direction: Direction,
    state: State,
}

enum State {
    Unused,
    Attached(Box<dyn ChannelEnd>),
    /// This side has said its farewell.
    Closing {
        end: Box<dyn ChannelEnd>,
        /// The carrier has taken all of it; only the other side has to read it yet.
        taken: bool,
    },
    /// It came to its end, or was never to be.
    Ended,
}

impl End {
    pub(super) fn new(dial: Arc<dyn Dial>, channel: ChannelRef, direction: Direction) -> Self {
        Self {
            dial,
            channel,
            direction,
            state: State::Unused,
        }
    }

    pub(super) async fn attach(&mut self) -> Result<(), ChannelError> {
        if !matches!(self.state, State::Unused) {
            return Ok(());
        }
        let channel = &self.channel;
        let dialled = self
            .dial
            .dial_channel(&channel.channel_id, &channel.access_key, self.direction)
            .await;
        // A reference is good for one attempt.
        match dialled {
            Ok(end) => {
                self.state = State::Attached(end);
                Ok(())
            }
            Err(error) => {
                self.state = State::Ended;
                Err(match error {
                    DialError::Refused {
                        status: 403 | 404 | 410,
                        ..
                    } => ChannelError::NotFound,
                    other => other.into(),
                })
            }
        }
    }

    /// The next frame; `None` once the stream has ended in order.
    pub(super) async fn receive(&mut self) -> Option<Result<ChannelFrame, ChannelError>> {
        if let Err(error) = self.attach().await {
            return Some(Err(error));
        }
        let State::Attached(end) = &mut self.state else {
            return None;
        };
        match poll_fn(|context| end.poll_receive(context)).await {
            Ok(frame) => Some(Ok(frame)),
            Err(closed) => {
                self.state = State::Ended;
                ending(&closed).map(Err)
            }
        }
    }

    /// Sends a frame and waits until it is on its way.
    pub(super) async fn send(&mut self, frame: ChannelFrame) -> Result<(), ChannelError> {
        self.attach().await?;
        let State::Attached(end) = &mut self.state else {
            return Err(ChannelError::Closed);
        };
        end.send(frame);
        let sent = poll_fn(|context| {
            // Only by receiving does a writer learn that its reader is gone.
            while let Poll::Ready(received) = end.poll_receive(context) {
                if let Err(closed) = received {
                    return Poll::Ready(Err(closed));
                }
            }
            end.poll_flush(context)
        })
        .await;
        sent.map_err(|closed| {
            self.state = State::Ended;
            ending(&closed).unwrap_or(ChannelError::Aborted)
        })
    }

    /// Says farewell with a code of [`close_code`], unless the end has come already. The farewell
    /// leaves at once if the carrier takes it; [`End::finish`] waits for that.
    pub(super) fn close(&mut self, code: u16) {
        let state = std::mem::replace(&mut self.state, State::Ended);
        self.state = match state {
            State::Attached(mut end) => {
                end.close(code);
                // Nobody needs to be woken: whoever wants to be sure calls `finish`.
                let mut context = Context::from_waker(Waker::noop());
                let taken = matches!(end.poll_flush(&mut context), Poll::Ready(Ok(())));
                State::Closing { end, taken }
            }
            closing @ State::Closing { .. } => closing,
            State::Unused | State::Ended => State::Ended,
        };
    }

    /// Waits until the other side has taken everything, the farewell included.
    ///
    /// # Errors
    /// It is gone, or does not take it in time.
    pub(super) async fn finish(&mut self) -> Result<(), ChannelError> {
        let State::Closing { end, taken } = &mut self.state else {
            return Ok(());
        };
        let finished = timeout(FAREWELL_TIMEOUT, async {
            if !*taken {
                poll_fn(|context| end.poll_flush(context)).await?;
            }
            poll_fn(|context| end.poll_farewell(context)).await;
            Ok::<(), Closed>(())
        })
        .await;
        self.state = State::Ended;
        match finished {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ChannelError::Aborted),
        }
    }
}

/// What the end of a stream means to whoever waits for its next frame; `None` is its proper end.
fn ending(closed: &Closed) -> Option<ChannelError> {
    match closed {
        Closed::ByPeer {
            code: None | Some(close_code::FINISHED),
        } => None,
        Closed::ByPeer {
            code: Some(close_code::EXPIRED),
        } => Some(ChannelError::NotFound),
        Closed::Locally => Some(ChannelError::Closed),
        Closed::ByPeer { .. } | Closed::Lost(_) | Closed::Violation { .. } => {
            Some(ChannelError::Aborted)
        }
    }
}
