//! Channels of a client.

use super::Client;
use crate::channel::mint;
use crate::{
    Channel, ChannelReader, ChannelRef, ChannelRefs, ChannelWriter, Error, TriggerRequest,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Client {
    /// Creates a channel whose both ends can be attached from here; hand one of the references to
    /// another worker and use the other end. `buffer_frames` is how many frames the engine keeps
    /// between the ends (1 to 1024, default 64).
    ///
    /// # Errors
    /// See [`Error`].
    ///
    /// ```no_run
    /// # use iii_kit::{Bytes, Client, TriggerRequest};
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut channel = client.create_channel(None).await?;
    /// let call = TriggerRequest::new("files::import", channel.reader_ref).void();
    /// client.trigger::<_, ()>(call).await?;
    /// channel.writer.write(Bytes::from_static(b"id,name\n")).await?;
    /// channel.writer.finish().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_channel(&self, buffer_frames: Option<u32>) -> Result<Channel, Error> {
        let input = json!({ "buffer_size": buffer_frames });
        let request = TriggerRequest::new("engine::channels::create", input);
        let refs: ChannelRefs = self.trigger(request).await?;
        Ok(Channel {
            writer: self.open_writer(&refs.writer),
            reader: self.open_reader(&refs.reader),
            writer_ref: refs.writer,
            reader_ref: refs.reader,
        })
    }

    /// References to a new channel, made without asking the engine. They are good for as long as
    /// this connection to the engine lives, one attach per end.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`] while there is no connection, or to an engine that does not offer
    /// it; then [`Client::create_channel`] is the way.
    pub fn mint_channel_refs(&self) -> Result<ChannelRefs, Error> {
        let greeting = self.shared.greeting().ok_or(Error::ConnectionLost)?;
        let secret = greeting.channel_secret.as_ref();
        let secret = secret.ok_or(Error::ConnectionLost)?;
        let counter = self.shared.channel_number.fetch_add(1, Ordering::Relaxed);
        let age = crate::clock::now().saturating_duration_since(greeting.at);
        Ok(mint::refs(&greeting.worker_id, secret, age, counter))
    }

    /// The reading end of a channel. It attaches at the first read.
    pub fn open_reader(&self, channel: &ChannelRef) -> ChannelReader {
        ChannelReader::new(Arc::clone(&self.shared.dial), channel.clone())
    }

    /// The writing end of a channel. It attaches at the first write.
    ///
    /// A function that returns nothing and streams afterwards has to open its writer before it
    /// returns: one that has opened none tells its caller not to wait.
    pub fn open_writer(&self, channel: &ChannelRef) -> ChannelWriter {
        self.shared.channel_used(self.scope().as_ref());
        ChannelWriter::new(Arc::clone(&self.shared.dial), channel.clone())
    }
}
