//! When and how an exchange becomes an HTTP response.
//!
//! A result decides, unless the function has begun to stream: then the channel does. A function
//! that returned nothing may still stream, because published clients connect the channel while
//! they return; so "nothing" becomes 204 only after the channel stayed silent for a while.

use super::exchange::{Event, Exchange};
use crate::response::{self, Chunks, ResponseBody, StreamHead, Truncated, error};
use bytes::Bytes;
use futures_util::Stream;
use http::{Response, StatusCode};
use iii_kit::{ChannelError, ChannelFrame, Error, Fired, Payload};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What the route says about its answers.
pub(crate) struct Terms {
    pub(crate) function_id: String,
    /// Whether the function may answer through its channel.
    pub(crate) response_channel: bool,
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
            Event::Returned(Ok(Fired::Ran(result))) => self.on_result(result),
            Event::Returned(Ok(Fired::Blocked)) => Step::Answer(error::condition_not_met()),
            Event::Returned(Err(failure)) => self.on_failure(&failure),
            Event::Frame(ChannelFrame::Text(text)) => self.on_control(&text),
            Event::Frame(ChannelFrame::Binary(bytes)) => Step::Stream(bytes),
            Event::Finished => self.on_finished(),
            Event::Broken(failure) => self.on_broken(&failure),
            Event::Alarm => self.on_alarm(),
        }
    }

    fn on_result(&mut self, result: Option<Payload>) -> Step {
        let Some(result) = result.filter(|result| !result.is_null()) else {
            return self.on_nothing();
        };
        let function_id = &self.terms.function_id;
        Step::Answer(
            response::from_result(&result)
                .unwrap_or_else(|fault| error::invalid_response(&fault, function_id)),
        )
    }

    fn on_nothing(&mut self) -> Step {
        if !self.terms.response_channel {
            return Step::Answer(response::nothing());
        }
        self.returned = true;
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
        Step::Answer(error::failed_call(failure, &self.terms.function_id))
    }

    fn on_control(&mut self, text: &[u8]) -> Step {
        if !self.spoken && self.returned {
            self.exchange.wake_after(self.terms.patience);
        }
        self.spoken = true;
        match self.head.apply(text) {
            Ok(()) => Step::Wait,
            Err(fault) => Step::Answer(error::invalid_response(&fault, &self.terms.function_id)),
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

    fn on_broken(&mut self, failure: &ChannelError) -> Step {
        let function_id = &self.terms.function_id;
        match (self.spoken, self.returned) {
            (true, _) => Step::Answer(error::failed(
                StatusCode::INTERNAL_SERVER_ERROR,
                failure.code(),
                "the function gave up its response",
                function_id,
            )),
            (false, true) => Step::Answer(response::nothing()),
            (false, false) => Step::Wait,
        }
    }

    fn on_alarm(&mut self) -> Step {
        if !self.returned {
            self.exchange.offer_body();
            if self.terms.response_channel {
                self.exchange.listen();
            }
            return Step::Wait;
        }
        if self.spoken {
            let message = "the function began its response and did not go on";
            let function_id = &self.terms.function_id;
            let status = StatusCode::GATEWAY_TIMEOUT;
            return Step::Answer(error::failed(status, "TIMEOUT", message, function_id));
        }
        Step::Answer(response::nothing())
    }

    fn stream(mut self, first: Bytes) -> Response<ResponseBody> {
        self.exchange.sleep_on();
        let chunks: Chunks = Box::pin(Streaming {
            exchange: self.exchange,
            first: Some(first),
            ended: false,
        });
        self.head.streamed(chunks)
    }
}

/// The body of a streamed response. It is polled as the client takes it, so a slow client slows the
/// function down and nothing piles up here.
struct Streaming {
    exchange: Exchange,
    first: Option<Bytes>,
    ended: bool,
}

impl Stream for Streaming {
    type Item = Result<Bytes, Truncated>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        while !self.ended {
            let event = ready!(self.exchange.poll_event(context));
            if let Some(chunk) = self.handle(event) {
                return Poll::Ready(Some(chunk));
            }
        }
        Poll::Ready(None)
    }
}

impl Streaming {
    fn handle(&mut self, event: Event) -> Option<Result<Bytes, Truncated>> {
        match event {
            // An empty chunk would end a chunked body.
            Event::Frame(ChannelFrame::Binary(bytes)) if bytes.is_empty() => None,
            Event::Frame(ChannelFrame::Binary(bytes)) => Some(Ok(bytes)),
            Event::Finished => {
                self.ended = true;
                self.exchange.complete();
                None
            }
            Event::Broken(_) => Some(self.truncate()),
            // A stream may outlast its call: the writer decides when it ends.
            Event::Returned(Err(failure)) if failure.code() != "TIMEOUT" => Some(self.truncate()),
            Event::Returned(_) | Event::Frame(ChannelFrame::Text(_)) | Event::Alarm => None,
        }
    }

    fn truncate(&mut self) -> Result<Bytes, Truncated> {
        self.ended = true;
        Err(Truncated)
    }
}
