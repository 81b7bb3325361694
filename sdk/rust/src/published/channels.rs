//! Channels: streams of binary and text frames between two workers.

use super::Error;
use super::limits::READ_ALL_BYTES_MAX;
use super::way::Way;
use crate::tasks::Tasks;
use crate::{Bytes, ChannelError, ChannelFrame, ChannelRef, Dial};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// Which end a reference attaches.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelDirection {
    /// The end that reads.
    #[default]
    Read,
    /// The end that writes.
    Write,
}

/// A reference to one end of a channel, as it travels in payloads. It is good for one attach.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StreamChannelRef {
    /// The channel.
    pub channel_id: String,
    /// Admits to this end; keep it out of logs.
    pub access_key: String,
    /// Which end.
    pub direction: ChannelDirection,
}

impl From<ChannelRef> for StreamChannelRef {
    fn from(channel: ChannelRef) -> Self {
        Self {
            channel_id: channel.channel_id,
            access_key: channel.access_key,
            direction: match channel.direction {
                crate::ChannelDirection::Read => ChannelDirection::Read,
                crate::ChannelDirection::Write => ChannelDirection::Write,
            },
        }
    }
}

impl StreamChannelRef {
    fn attach(&self, direction: crate::ChannelDirection) -> ChannelRef {
        ChannelRef {
            channel_id: self.channel_id.clone(),
            access_key: self.access_key.clone(),
            direction,
        }
    }
}

/// One frame of a channel.
#[derive(Clone, Debug)]
pub enum ChannelItem {
    /// A control message.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

/// A new channel: both ends, and the references that other workers attach them by. Made by
/// [`create_channel`](super::helpers::create_channel).
pub struct Channel {
    /// The writing end.
    pub writer: ChannelWriter,
    /// The reading end.
    pub reader: ChannelReader,
    /// What a payload carries to let another worker write.
    pub writer_ref: StreamChannelRef,
    /// What a payload carries to let another worker read.
    pub reader_ref: StreamChannelRef,
}

/// Writes a channel. Attaches at the first write.
///
/// ```no_run
/// # use iii_kit::published::Error;
/// # use iii_kit::published::channel::{ChannelWriter, StreamChannelRef};
/// # async fn example(channel: StreamChannelRef) -> Result<(), Error> {
/// let writer = ChannelWriter::new("ws://127.0.0.1:49134", &channel);
/// writer.write(b"id,name\n").await?;
/// writer.close().await?;
/// # Ok(())
/// # }
/// ```
pub struct ChannelWriter {
    /// Gone once it is closed.
    writer: Mutex<Option<crate::ChannelWriter>>,
}

impl ChannelWriter {
    /// The writing end of a channel of the engine at an address. `III_TOKEN` is presented.
    pub fn new(engine_ws_base: &str, channel_ref: &StreamChannelRef) -> Self {
        Self::over(
            Arc::new(Way::without_connection(engine_ws_base)),
            channel_ref,
        )
    }

    pub(super) fn over(way: Arc<dyn Dial>, channel: &StreamChannelRef) -> Self {
        let channel = channel.attach(crate::ChannelDirection::Write);
        let writer = Some(crate::ChannelWriter::new(way, channel));
        Self {
            writer: Mutex::new(writer),
        }
    }

    /// Writes bytes, in frames of at most 64 KiB. Waits while the reader is slow.
    ///
    /// # Errors
    /// [`Error::WebSocket`]: the channel cannot be attached, or its reader is gone.
    /// [`Error::NotConnected`]: the writer is closed.
    pub async fn write(&self, data: &[u8]) -> Result<(), Error> {
        let mut writer = self.writer.lock().await;
        let writer = writer.as_mut().ok_or(Error::NotConnected)?;
        let written = writer.write(Bytes::copy_from_slice(data)).await;
        written.map_err(|error| Error::of_channel(&error))
    }

    /// Writes a control message, in order with the bytes.
    ///
    /// # Errors
    /// As [`ChannelWriter::write`].
    pub async fn send_message(&self, msg: &str) -> Result<(), Error> {
        let mut writer = self.writer.lock().await;
        let writer = writer.as_mut().ok_or(Error::NotConnected)?;
        let sent = writer.send_message(msg).await;
        sent.map_err(|error| Error::of_channel(&error))
    }

