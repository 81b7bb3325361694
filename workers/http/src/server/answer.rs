//! When and how an exchange becomes an HTTP response.
//!
//! A result decides, unless the function has begun to stream: then the channel does. A function
//! that returned nothing and whose worker says that it left no channel in use is answered 204 at
//! once. Published workers say no such thing, and connect the channel while they return; their
//! "nothing" becomes 204 only after the channel stayed silent for a while.

use super::exchange::{Event, Exchange};
use crate::response::error::Style;
use crate::response::{self, Chunks, ResponseBody, StreamHead, Truncated};
use crate::router::Binding;
use crate::trigger::Target;
use bytes::Bytes;
use futures_util::Stream;
use http::{Response, StatusCode};
use iii_kit::{ChannelError, ChannelFrame, Error, Fired, Firing, Payload};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What the route says about its answers.
pub(crate) struct Terms {
    pub(crate) binding: Arc<Binding<Target>>,
    /// How errors are told.
    pub(crate) style: Style,
    /// How long the channel may stay silent after the function returned nothing.
    pub(crate) silence: Duration,
    /// How long a function that returned nothing and began to speak may take to the first byte.
    pub(crate) patience: Duration,
}

/// Waits for the response of an exchange; streamed bodies keep the exchange.
pub(crate) async fn answer(exchange: Exchange, terms: Terms) -> Response<ResponseBody> {
    let mut answering = Answering {
        exchange,
        terms,
        head: StreamHead::default(),
        spoken: false,
        broken: None,
        returned: false,
    };
    loop {
        let event = answering.exchange.next().await;
        match answering.handle(event) {
            Step::Wait => {}
            Step::Answer(response) => return response,
            Step::Stream(first) => return answering.stream(first),
        }
    }
}

struct Answering {
    exchange: Exchange,
    terms: Terms,
    head: StreamHead,
    /// The function has used its channel.
    spoken: bool,
    /// The channel broke while the function ran: its result decides.
    broken: Option<ChannelError>,
    /// The function returned nothing.
    returned: bool,
}

enum Step {
    Wait,
    Answer(Response<ResponseBody>),
    Stream(Bytes),
}

impl Answering {
    fn handle(&mut self, event: Event) -> Step {
        match event {
            Event::Returned(Ok(firing)) => self.on_returned(firing),
            Event::Returned(Err(failure)) => self.on_failure(&failure),
            Event::Frame(ChannelFrame::Text(text)) => self.on_control(&text),
            Event::Frame(ChannelFrame::Binary(bytes)) => Step::Stream(bytes),
            Event::Finished => self.on_finished(),
            Event::Broken(failure) => self.on_broken(failure),
            Event::BodyFailed(refusal) => Step::Answer(refusal.into_response(self.terms.style)),
            Event::Alarm => self.on_alarm(),
        }
    }

    fn on_returned(&mut self, firing: Firing) -> Step {
        match firing.fired {
            Fired::Blocked => Step::Answer(self.terms.style.condition_not_met()),
            Fired::Ran(Some(result)) if !result.is_null() => self.on_result(&result),
            Fired::Ran(_) if firing.quiet => Step::Answer(response::nothing()),
            Fired::Ran(_) => self.on_nothing(),
        }
    }

    fn on_result(&self, result: &Payload) -> Step {
        let function_id = &self.terms.binding.function_id;
        Step::Answer(
            response::from_result(result)
                .unwrap_or_else(|fault| self.terms.style.invalid_response(&fault, function_id)),
        )
    }

    fn on_nothing(&mut self) -> Step {
        if !self.terms.binding.target.response_channel {
            return Step::Answer(response::nothing());
        }
        self.returned = true;
        if let Some(failure) = self.broken.take() {
            return self.on_broken(failure);
        }
        self.exchange.offer_body();
        self.exchange.listen();
        self.exchange.wake_after(if self.spoken {
            self.terms.patience
        } else {
            self.terms.silence
        });
        Step::Wait
    }

