//! Server-sent events.

use super::ResponseStream;
use crate::ChannelError;
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use std::fmt::Write as _;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval_at};

/// How often a stream without events says that it is there: proxies give up quiet ones, mostly
/// after a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// An answer of server-sent events, as `EventSource` of browsers reads them. Dropping it without
/// [`EventStream::finish`] cuts the answer off, and the browser comes back.
///
/// ```
/// use iii_kit::http::{Event, Request};
/// use iii_kit::{Context, HandlerError, RegisterFunction};
///
/// let progress = RegisterFunction::new(|request: Request, context: Context| async move {
///     let mut events = request.events(&context).await?;
///     for percent in [0, 50, 100] {
///         events.send(Event::data(percent.to_string()).name("progress")).await?;
///     }
///     events.finish().await?;
///     Ok::<_, HandlerError>(())
/// });
/// ```
pub struct EventStream {
    stream: ResponseStream,
}

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Event {
    data: String,
    name: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
}

impl Event {
    /// An event with this text, which may have several lines.
    pub fn data(text: impl Into<String>) -> Self {
        Self {
            data: text.into(),
            ..Self::default()
        }
    }

    /// An event with a value as JSON.
    ///
    /// # Errors
    /// The value is none of JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self::data(serde_json::to_string(value)?))
    }

    /// With a name that pages can listen for; without one it is `message`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(one_line(name.into()));
        self
    }

    /// With an id, which a reader that comes back brings as `last-event-id`.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(one_line(id.into()));
        self
    }

    /// With the pause after which a reader comes back when the stream has ended.
    pub fn retry(mut self, pause: Duration) -> Self {
        self.retry = Some(pause);
        self
    }

    /// As it is written.
    fn encode(&self) -> String {
        let mut text = String::with_capacity(self.data.len() + 16);
        let mut field = |name: &str, value: &str| {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{name}: {value}");
        };
        if let Some(name) = &self.name {
            field("event", name);
        }
        if let Some(id) = &self.id {
            field("id", id);
        }
        if let Some(pause) = self.retry {
            field("retry", &pause.as_millis().to_string());
        }
        // Every kind of line end would end the field.
        let data = self.data.replace("\r\n", "\n").replace('\r', "\n");
        for line in data.split('\n') {
            field("data", line);
        }
        text.push('\n');
        text
    }
}

impl EventStream {
    pub(super) async fn begin(mut stream: ResponseStream) -> Result<Self, ChannelError> {
        let headers = [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache"),
            // Proxies that collect answers before they pass them on leave this one alone.
            ("x-accel-buffering", "no"),
        ];
        stream.head(200, headers).await?;
        let mut events = Self { stream };
        events.keep_alive().await?;
        Ok(events)
    }

    /// Sends an event. Waits while the client is slow.
    ///
    /// # Errors
    /// The client has left.
    pub async fn send(&mut self, event: Event) -> Result<(), ChannelError> {
        self.stream.write(event.encode()).await
    }

    /// Sends what comes until it ends, and then ends the answer. When nothing comes for 15 seconds
    /// the client is told that the stream is there.
    ///
    /// # Errors
    /// The client has left.
    pub async fn forward(mut self, events: impl Stream<Item = Event>) -> Result<(), ChannelError> {
        let mut events = pin!(events);
        let mut quiet = interval_at(crate::clock::now() + KEEP_ALIVE, KEEP_ALIVE);
        quiet.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = events.next() => {
                    let Some(event) = event else { return self.finish().await };
                    self.send(event).await?;
                    quiet.reset();
                }
                _ = quiet.tick() => self.keep_alive().await?,
            }
        }
    }

    /// Tells the client, and proxies on the way, that the stream is there.
    ///
    /// # Errors
    /// The client has left.
    pub async fn keep_alive(&mut self) -> Result<(), ChannelError> {
        self.stream.write(":\n\n").await
    }

    /// Ends the answer. Browsers come back after that, so say in an event that it was all.
    ///
    /// # Errors
    /// The client has left.
    pub async fn finish(self) -> Result<(), ChannelError> {
        self.stream.finish().await
    }
}

/// A field that ends at the first line end, or a null, would hide what follows.
fn one_line(text: String) -> String {
    text.replace(['\r', '\n', '\0'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_inside_their_event() {
        let event = Event::data("a\nb\r\nc\rd")
            .name("x\nid: 7")
            .id("1")
            .retry(Duration::from_secs(2));
        let expected = "event: x id: 7\nid: 1\nretry: 2000\ndata: a\ndata: b\ndata: c\ndata: d\n\n";
        assert_eq!(event.encode(), expected);
        assert_eq!(Event::data("").encode(), "data: \n\n");
        assert_eq!(Event::json(&[1, 2]).unwrap().encode(), "data: [1,2]\n\n");
    }
}