    /// Ends the stream in order, and does not wait for its reader: it may come later. A writer that
    /// is closed stays so.
    ///
    /// # Errors
    /// [`Error::Runtime`]: the system refuses a thread to close it on, outside of any runtime.
    pub async fn close(&self) -> Result<(), Error> {
        let Some(writer) = self.writer.lock().await.take() else {
            return Ok(());
        };
        let tasks = Tasks::current().map_err(|error| Error::Runtime(error.to_string()))?;
        // What was written has left already, so has the farewell when this returns.
        tasks.begin(async move {
            if let Err(error) = writer.finish().await {
                tracing::debug!(%error, "a channel was closed that nobody reads to its end");
            }
        });
        Ok(())
    }
}

type OnMessage = Arc<dyn Fn(String) + Send + Sync>;

/// Reads a channel. Attaches at the first read.
///
/// A writer that vanishes ends the stream like one that closes it: published programs that never
/// close their writers are read to the end. A line in the log tells.
///
/// ```no_run
/// # use iii_kit::published::Error;
/// # use iii_kit::published::channel::{ChannelReader, StreamChannelRef};
/// # async fn example(channel: StreamChannelRef) -> Result<(), Error> {
/// let reader = ChannelReader::new("ws://127.0.0.1:49134", &channel);
/// reader.on_message(|text| assert_eq!(text, "begin")).await;
/// let bytes = reader.read_all().await?;
/// # Ok(())
/// # }
/// ```
pub struct ChannelReader {
    reader: Mutex<crate::ChannelReader>,
    on_message: parking_lot::Mutex<Vec<OnMessage>>,
    closed: CancellationToken,
}

impl ChannelReader {
    /// The reading end of a channel of the engine at an address. `III_TOKEN` is presented.
    pub fn new(engine_ws_base: &str, channel_ref: &StreamChannelRef) -> Self {
        Self::over(
            Arc::new(Way::without_connection(engine_ws_base)),
            channel_ref,
        )
    }

    pub(super) fn over(way: Arc<dyn Dial>, channel: &StreamChannelRef) -> Self {
        let channel = channel.attach(crate::ChannelDirection::Read);
        Self {
            reader: Mutex::new(crate::ChannelReader::new(way, channel)),
            on_message: parking_lot::Mutex::default(),
            closed: CancellationToken::new(),
        }
    }

    /// Calls `callback` with every control message from now on.
    #[expect(
        clippy::unused_async,
        reason = "programs await it, as the published one"
    )]
    pub async fn on_message<F>(&self, callback: F)
    where
        F: Fn(String) + Send + Sync + 'static,
    {
        self.on_message.lock().push(Arc::new(callback));
    }

    /// The next bytes; `None` at the end of the stream, and once the reader is closed. Control
    /// messages go to those who asked for them.
    ///
    /// # Errors
    /// [`Error::WebSocket`]: the channel cannot be attached.
    pub async fn next_binary(&self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            let frame = tokio::select! {
                biased;
                () = self.closed.cancelled() => None,
                frame = self.next() => frame,
            };
            match frame {
                None => return Ok(None),
                Some(Ok(ChannelFrame::Binary(bytes))) => return Ok(Some(bytes.into())),
                Some(Ok(ChannelFrame::Text(text))) => self.tell(&text),
                Some(Err(ChannelError::Aborted)) => {
                    tracing::warn!("the writer of a channel vanished before it closed the stream");
                    return Ok(None);
                }
                Some(Err(error)) => return Err(Error::of_channel(&error)),
            }
        }
    }

    async fn next(&self) -> Option<Result<ChannelFrame, ChannelError>> {
        self.reader.lock().await.next().await
    }

    fn tell(&self, text: &Bytes) {
        let callbacks = self.on_message.lock().clone();
        for callback in callbacks {
            callback(String::from_utf8_lossy(text).into_owned());
        }
    }

    /// All bytes up to the end of the stream.
    ///
    /// # Errors
    /// [`Error::WebSocket`]: the channel cannot be attached, or carries more than 1 GiB.
    pub async fn read_all(&self) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next_binary().await? {
            if all.len() + bytes.len() > READ_ALL_BYTES_MAX {
                let limit = READ_ALL_BYTES_MAX;
                return Err(Error::of_channel(&ChannelError::TooLarge { limit }));
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }

    /// Stops reading; a read under way ends.
    ///
    /// # Errors
    /// None.
    #[expect(
        clippy::unused_async,
        reason = "programs await it, as the published one"
    )]
    pub async fn close(&self) -> Result<(), Error> {
        self.closed.cancel();
        Ok(())
    }
}

/// Whether a value is a reference to a channel end.
///
/// ```
/// use iii_kit::published::helpers::is_channel_ref;
/// # use iii_kit::serde_json::json;
/// assert!(is_channel_ref(&json!({ "channel_id": "c", "access_key": "k", "direction": "read" })));
/// assert!(!is_channel_ref(&json!({ "channel_id": "c" })));
/// ```
pub fn is_channel_ref(value: &Value) -> bool {
    let text = |name| value.get(name).is_some_and(Value::is_string);
    text("channel_id") && text("access_key") && text("direction")
}

/// Every reference inside a value with its path (`a.b[0]`; the empty path is the value itself).
///
/// ```
/// use iii_kit::published::helpers::extract_channel_refs;
/// # use iii_kit::serde_json::json;
/// let input = json!({ "file": { "channel_id": "c", "access_key": "k", "direction": "read" } });
/// let refs = extract_channel_refs(&input);
/// assert_eq!((refs[0].0.as_str(), refs[0].1.channel_id.as_str()), ("file", "c"));
/// ```
pub fn extract_channel_refs(data: &Value) -> Vec<(String, StreamChannelRef)> {
    let refs = crate::extract_channel_refs(data).into_iter();
    refs.map(|(path, channel)| (path, channel.into())).collect()
}
