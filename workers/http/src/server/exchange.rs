//! One function call on behalf of one request, with the two channels that go with it.
//!
//! The payload names a channel for the raw request body and one for a streamed response. Their
//! references are minted without a call, and nothing exists until an end attaches. This side
//! attaches its ends when
//! * the body is raw, or has files: at once, to send it;
//! * the call has run for [`CHANNELS_ATTACH_AFTER`]: the function may be streaming, or reading;
//! * the function returned nothing: its response may be on its way through the channel.

use super::refusal::Refusal;
use super::upload::{self, Bounds, Upload};
use crate::limits::CHANNELS_ATTACH_AFTER;
use crate::request::{Buffered, Channels};
use crate::tasks::Tasks;
use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use hyper::body::Incoming;
use iii_kit::{
    BoxFuture, ChannelError, ChannelFrame, ChannelReader, ChannelRef, ChannelWriter, Client, Error,
    Firing,
};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;

type Frames = Pin<Box<dyn Stream<Item = Result<ChannelFrame, ChannelError>> + Send>>;
type Call = BoxFuture<'static, Result<Firing, Error>>;

/// A place among the calls that may be in progress: of the worker, and of the route if that has a
/// limit of its own.
pub(crate) type Permits = (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>);

/// What happens in an exchange.
pub(crate) enum Event {
    /// The call ended.
    Returned(Result<Firing, Error>),
    /// The function wrote to its response channel.
    Frame(ChannelFrame),
    /// The function finished its response channel.
    Finished,
    /// The response channel broke, or could not be attached.
    Broken(ChannelError),
    /// The body of the request broke off.
    BodyFailed(Refusal),
    /// The time set with [`Exchange::wake_after`] has passed.
    Alarm,
}

/// A running call and its channels. Dropping it cancels the call and gives the channels up.
pub(crate) struct Exchange {
    client: Client,
    tasks: Tasks,
    /// Where the request body goes.
    body_end: ChannelRef,
    /// Where a streamed response comes from.
    response_end: ChannelRef,
    /// One of the calls allowed at the same time.
    permit: Option<Permits>,
    call: Option<Call>,
    /// The body to offer, until that begins.
    body: Option<Buffered>,
    /// What is being written to channels of the function.
    feeds: Vec<BoxFuture<'static, ()>>,
    /// A raw body on its way.
    upload: Option<Upload>,
    frames: Option<Frames>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Exchange {
    /// Begins to watch `call`; the first alarm is set to [`CHANNELS_ATTACH_AFTER`].
    pub(crate) fn new(
        client: Client,
        tasks: Tasks,
        channels: Channels,
        permit: Permits,
        body: Buffered,
        call: Call,
    ) -> Self {
        Self {
            client,
            tasks,
            body_end: channels.request_body.writer,
            response_end: channels.response.reader,
            permit: Some(permit),
            call: Some(call),
            body: Some(body),
            feeds: Vec::new(),
            upload: None,
            frames: None,
            alarm: Some(Box::pin(tokio::time::sleep(CHANNELS_ATTACH_AFTER))),
        }
    }

    /// Sends the request body through its channel, if that has not begun.
    pub(crate) fn offer_body(&mut self) {
        let Some(body) = self.body.take() else { return };
        let writer = self.client.open_writer(&self.body_end);
        self.feeds.push(Box::pin(async move {
            feed(writer, body.bytes.clone()).await;
            drop(body);
        }));
    }

    /// Sends a file of the body through its channel.
    pub(crate) fn offer_file(&mut self, end: &ChannelRef, bytes: Bytes) {
        let writer = self.client.open_writer(end);
        self.feeds.push(Box::pin(feed(writer, bytes)));
    }

    /// Sends the request body through its channel as it arrives.
    pub(crate) fn stream_body(&mut self, body: Incoming, bounds: Bounds) {
        self.body = None;
        let writer = self.client.open_writer(&self.body_end);
        self.upload = Some(upload::start(&self.tasks, body, writer, bounds));
    }

    /// Attaches to the response channel, if that has not been done.
    pub(crate) fn listen(&mut self) {
        if self.frames.is_none() {
            self.frames = Some(frames(self.client.open_reader(&self.response_end)));
        }
    }

    /// Sets the alarm, instead of the one set before.
    pub(crate) fn wake_after(&mut self, time: Duration) {
        self.alarm = Some(Box::pin(tokio::time::sleep(time)));
    }

    /// Takes the alarm back.
    pub(crate) fn sleep_on(&mut self) {
        self.alarm = None;
    }

    /// Waits for the next event.
    pub(crate) async fn next(&mut self) -> Event {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Polls for the next event. After `Returned` the call, after `Finished` and `Broken` the
    /// channel has no more of them.
    pub(crate) fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        self.feeds
            .retain_mut(|feed| feed.poll_unpin(context).is_pending());
        if let Some(upload) = &mut self.upload
            && let Poll::Ready(ended) = upload.failed.poll_unpin(context)
        {
            self.upload = None;
            if let Ok(refusal) = ended {
                return Poll::Ready(Event::BodyFailed(refusal));
            }
        }
        if let Some(call) = &mut self.call
            && let Poll::Ready(result) = call.poll_unpin(context)
        {
            self.call = None;
            return Poll::Ready(Event::Returned(result));
        }
        if let Some(frames) = &mut self.frames
            && let Poll::Ready(frame) = frames.poll_next_unpin(context)
        {
            return Poll::Ready(self.channel_event(frame));
        }
        let Some(alarm) = &mut self.alarm else {
            return Poll::Pending;
        };
        ready!(alarm.poll_unpin(context));
        self.alarm = None;
        Poll::Ready(Event::Alarm)
    }

    fn channel_event(&mut self, frame: Option<Result<ChannelFrame, ChannelError>>) -> Event {
        let event = match frame {
            Some(Ok(frame)) => return Event::Frame(frame),
            Some(Err(error)) => Event::Broken(error),
            None => Event::Finished,
        };
        self.frames = Some(Box::pin(stream::pending()));
        event
    }

    /// The response is complete. A function that still runs may finish what it does.
    pub(crate) fn complete(&mut self) {
        let permit = self.permit.take();
        if let Some(call) = self.call.take() {
            self.tasks.spawn(async move {
                let _ = call.await;
                drop(permit);
            });
        }
    }
}

async fn feed(mut writer: ChannelWriter, bytes: Bytes) {
    // A function that does not want its body closes the channel; that is no failure.
    if bytes.is_empty() || writer.write(bytes).await.is_ok() {
        let _ = writer.finish().await;
    }
}

fn frames(reader: ChannelReader) -> Frames {
    Box::pin(stream::unfold(reader, |mut reader| async move {
        let frame = reader.next().await?;
        Some((frame, reader))
    }))
}
