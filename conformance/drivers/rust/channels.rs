//! Channels and their ends.

use crate::driver::{Answer, Shared, value};
use crate::failure::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use iii_kit::{Bytes, ChannelFrame, ChannelReader, ChannelRef, ChannelWriter};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Ends by name. One operation at a time on each.
pub(crate) type Ends = parking_lot::Mutex<HashMap<String, Arc<Mutex<Option<End>>>>>;

pub(crate) enum End {
    Reader(ChannelReader),
    Writer(ChannelWriter),
}

#[derive(Deserialize)]
struct Create {
    client: String,
    buffer: Option<u32>,
}

#[derive(Deserialize)]
struct Open {
    client: String,
    end: String,
    #[serde(rename = "ref")]
    channel: ChannelRef,
}

#[derive(Deserialize)]
struct Named {
    end: String,
}

#[derive(Deserialize)]
struct Write {
    end: String,
    #[serde(flatten)]
    item: Item,
}

/// What is written.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Item {
    text: Option<String>,
    base64: Option<String>,
    fill: Option<usize>,
}

impl Item {
    pub(crate) async fn write(self, writer: &mut ChannelWriter) -> Result<(), Failure> {
        if let Some(text) = self.text {
            writer.send_message(text).await?;
        } else if let Some(text) = self.base64 {
            let bytes = STANDARD.decode(text);
            let bytes = bytes.map_err(|error| Failure::new("driver", error))?;
            writer.write(Bytes::from(bytes)).await?;
        } else if let Some(bytes) = self.fill {
            writer.write(Bytes::from(vec![b'x'; bytes])).await?;
        }
        Ok(())
    }
}

pub(crate) async fn create(shared: &Shared, request: &str) -> Answer {
    let wanted: Create = serde_json::from_str(request)?;
    let session = shared.session(&wanted.client)?;
    let channel = session.client.create_channel(wanted.buffer).await?;
    value(&json!({ "reader": channel.reader_ref, "writer": channel.writer_ref }))
}

pub(crate) fn mint(shared: &Shared, request: &str) -> Answer {
    let wanted: Create = serde_json::from_str(request)?;
    let refs = shared.session(&wanted.client)?.client.mint_channel_refs()?;
    value(&json!(refs))
}

pub(crate) fn open_writer(shared: &Shared, request: &str) -> Answer {
    let wanted: Open = serde_json::from_str(request)?;
    let client = &shared.session(&wanted.client)?.client;
    let end = End::Writer(client.open_writer(&wanted.channel));
    keep(shared, wanted.end, end);
    Ok(None)
}

pub(crate) fn open_reader(shared: &Shared, request: &str) -> Answer {
    let wanted: Open = serde_json::from_str(request)?;
    let client = &shared.session(&wanted.client)?.client;
    let end = End::Reader(client.open_reader(&wanted.channel));
    keep(shared, wanted.end, end);
    Ok(None)
}

fn keep(shared: &Shared, name: String, end: End) {
    let end = Arc::new(Mutex::new(Some(end)));
    shared.ends.lock().insert(name, end);
}

fn end(shared: &Shared, name: &str) -> Result<Arc<Mutex<Option<End>>>, Failure> {
    let end = shared.ends.lock().get(name).cloned();
    end.ok_or_else(|| Failure::unknown("end", name))
}

pub(crate) async fn write(shared: &Shared, request: &str) -> Answer {
    let wanted: Write = serde_json::from_str(request)?;
    let end = end(shared, &wanted.end)?;
    let mut end = end.lock().await;
    let Some(End::Writer(writer)) = end.as_mut() else {
        return Err(Failure::unknown("writer", &wanted.end));
    };
    wanted.item.write(writer).await?;
    Ok(None)
}

pub(crate) async fn read(shared: &Shared, request: &str) -> Answer {
    let wanted: Named = serde_json::from_str(request)?;
    let end = end(shared, &wanted.end)?;
    let mut end = end.lock().await;
    let Some(End::Reader(reader)) = end.as_mut() else {
        return Err(Failure::unknown("reader", &wanted.end));
    };
    match reader.next().await {
        None => value(&json!({ "end": "eof" })),
        Some(frame) => value(&match frame? {
            ChannelFrame::Text(text) => json!({ "text": String::from_utf8_lossy(&text) }),
            ChannelFrame::Binary(bytes) => json!({ "base64": STANDARD.encode(&bytes) }),
        }),
    }
}

pub(crate) async fn read_all(shared: &Shared, request: &str) -> Answer {
    let wanted: Named = serde_json::from_str(request)?;
    let end = end(shared, &wanted.end)?;
    let mut end = end.lock().await;
    let Some(End::Reader(reader)) = end.as_mut() else {
        return Err(Failure::unknown("reader", &wanted.end));
    };
    value(&summary(reader).await?)
}

/// Everything up to the end of the stream.
pub(crate) async fn summary(reader: &mut ChannelReader) -> Result<Value, Failure> {
    let (mut bytes, mut hash, mut texts) = (0, Sha256::new(), Vec::new());
    while let Some(frame) = reader.next().await {
        match frame? {
            ChannelFrame::Text(text) => texts.push(String::from_utf8_lossy(&text).into_owned()),
            ChannelFrame::Binary(data) => {
                bytes += data.len();
                hash.update(&data);
            }
        }
    }
    let digest = Bytes::copy_from_slice(&hash.finalize());
    Ok(json!({ "bytes": bytes, "sha256": format!("{digest:x}"), "texts": texts }))
}

pub(crate) async fn close(shared: &Shared, request: &str) -> Answer {
    match taken(shared, request).await? {
        End::Writer(writer) => writer.finish().await?,
        End::Reader(reader) => reader.close().await,
    }
    Ok(None)
}

pub(crate) async fn abort(shared: &Shared, request: &str) -> Answer {
    match taken(shared, request).await? {
        End::Writer(writer) => writer.abort().await,
        End::Reader(reader) => reader.close().await,
    }
    Ok(None)
}

async fn taken(shared: &Shared, request: &str) -> Result<End, Failure> {
    let wanted: Named = serde_json::from_str(request)?;
    let end = end(shared, &wanted.end)?;
    let taken = end.lock().await.take();
    taken.ok_or_else(|| Failure::unknown("open end", &wanted.end))
}
