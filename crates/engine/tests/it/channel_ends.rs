//! Channels on every pair of transports: everything arrives, in order, and both ends know how it
//! ended.

use crate::support::{Request, Rig, Setup, patient};
use bytes::Bytes;
use iii_transport::ws::{DialOptions, WsDialer};
use iii_transport::{ChannelEnd, ChannelFrame, Closed, Dial, Direction, close_code};
use serde_json::json;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// References to the two ends of a channel.
pub(crate) struct Pair {
    pub(crate) id: String,
    pub(crate) write: String,
    pub(crate) read: String,
}

/// Mints a channel.
pub(crate) async fn mint(rig: &Rig, buffer_size: Option<u64>) -> Pair {
    let mut peer = rig.connect().await;
    let minted = peer
        .call(
            "engine::channels::create",
            json!({ "buffer_size": buffer_size }),
        )
        .await;
    let minted = minted.expect("a channel");
    let text = |end: &str, field: &str| minted[end][field].as_str().expect(field).to_owned();
    assert_eq!(text("writer", "direction"), "write");
    assert_eq!(text("reader", "direction"), "read");
    assert_eq!(text("writer", "channel_id"), text("reader", "channel_id"));
    Pair {
        id: text("writer", "channel_id"),
        write: text("writer", "access_key"),
        read: text("reader", "access_key"),
    }
}

/// A way to the engine over a socket.
pub(crate) fn socket(rig: &Rig) -> Arc<dyn Dial> {
    let address = format!("ws://{}", rig.address);
    let dialer = WsDialer::new(&address, DialOptions::default());
    Arc::new(dialer.expect("an address"))
}

/// Every way to the engine: over a socket, and in memory on each of its threads.
fn ways(rig: &Rig) -> Vec<(&'static str, Arc<dyn Dial>)> {
    vec![
        ("socket", socket(rig)),
        ("memory", rig.engine.memory_dialer(0)),
        ("other thread", rig.engine.memory_dialer(1)),
    ]
}

pub(crate) type End = Box<dyn ChannelEnd>;

pub(crate) async fn attach(dial: &dyn Dial, pair: &Pair, direction: Direction) -> End {
    let key = match direction {
        Direction::Read => &pair.read,
        Direction::Write => &pair.write,
    };
    let end = dial.dial_channel(&pair.id, key, direction).await;
    end.expect("an end of the channel")
}

pub(crate) async fn receive(end: &mut End) -> Result<ChannelFrame, Closed> {
    patient("a frame", poll_fn(|context| end.poll_receive(context))).await
}

pub(crate) async fn flush(end: &mut End) {
    let flushed = poll_fn(|context| end.poll_flush(context));
    // An end that the other has left cannot be flushed; the tests look at how it ended.
    let _ = patient("room", flushed).await;
}

/// Reads to the end: all bytes, all texts, and how it ended.
pub(crate) async fn read_all(end: &mut End) -> (Vec<u8>, Vec<Bytes>, Closed) {
    let (mut bytes, mut texts) = (Vec::new(), Vec::new());
    loop {
        match receive(end).await {
            Ok(ChannelFrame::Binary(frame)) => bytes.extend_from_slice(&frame),
            Ok(ChannelFrame::Text(text)) => texts.push(text),
            Err(closed) => return (bytes, texts, closed),
        }
    }
}

fn by_peer(code: u16) -> Closed {
    Closed::ByPeer { code: Some(code) }
}

