//! Channels through the engine.

use crate::support::{Stage, on_every_transport};
use iii_kit::{
    Bytes, ChannelError, ChannelFrame, ChannelRef, Client, Context, HandlerError, RegisterFunction,
    TriggerRequest, extract_channel_refs,
};
use iii_testkit::within;

const LIMIT: usize = 8 << 20;

/// A function that reads the channel it is given and answers the number of its bytes.
async fn offer_count(client: &Client) {
    let reading = client.clone();
    let count = RegisterFunction::new(move |input: serde_json::Value, _: Context| {
        let reading = reading.clone();
        async move {
            let Some((_, channel)) = extract_channel_refs(&input).into_iter().next() else {
                return Err(HandlerError::new(
                    "no_channel",
                    "there is none in the input",
                ));
            };
            let read = reading.open_reader(&channel).read_all(LIMIT).await;
            let all = read.map_err(|error| HandlerError::new(error.code(), error.to_string()))?;
            Ok(all.len())
        }
    });
    client.register_function("count", count).await.unwrap();
}

async fn count(stage: &Stage, channel: ChannelRef) -> Result<usize, iii_kit::Error> {
    stage
        .caller
        .trigger(TriggerRequest::new("count", channel))
        .await
}

#[tokio::test]
async fn bytes_cross_a_created_and_a_minted_channel() {
    on_every_transport(async |stage| {
        offer_count(&stage.worker).await;
        let data = Bytes::from(vec![7; 1_000_000]);
        let mut channel = stage.caller.create_channel(Some(4)).await.unwrap();
        let (counted, ()) = tokio::join!(count(stage, channel.reader_ref), async {
            channel.writer.write(data.clone()).await.unwrap();
            channel.writer.finish().await.unwrap();
        });
        assert_eq!(counted, Ok(1_000_000));

        let refs = stage.caller.mint_channel_refs().unwrap();
        let mut writer = stage.caller.open_writer(&refs.writer);
        let (counted, ()) = tokio::join!(count(stage, refs.reader), async {
            writer.write(data.clone()).await.unwrap();
            writer.finish().await.unwrap();
        });
        assert_eq!(counted, Ok(1_000_000));
    })
    .await;
}

#[tokio::test]
async fn order_kinds_and_the_empty_stream_survive() {
    on_every_transport(async |stage| {
        let refs = stage.caller.mint_channel_refs().unwrap();
        let mut writer = stage.caller.open_writer(&refs.writer);
        let mut reader = stage.worker.open_reader(&refs.reader);
        let (frames, ()) = tokio::join!(
            async {
                let mut frames = Vec::new();
                while let Some(frame) = within("a frame", reader.next()).await {
                    frames.push(frame.unwrap());
                }
                frames
            },
            async {
                writer.write(Bytes::from_static(b"a")).await.unwrap();
                writer.send_message("half").await.unwrap();
                writer.write(Bytes::from_static(b"b")).await.unwrap();
                writer.finish().await.unwrap();
            }
        );
        let binary = |text: &'static str| ChannelFrame::Binary(text.into());
        let half = ChannelFrame::Text("half".into());
        assert_eq!(frames, [binary("a"), half, binary("b")]);

        let refs = stage.caller.mint_channel_refs().unwrap();
        let writer = stage.caller.open_writer(&refs.writer);
        let mut reader = stage.worker.open_reader(&refs.reader);
        let (all, finished) = tokio::join!(reader.read_all(LIMIT), writer.finish());
        assert_eq!((all, finished), (Ok(Bytes::new()), Ok(())));
    })
    .await;
}

#[tokio::test]
async fn an_abort_is_no_end() {
    on_every_transport(async |stage| {
        for vanishes in [false, true] {
            let refs = stage.caller.mint_channel_refs().unwrap();
            let mut writer = stage.caller.open_writer(&refs.writer);
            let mut reader = stage.worker.open_reader(&refs.reader);
            let (all, ()) = tokio::join!(reader.read_all(LIMIT), async {
                writer.write(Bytes::from_static(b"a")).await.unwrap();
                if vanishes {
                    drop(writer);
                } else {
                    writer.abort().await;
                }
            });
            assert_eq!(all, Err(ChannelError::Aborted), "vanishes: {vanishes}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_leaves_stops_its_writer() {
    on_every_transport(async |stage| {
        let refs = stage.caller.mint_channel_refs().unwrap();
        let mut writer = stage.caller.open_writer(&refs.writer);
        let mut reader = stage.worker.open_reader(&refs.reader);
        let (first, written) = tokio::join!(reader.next(), writer.write("a".into()));
        first.unwrap().unwrap();
        written.unwrap();
        reader.close().await;
        let stopped = async {
            loop {
                if let Err(error) = writer.write(vec![0; 4096].into()).await {
                    return error;
                }
            }
        };
        let error = within("the end of the writer", stopped).await;
        assert_eq!(error, ChannelError::Aborted);
    })
    .await;
}

#[tokio::test]
async fn a_forged_or_used_reference_is_refused() {
    on_every_transport(async |stage| {
        let refs = stage.caller.mint_channel_refs().unwrap();
        let mut forged = refs.reader.clone();
        forged.access_key = refs.writer.access_key.clone();
        let mut reader = stage.worker.open_reader(&forged);
        let read = within("the refusal", reader.next()).await;
        assert_eq!(read, Some(Err(ChannelError::NotFound)));
    })
    .await;
}
