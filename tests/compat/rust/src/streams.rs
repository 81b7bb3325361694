//! Channels between two clients, and messages too large for one frame.

use crate::calls::function;
use crate::checks::{Check, Inbox, World, expect, failed};
use anyhow::Result;
use futures_util::future::FutureExt;
use iii_sdk_published::channel::{ChannelReader, ChannelWriter};
use iii_sdk_published::helpers::{create_channel, extract_channel_refs};
use iii_sdk_published::protocol::TriggerRequest;
use iii_sdk_published::{Error, RegisterFunction};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const CHECKS: &[Check] = &[
    ("channel_to_a_function", |world| {
        to_a_function(world).boxed()
    }),
    ("channel_from_a_function", |world| {
        from_a_function(world).boxed()
    }),
    ("message_of_20_mib", |world| of_20_mib(world).boxed()),
    ("message_of_40_mib_both_ways", |world| {
        of_40_mib(world).boxed()
    }),
    ("message_beyond_the_limit", |world| {
        beyond_the_limit(world).boxed()
    }),
];

const MIB: usize = 1024 * 1024;
const BLOCKS: usize = 32;

/// 256 KiB; `BLOCKS` of them are 8 MiB.
fn block() -> Vec<u8> {
    let text = b"channel data ".iter().copied();
    text.cycle().take(MIB / 4).collect()
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn write_all(writer: &ChannelWriter) -> Result<(), Error> {
    let block = block();
    for _ in 0..BLOCKS {
        writer.write(&block).await?;
    }
    writer.close().await
}

async fn consume(url: String, data: Value) -> Result<Value, Error> {
    let refs = extract_channel_refs(&data);
    let reader = ChannelReader::new(&url, &refs[0].1);
    let texts = Inbox::default();
    let seen = texts.clone();
    reader.on_message(move |text| seen.put(json!(text))).await;
    let sha = digest(&reader.read_all().await?);
    let text = texts
        .take(|_| true)
        .await
        .map_err(|error| error.to_string())?;
    Ok(json!({"sha": sha, "text": text, "path": refs[0].0}))
}

async fn to_a_function(world: &World) -> Result<()> {
    let url = world.url.clone();
    let handler = RegisterFunction::new_async(move |data: Value| consume(url.clone(), data));
    world.serve("rs::consume", handler).await?;
    let channel = create_channel(&world.caller, None).await?;
    let call = world.call("rs::consume", json!({"input": channel.reader_ref}));
    let write = async {
        channel.writer.send_message("begin").await?;
        write_all(&channel.writer).await
    };
    let (answer, written) = tokio::join!(call, write);
    written?;
    let sha = digest(&block().repeat(BLOCKS));
    expect(
        answer?,
        json!({"sha": sha, "text": "begin", "path": "input"}),
    )
}

async fn produce(url: String, data: Value) -> Result<Value, Error> {
    let refs = extract_channel_refs(&data);
    write_all(&ChannelWriter::new(&url, &refs[0].1)).await?;
    Ok(json!("written"))
}

async fn from_a_function(world: &World) -> Result<()> {
    let url = world.url.clone();
    let handler = RegisterFunction::new_async(move |data: Value| produce(url.clone(), data));
    world.serve("rs::produce", handler).await?;
    let channel = create_channel(&world.caller, Some(4)).await?;
    let payload = json!({"nested": [{"output": channel.writer_ref}]});
    let call = world.call("rs::produce", payload);
    let (answer, body) = tokio::join!(call, channel.reader.read_all());
    expect(answer?, json!("written"))?;
    expect(digest(&body?), digest(&block().repeat(BLOCKS)))
}

async fn of_20_mib(world: &World) -> Result<()> {
    let length = function(|data| json!(data["text"].as_str().map(str::len)));
    world.serve("rs::length", length).await?;
    let text = "x".repeat(20 * MIB);
    let answer = world.call("rs::length", json!({"text": text})).await?;
    expect(answer, json!(20 * MIB))
}

async fn of_40_mib(world: &World) -> Result<()> {
    let text = "é".repeat(20 * MIB);
    let request = TriggerRequest {
        timeout_ms: Some(60_000),
        ..TriggerRequest::new("rs::echo", json!({"text": text}))
    };
    let answer = world.caller.trigger(request).await?;
    expect(answer["text"] == text, true)
}

async fn beyond_the_limit(world: &World) -> Result<()> {
    let text = "x".repeat(70 * MIB);
    let refused = world.call("rs::length", json!({"text": text})).await;
    expect(failed(refused)?.0, "payload_too_large")?;
    let answer = world.call("rs::length", json!({"text": "abc"})).await?;
    expect(answer, json!(3))
}