/// Bytes that are different at every place for a while.
fn pattern(bytes: usize) -> Bytes {
    (0..bytes).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_stream_arrives_whole_and_ends_in_order() {
    const BYTES: usize = 6 * 1024 * 1024;
    const FRAME: usize = 64 * 1024;
    Setup::new().run(async |rig| {
        let data = pattern(BYTES);
        for (write_name, write_way) in &ways(rig) {
            for (read_name, read_way) in &ways(rig) {
                let pair = mint(rig, None).await;
                let mut writer = attach(&**write_way, &pair, Direction::Write).await;
                let mut reader = attach(&**read_way, &pair, Direction::Read).await;
                let write = async {
                    writer.send(ChannelFrame::Text(Bytes::from_static(b"{\"head\":1}")));
                    for at in (0..BYTES).step_by(FRAME) {
                        writer.send(ChannelFrame::Binary(data.slice(at..at + FRAME)));
                        flush(&mut writer).await;
                    }
                    writer.send(ChannelFrame::Text(Bytes::from_static(b"tail")));
                    writer.close(close_code::FINISHED);
                    flush(&mut writer).await;
                };
                let ((), (bytes, texts, closed)) = tokio::join!(write, read_all(&mut reader));
                let way = format!("{write_name} to {read_name}");
                assert!(bytes == data, "{way}: {} bytes", bytes.len());
                assert_eq!(texts, ["{\"head\":1}", "tail"], "{way}");
                assert_eq!(closed, by_peer(close_code::FINISHED), "{way}");
            }
        }
    });
}

#[test]
fn what_was_written_before_the_reader_came_is_there() {
    Setup::new().run(async |rig| {
        for (name, way) in &ways(rig) {
            let pair = mint(rig, None).await;
            let mut writer = attach(&**way, &pair, Direction::Write).await;
            writer.send(ChannelFrame::Binary(Bytes::from_static(b"early")));
            writer.close(close_code::FINISHED);
            flush(&mut writer).await;
            let mut reader = attach(&**way, &pair, Direction::Read).await;
            let (bytes, _, closed) = read_all(&mut reader).await;
            assert_eq!(bytes, b"early", "{name}");
            assert_eq!(closed, by_peer(close_code::FINISHED), "{name}");
        }
    });
}

#[test]
fn an_abort_is_no_end_of_stream() {
    Setup::new().run(async |rig| {
        for (write_name, write_way) in &ways(rig) {
            for (read_name, read_way) in &ways(rig) {
                for vanish in [true, false] {
                    let pair = mint(rig, None).await;
                    let mut writer = attach(&**write_way, &pair, Direction::Write).await;
                    let mut reader = attach(&**read_way, &pair, Direction::Read).await;
                    writer.send(ChannelFrame::Binary(Bytes::from_static(b"half")));
                    flush(&mut writer).await;
                    let first = receive(&mut reader).await;
                    let half = ChannelFrame::Binary(Bytes::from_static(b"half"));
                    assert_eq!(first, Ok(half));
                    if vanish {
                        drop(writer);
                    } else {
                        writer.close(close_code::ABORTED);
                        flush(&mut writer).await;
                    }
                    let (_, _, closed) = read_all(&mut reader).await;
                    let way = format!("{write_name} to {read_name}, vanish: {vanish}");
                    assert_eq!(closed, by_peer(close_code::ABORTED), "{way}");
                }
            }
        }
    });
}

#[test]
fn an_end_can_answer_the_farewell() {
    Setup::new().run(async |rig| {
        let pair = mint(rig, None).await;
        let target = format!("/ws/channels/{}?key={}&dir=read", pair.id, pair.read);
        let opened = Request::new(rig.address).target(&target).open().await;
        let mut reader = opened.expect("the reader's end").stream;
        let mut writer = attach(&*socket(rig), &pair, Direction::Write).await;
        writer.close(close_code::FINISHED);
        flush(&mut writer).await;
        let mut said = Vec::new();
        let read = patient("the end", reader.read_to_end(&mut said)).await;
        read.expect("an end in order");
        // An unmasked close frame with its code.
        assert_eq!(said, [0x88, 2, 0x03, 0xe8]);
        // A reset would come back after the first of these.
        for _ in 0..3 {
            let answer = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8];
            reader.write_all(&answer).await.expect("somebody reads it");
            reader.flush().await.expect("somebody reads it");
        }
        reader.shutdown().await.expect("it was open until now");
        let closed = receive(&mut writer).await.expect_err("it is over");
        assert_eq!(closed, Closed::Locally);
    });
}

#[test]
fn a_writer_learns_that_its_reader_has_gone() {
    Setup::new().run(async |rig| {
        for (write_name, write_way) in &ways(rig) {
            for (read_name, read_way) in &ways(rig) {
                for said_something in [false, true] {
                    let pair = mint(rig, None).await;
                    let mut writer = attach(&**write_way, &pair, Direction::Write).await;
                    let mut reader = attach(&**read_way, &pair, Direction::Read).await;
                    writer.send(ChannelFrame::Binary(Bytes::from_static(b"x")));
                    flush(&mut writer).await;
                    receive(&mut reader).await.expect("a frame");
                    if said_something {
                        // A reader has nothing to say; that it did must not hide its end.
                        reader.send(ChannelFrame::Text(Bytes::from_static(b"?")));
                        flush(&mut reader).await;
                    }
                    drop(reader);
                    let way = format!("{write_name} to {read_name}, spoke: {said_something}");
                    let closed = receive(&mut writer).await.expect_err("it is over");
                    assert_eq!(closed, by_peer(close_code::READER_GONE), "{way}");
                }
            }
        }
    });
}

#[test]
fn a_writer_waits_for_its_reader() {
    const FRAME: usize = 1024 * 1024;
    /// What everything between the ends holds at most: the engine, the pipes, and four buffers of
    /// the system, two of which may grow to 32 MiB.
    const HELD_MAX: usize = 100;
    const FRAMES: usize = HELD_MAX + 50;
    Setup::new().run(async |rig| {
        let frame = pattern(FRAME);
        for (write_name, write_way) in &ways(rig) {
            for (read_name, read_way) in &ways(rig) {
                let pair = mint(rig, Some(1024)).await;
                let mut writer = attach(&**write_way, &pair, Direction::Write).await;
                let mut reader = attach(&**read_way, &pair, Direction::Read).await;
                let mut written = 0;
                // As long as something moves; a round trip stands for the time it takes.
                let mut idle = 0;
                let mut clock = rig.connect().await;
                while idle < 200 && written < FRAMES {
                    let flushed = poll_fn(|context| {
                        Poll::Ready(matches!(writer.poll_flush(context), Poll::Ready(Ok(()))))
                    });
                    if flushed.await {
                        writer.send(ChannelFrame::Binary(frame.clone()));
                        written += 1;
                        idle = 0;
                    } else {
                        idle += 1;
                        clock.sync().await;
                    }
                }
                let way = format!("{write_name} to {read_name}");
                assert!(
                    written < HELD_MAX,
                    "{way}: {written} MiB are held by nobody"
                );
                writer.close(close_code::FINISHED);
                let end = async { flush(&mut writer).await };
                let ((), (bytes, _, closed)) = tokio::join!(end, read_all(&mut reader));
                assert_eq!(bytes.len(), written * FRAME, "{way}");
                assert_eq!(closed, by_peer(close_code::FINISHED), "{way}");
            }
        }
    });
}