    fn on_failure(&self, failure: &Error) -> Step {
        Step::Answer(
            self.terms
                .style
                .failed_call(failure, &self.terms.binding.function_id),
        )
    }

    fn on_control(&mut self, text: &[u8]) -> Step {
        if !self.spoken && self.returned {
            self.exchange.wake_after(self.terms.patience);
        }
        self.spoken = true;
        match self.head.apply(text) {
            Ok(()) => Step::Wait,
            Err(fault) => Step::Answer(
                self.terms
                    .style
                    .invalid_response(&fault, &self.terms.binding.function_id),
            ),
        }
    }

    fn on_finished(&mut self) -> Step {
        if !self.spoken && !self.returned {
            // An unused channel that was closed: the result decides.
            return Step::Wait;
        }
        self.exchange.complete();
        Step::Answer(std::mem::take(&mut self.head).empty())
    }

    fn on_broken(&mut self, failure: ChannelError) -> Step {
        if !self.returned {
            self.broken = Some(failure);
            return Step::Wait;
        }
        if !self.spoken {
            return Step::Answer(response::nothing());
        }
        Step::Answer(self.terms.style.failed(
            StatusCode::INTERNAL_SERVER_ERROR,
            failure.code(),
            "the function gave up its response",
            &self.terms.binding.function_id,
        ))
    }

    fn on_alarm(&mut self) -> Step {
        if !self.returned {
            self.exchange.offer_body();
            if self.terms.binding.target.response_channel {
                self.exchange.listen();
            }
            return Step::Wait;
        }
        if self.spoken {
            let message = "the function began its response and did not go on";
            let function_id = &self.terms.binding.function_id;
            let status = StatusCode::GATEWAY_TIMEOUT;
            return Step::Answer(
                self.terms
                    .style
                    .failed(status, "TIMEOUT", message, function_id),
            );
        }
        Step::Answer(response::nothing())
    }

    fn stream(mut self, first: Bytes) -> Response<ResponseBody> {
        self.exchange.sleep_on();
        let chunks: Chunks = Box::pin(Streaming {
            exchange: self.exchange,
            first: Some(first),
            end: None,
        });
        self.head.streamed(chunks)
    }
}

/// The body of a streamed response. It is polled as the client takes it, so a slow client slows the
/// function down and nothing piles up here.
struct Streaming {
    exchange: Exchange,
    first: Option<Bytes>,
    end: Option<End>,
}

/// How a streamed body ends.
#[derive(Clone, Copy)]
enum End {
    Whole,
    /// The error is given at the poll after this one: what came before it must get out first.
    TruncatedSoon,
    Truncated,
}

impl Stream for Streaming {
    type Item = Result<Bytes, Truncated>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        loop {
            match self.end {
                Some(End::Whole) => return Poll::Ready(None),
                Some(End::Truncated) => return Poll::Ready(Some(Err(Truncated))),
                Some(End::TruncatedSoon) => {
                    self.end = Some(End::Truncated);
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                None => {}
            }
            let event = ready!(self.exchange.poll_event(context));
            if let Some(bytes) = self.handle(event) {
                return Poll::Ready(Some(Ok(bytes)));
            }
        }
    }
}

impl Streaming {
    fn handle(&mut self, event: Event) -> Option<Bytes> {
        match event {
            // An empty chunk would end a chunked body.
            Event::Frame(ChannelFrame::Binary(bytes)) if !bytes.is_empty() => return Some(bytes),
            Event::Finished => {
                self.end = Some(End::Whole);
                self.exchange.complete();
            }
            Event::Broken(_) => self.end = Some(End::TruncatedSoon),
            // A stream may outlast its call: the writer decides when it ends.
            Event::Returned(Err(failure)) if failure.code() != "TIMEOUT" => {
                self.end = Some(End::TruncatedSoon);
            }
            // The function sees for itself that its input is cut off.
            Event::Returned(_) | Event::Frame(_) | Event::BodyFailed(_) | Event::Alarm => {}
        }
        None
    }
}
