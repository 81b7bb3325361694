//! Functions around a client.

pub use super::channels::{ChannelDirection, ChannelItem, extract_channel_refs, is_channel_ref};

use super::channel::{ChannelReader, ChannelWriter, StreamChannelRef};
use super::channels::Channel;
use super::iii_helpers::stream::{
    StreamDeleteInput, StreamGetInput, StreamListGroupsInput, StreamListInput, StreamSetInput,
};
use super::protocol::TriggerRequest;
use super::{Error, IIIClient, IStream, RegisterFunction};
use crate::Dial;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;

/// What the engine answers to the wish for a channel.
#[derive(Deserialize)]
struct ChannelRefs {
    writer: StreamChannelRef,
    reader: StreamChannelRef,
}

/// Creates a channel. `buffer_size` is how many frames the engine keeps between its ends (1 to
/// 1024, default 64).
///
/// # Errors
/// See [`Error`].
///
/// ```no_run
/// # use iii_kit::published::{Error, IIIClient, TriggerAction};
/// # use iii_kit::published::helpers::create_channel;
/// # use iii_kit::published::protocol::TriggerRequest;
/// # use iii_kit::serde_json::json;
/// # async fn example(worker: IIIClient) -> Result<(), Error> {
/// let channel = create_channel(&worker, None).await?;
/// let import = TriggerRequest {
///     action: Some(TriggerAction::Void),
///     ..TriggerRequest::new("files::import", json!({ "file": channel.reader_ref }))
/// };
/// worker.trigger(import).await?;
/// channel.writer.write(b"id,name\n").await?;
/// channel.writer.close().await?;
/// # Ok(())
/// # }
/// ```
pub async fn create_channel(iii: &IIIClient, buffer_size: Option<usize>) -> Result<Channel, Error> {
    let input = json!({ "buffer_size": buffer_size });
    let request = TriggerRequest::new("engine::channels::create", input);
    let refs: ChannelRefs = serde_json::from_value(iii.trigger(request).await?)?;
    let way = iii.way() as Arc<dyn Dial>;
    Ok(Channel {
        writer: ChannelWriter::over(Arc::clone(&way), &refs.writer),
        reader: ChannelReader::over(way, &refs.reader),
        writer_ref: refs.writer,
        reader_ref: refs.reader,
    })
}

/// Offers `stream::get(NAME)`, `set`, `delete`, `list` and `list_groups` of a stream that this
/// worker keeps.
///
/// # Panics
/// This worker keeps a stream of this name already.
pub fn create_stream<S: IStream>(iii: &IIIClient, stream_name: impl Into<String>, stream: S) {
    let offer = Offer {
        client: iii,
        name: stream_name.into(),
        stream: Arc::new(stream),
    };
    offer.function("get", |stream, input: StreamGetInput| async move {
        stream.get(input).await
    });
    offer.function("set", |stream, input: StreamSetInput| async move {
        stream.set(input).await
    });
    offer.function("delete", |stream, input: StreamDeleteInput| async move {
        stream.delete(input).await
    });
    offer.function("list", |stream, input: StreamListInput| async move {
        stream.list(input).await
    });
    offer.function(
        "list_groups",
        |stream, input: StreamListGroupsInput| async move { stream.list_groups(input).await },
    );
}

/// A stream whose functions are to be offered.
struct Offer<'a, S> {
    client: &'a IIIClient,
    name: String,
    stream: Arc<S>,
}

impl<S: IStream> Offer<'_, S> {
    fn function<In, Out, Fut>(
        &self,
        verb: &str,
        run: impl Fn(Arc<S>, In) -> Fut + Clone + Send + Sync + 'static,
    ) where
        In: DeserializeOwned + Send,
        Out: Serialize,
        Fut: Future<Output = Result<Out, Error>> + Send,
    {
        let stream = Arc::clone(&self.stream);
        let function = RegisterFunction::new_async(move |input: Value| {
            let (stream, run) = (Arc::clone(&stream), run.clone());
            async move {
                let output = run(stream, serde_json::from_value(input)?).await?;
                Ok(serde_json::to_value(output)?)
            }
        });
        let id = format!("stream::{verb}({})", self.name);
        self.client.register_function(id, function);
    }
}
