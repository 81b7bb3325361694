//! Channels.

use crate::support::{Engine, Peer, json, within};
use iii_kit::{
    Bytes, ChannelDirection, ChannelError, ChannelFrame, ChannelRef, Client, Context, HandlerError,
    Payload, RawTriggerRequest, RegisterFunction,
};
use iii_protocol::Message;
use iii_transport::{ChannelEnd, Closed, Direction, close_code};
use std::future::poll_fn;

fn reference(direction: ChannelDirection) -> ChannelRef {
    let text = r#"{"channel_id":"c1","access_key":"k1","direction":"read"}"#;
    let mut channel: ChannelRef = serde_json::from_str(text).unwrap();
    channel.direction = direction;
    channel
}

async fn next(end: &mut impl ChannelEnd) -> Result<ChannelFrame, Closed> {
    within(poll_fn(|context| end.poll_receive(context))).await
}

async fn put(end: &mut impl ChannelEnd, frame: ChannelFrame) {
    end.send(frame);
    within(poll_fn(|context| end.poll_flush(context)))
        .await
        .unwrap();
}

fn binary(text: &'static str) -> ChannelFrame {
    ChannelFrame::Binary(Bytes::from_static(text.as_bytes()))
}

#[tokio::test(start_paused = true)]
async fn a_channel_is_made_by_the_engine() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let (channel, ()) = tokio::join!(client.create_channel(Some(8)), async {
        let call = peer.invoke().await;
        assert_eq!(call.function_id, "engine::channels::create");
        assert_eq!(call.data, Some(json(r#"{"buffer_size":8}"#)));
        let refs = r#"{"writer":{"channel_id":"c1","access_key":"k1","direction":"write"},
            "reader":{"channel_id":"c1","access_key":"k2","direction":"read"}}"#;
        peer.answer(&call, refs).await;
    });
    let channel = channel.unwrap();
    assert_eq!(channel.writer_ref.access_key, "k1");
    assert_eq!(channel.reader_ref.direction, ChannelDirection::Read);
    let shown = format!("{:?}", channel.reader_ref);
    assert!(!shown.contains("k2"), "keys stay out of logs: {shown}");
}

#[tokio::test(start_paused = true)]
async fn references_are_minted_without_a_call() {
    let engine = Engine::new();
    let (client, peer) = engine.connected().await;
    let one = client.mint_channel_refs().unwrap();
    let other = client.mint_channel_refs().unwrap();
    assert!(one.reader.channel_id.starts_with("w1."), "{one:?}");
    assert_eq!(one.reader.channel_id, one.writer.channel_id);
    assert_ne!(one.reader.access_key, one.writer.access_key);
    assert_eq!(one.reader.access_key.len(), 32);
    assert_ne!(one.reader.channel_id, other.reader.channel_id);
    drop(peer);
    let _next = engine.accept().await;
    assert!(
        client.mint_channel_refs().is_err(),
        "they belong to a connection"
    );
}

#[tokio::test(start_paused = true)]
async fn a_writer_attaches_late_cuts_data_and_finishes() {
    let engine = Engine::new();
    let (client, _peer) = engine.connected().await;
    let mut writer = client.open_writer(&reference(ChannelDirection::Write));
    let data = Bytes::from(vec![7; 100_000]);
    let (written, (id, key, direction, mut end)) =
        tokio::join!(writer.write(data), engine.channel());
    written.unwrap();
    assert_eq!((id.as_str(), key.as_str()), ("c1", "k1"));
    assert_eq!(direction, Direction::Write);
    writer.send_message("half way").await.unwrap();
    let sizes = [next(&mut end).await, next(&mut end).await].map(|frame| match frame {
        Ok(ChannelFrame::Binary(bytes)) => bytes.len(),
        other => panic!("expected bytes, got {other:?}"),
    });
    assert_eq!(sizes, [64 << 10, 100_000 - (64 << 10)]);
    let text = ChannelFrame::Text(Bytes::from_static(b"half way"));
    assert_eq!(next(&mut end).await, Ok(text));
    writer.finish().await.unwrap();
    let finished = Closed::ByPeer {
        code: Some(close_code::FINISHED),
    };
    assert_eq!(next(&mut end).await, Err(finished));
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_vanishes_or_gives_up_aborts() {
    let engine = Engine::new();
    let (client, _peer) = engine.connected().await;
    let aborted = Closed::ByPeer {
        code: Some(close_code::ABORTED),
    };
    for gives_up in [true, false] {
        let mut writer = client.open_writer(&reference(ChannelDirection::Write));
        let data = Bytes::from_static(b"x");
        let (_, (_, _, _, mut end)) = tokio::join!(writer.write(data), engine.channel());
        if gives_up {
            writer.abort().await;
        } else {
            drop(writer);
        }
        next(&mut end).await.unwrap();
        assert_eq!(next(&mut end).await, Err(aborted.clone()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_writer_learns_that_its_reader_is_gone() {
    let engine = Engine::new();
    let (client, _peer) = engine.connected().await;
    let mut writer = client.open_writer(&reference(ChannelDirection::Write));
    let data = || Bytes::from_static(b"x");
    let (_, (_, _, _, mut end)) = tokio::join!(writer.write(data()), engine.channel());
    end.close(close_code::READER_GONE);
    poll_fn(|context| end.poll_flush(context)).await.unwrap();
    assert_eq!(writer.write(data()).await, Err(ChannelError::Aborted));
    assert_eq!(writer.write(data()).await, Err(ChannelError::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_reader_tells_the_end_from_an_abort() {
    let engine = Engine::new();
    let (client, _peer) = engine.connected().await;
    for (code, ends_with) in [
        (close_code::FINISHED, None),
        (close_code::ABORTED, Some(ChannelError::Aborted)),
        (close_code::EXPIRED, Some(ChannelError::NotFound)),
    ] {
        let mut reader = client.open_reader(&reference(ChannelDirection::Read));
        let (first, ()) = tokio::join!(reader.next(), async {
            let (_, _, direction, mut end) = engine.channel().await;
            assert_eq!(direction, Direction::Read);
            put(&mut end, binary("ab")).await;
            end.close(code);
            poll_fn(|context| end.poll_flush(context)).await.unwrap();
        });
        assert_eq!(first, Some(Ok(binary("ab"))));
        assert_eq!(reader.next().await, ends_with.map(Err), "{code}");
        assert_eq!(reader.next().await, None, "once it has ended it stays so");
    }
}

#[tokio::test(start_paused = true)]
async fn read_all_is_bounded() {
    let engine = Engine::new();
    let (client, _peer) = engine.connected().await;
    for (limit, fits) in [(4, true), (3, false)] {
        let mut reader = client.open_reader(&reference(ChannelDirection::Read));
        let (all, ()) = tokio::join!(reader.read_all(limit), async {
            let (_, _, _, mut end) = engine.channel().await;
            put(&mut end, binary("ab")).await;
            put(&mut end, ChannelFrame::Text(Bytes::from_static(b"skipped"))).await;
            put(&mut end, binary("cd")).await;
            end.close(close_code::FINISHED);
            poll_fn(|context| end.poll_flush(context)).await.unwrap();
        });
        let expected = if fits {
            Ok(Bytes::from_static(b"abcd"))
        } else {
            Err(ChannelError::TooLarge { limit })
        };
        assert_eq!(all, expected);
    }
}

/// What the answer to a call of a function says about channels.
async fn quiet(
    client: &Client,
    peer: &mut Peer,
    id: &str,
    run: impl Fn(ChannelRef, Context) -> Option<Payload> + Send + Sync + 'static,
) -> bool {
    let function = RegisterFunction::raw(move |_, context: Context| {
        let result = run(reference(ChannelDirection::Write), context);
        async move { Ok::<_, HandlerError>(result) }
    });
    let (registered, _) = tokio::join!(
        client.register_function(id, function),
        peer.accept_function()
    );
    registered.unwrap();
    peer.call(7, id, "{}").await;
    loop {
        if let Message::InvocationResult(result) = peer.receive().await {
            return result.quiet;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_used_no_channel_says_so_with_nothing() {
    let engine = Engine::new();
    let (client, mut peer) = engine.connected().await;
    let peer = &mut peer;
    assert!(quiet(&client, peer, "f::nothing", |_, _| None).await);
    assert!(quiet(&client, peer, "f::null", |_, _| Some(json("null"))).await);
    assert!(!quiet(&client, peer, "f::value", |_, _| Some(json("1"))).await);

    // A writer opened for the invocation, or by whatever ran beside it.
    let opened = |channel, context: Context| {
        drop(context.client().open_writer(&channel));
        None
    };
    assert!(!quiet(&client, peer, "f::opened", opened).await);
    let outside = client.clone();
    let beside = move |channel: ChannelRef, _| {
        let client = outside.clone();
        let thread = std::thread::spawn(move || drop(client.open_writer(&channel)));
        thread.join().unwrap();
        None
    };
    assert!(!quiet(&client, peer, "f::beside", beside).await);
    assert!(quiet(&client, peer, "f::again", |_, _| None).await);

    // A reference handed on.
    let handed_on = |channel: ChannelRef, context: Context| {
        let input = iii_kit::to_payload(&channel).unwrap();
        let call = RawTriggerRequest::new("f::other", Some(input)).void();
        let _ = now(context.trigger_raw(call));
        None
    };
    assert!(!quiet(&client, peer, "f::handed_on", handed_on).await);
}

fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}
