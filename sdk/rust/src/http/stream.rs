//! Answers that are written bit by bit.

use crate::{Bytes, ChannelError, ChannelWriter};
use serde_json::json;
use std::collections::BTreeMap;

/// A response in the making. The head goes out with the first bytes; a slow client slows the writer
/// down, and one that leaves makes it fail. Dropping it without [`ResponseStream::finish`] is an
/// abort: the client sees that the body is incomplete.
///
/// ```
/// use iii_kit::http::Request;
/// use iii_kit::{Bytes, Context, HandlerError, RegisterFunction};
///
/// let export = RegisterFunction::new(|request: Request, context: Context| async move {
///     let mut stream = request.stream(&context)?;
///     stream.head(200, [("content-type", "text/csv")]).await?;
///     for line in ["id,name\n", "7,ann\n"] {
///         stream.write(Bytes::from_static(line.as_bytes())).await?;
///     }
///     stream.finish().await?;
///     Ok::<_, HandlerError>(())
/// });
/// ```
pub struct ResponseStream {
    writer: ChannelWriter,
}

impl ResponseStream {
    pub(super) fn new(writer: ChannelWriter) -> Self {
        Self { writer }
    }

    /// Says status and headers; 200 without any unless this is said before the first bytes.
    ///
    /// # Errors
    /// The client has left.
    pub async fn head<'a>(
        &mut self,
        status_code: u16,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), ChannelError> {
        let headers: BTreeMap<&str, &str> = headers.into_iter().collect();
        let status = json!({ "type": "set_status", "status_code": status_code });
        self.writer.send_message(status.to_string()).await?;
        let headers = json!({ "type": "set_headers", "headers": headers });
        self.writer.send_message(headers.to_string()).await
    }

    /// Writes a part of the body. Waits while the client is slow.
    ///
    /// # Errors
    /// The client has left.
    pub async fn write(&mut self, part: impl Into<Bytes>) -> Result<(), ChannelError> {
        self.writer.write(part.into()).await
    }

    /// Ends the body in order.
    ///
    /// # Errors
    /// The client has left.
    pub async fn finish(self) -> Result<(), ChannelError> {
        self.writer.finish().await
    }

    /// Gives the response up: the client sees that the body is incomplete.
    pub async fn abort(self) {
        self.writer.abort().await;
    }
}
