//! What a WebSocket peer may send, what it may not, and what it is told.

use crate::support::{channel, connection, frame, header, masked_frame, text};
use bytes::Bytes;
use iii_protocol::{DecodeErrorKind, Message};
use iii_transport::ws::{Limits, Opcode, WsConnection};
use iii_transport::{
    ChannelEnd, ChannelFrame, Closed, Connection, Inbound, close_code, farewell, flush, receive,
};
use std::future::poll_fn;

const PING: &str = r#"{"type":"ping"}"#;

/// Receives exactly `count` items that carry something.
async fn take(connection: &mut WsConnection, count: usize) -> Vec<Inbound> {
    let mut inbound = Vec::new();
    while inbound.len() < count {
        receive(connection, &mut inbound, 64).await.unwrap();
        inbound.retain(|item| !matches!(item, Inbound::Alive));
    }
    inbound
}

async fn end(connection: &mut WsConnection) -> (Vec<Inbound>, Closed) {
    let mut inbound = Vec::new();
    loop {
        if let Err(closed) = receive(connection, &mut inbound, 64).await {
            return (inbound, closed);
        }
    }
}

fn is_ping(item: &Inbound) -> bool {
    matches!(item, Inbound::Message(Message::Ping))
}

#[tokio::test]
async fn many_frames_in_one_read_come_in_batches() {
    let (mut connection, mut raw) = connection(Limits::default()).await;
    let mut bytes = Vec::new();
    for _ in 0..500 {
        bytes.extend_from_slice(&text(PING));
    }
    raw.send(&bytes).await;
    let (mut total, mut largest) = (0, 0);
    while total < 500 {
        let mut inbound = Vec::new();
        receive(&mut connection, &mut inbound, 100).await.unwrap();
        assert!(inbound.iter().all(is_ping), "{inbound:?}");
        largest = largest.max(inbound.len());
        total += inbound.len();
    }
    assert_eq!((total, largest), (500, 100));
}

#[tokio::test]
async fn fragments_may_split_characters_and_carry_pings_between() {
    let (mut connection, mut raw) = connection(Limits::default()).await;
    let message = r#"{"type":"drain","reason":"grün 🦀"}"#.as_bytes();
    let split = message.iter().position(|byte| *byte == 0xc3).unwrap() + 1;
    raw.send(&frame(false, Opcode::Text, &message[..split]))
        .await;
    raw.send(&frame(true, Opcode::Ping, b"are you there")).await;
    raw.send(&frame(false, Opcode::Continuation, b"")).await;
    raw.send(&frame(true, Opcode::Continuation, &message[split..]))
        .await;
    let items = take(&mut connection, 1).await;
    let [Inbound::Message(Message::Drain(drain))] = &items[..] else {
        panic!("unexpected {items:?}");
    };
    assert_eq!(drain.reason.as_deref(), Some("grün 🦀"));
    assert_eq!(raw.frame().await, (Opcode::Pong, b"are you there".to_vec()));
}

#[tokio::test]
async fn bytes_that_come_one_at_a_time_make_whole_messages() {
    let (mut connection, mut raw) = connection(Limits::default()).await;
    let mut bytes = text(PING);
    bytes.extend_from_slice(&frame(true, Opcode::Ping, b"x"));
    bytes.extend_from_slice(&text(PING));
    let dribble = async {
        for byte in bytes {
            raw.send(&[byte]).await;
            tokio::task::yield_now().await;
        }
    };
    let (items, ()) = tokio::join!(take(&mut connection, 2), dribble);
    assert!(items.iter().all(is_ping), "{items:?}");
    assert_eq!(raw.frame().await, (Opcode::Pong, b"x".to_vec()));
}

#[tokio::test]
async fn binary_frames_are_telemetry_or_messages_and_empty_texts_are_nothing() {
    let (mut connection, mut raw) = connection(Limits::default()).await;
    raw.send(&text("")).await;
    raw.send(&frame(true, Opcode::Binary, b"LOGS{\"resourceLogs\":[]}"))
        .await;
    raw.send(&masked_frame(true, Opcode::Binary, PING.as_bytes(), [0; 4]))
        .await;
    raw.send(&frame(true, Opcode::Binary, b"\xff\xfe")).await;
    raw.send(&text(
        "{\"type\":\"invokefunction\",\"invocation_id\":\"i\"}",
    ))
    .await;
    let items = take(&mut connection, 4).await;
    let [
        Inbound::Telemetry { prefix, body },
        Inbound::Message(Message::Ping),
        Inbound::Malformed(not_utf8),
        Inbound::Malformed(incomplete),
    ] = &items[..]
    else {
        panic!("unexpected {items:?}");
    };
    assert_eq!(prefix, b"LOGS");
    assert_eq!(body, "{\"resourceLogs\":[]}");
    assert_eq!(not_utf8.kind, DecodeErrorKind::NotUtf8);
    assert_eq!(incomplete.invocation_id, Some("i".into()));
}

#[tokio::test]
async fn violations_close_with_their_code() {
    let unmasked = [&[0x81, PING.len() as u8], PING.as_bytes()].concat();
    let cases: [(&str, Vec<u8>, u16); 13] = [
        ("unmasked", unmasked, 1002),
        ("reserved bit", vec![0xc1, 0x80, 0, 0, 0, 0], 1002),
        ("opcode", vec![0x83, 0x80, 0, 0, 0, 0], 1002),
        ("fragmented ping", frame(false, Opcode::Ping, b""), 1002),
        ("long ping", frame(true, Opcode::Ping, &[0; 126]), 1002),
        (
            "lost continuation",
            frame(true, Opcode::Continuation, b"x"),
            1002,
        ),
        (
            "message inside a message",
            [frame(false, Opcode::Text, b"{"), text("{}")].concat(),
            1002,
        ),
        ("half a close code", frame(true, Opcode::Close, &[3]), 1002),
        (
            "close code 1005",
            frame(true, Opcode::Close, &[3, 237]),
            1002,
        ),
        (
            "close code 999",
            frame(true, Opcode::Close, &[3, 231]),
            1002,
        ),
        (
            "close reason",
            frame(true, Opcode::Close, &[3, 232, 0xff]),
            1007,
        ),
        (
            "text",
            frame(true, Opcode::Text, b"{\"type\":\"\xff\"}"),
            1007,
        ),
        ("length", vec![0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
    ];
    for (name, bytes, code) in cases {
        let (mut connection, mut raw) = connection(Limits::default()).await;
        raw.send(&text(PING)).await;
        raw.send(&bytes).await;
        let (items, closed) = end(&mut connection).await;
        assert!(is_ping(&items[0]), "{name}: {items:?}");
        assert!(
            matches!(closed, Closed::Violation { code: found, .. } if found == code),
            "{name}: {closed:?}"
        );
        assert_eq!(raw.close_code().await, Some(code), "{name}");
        let (_, again) = end(&mut connection).await;
        assert_eq!(again, closed, "{name}");
    }
}

#[tokio::test]
async fn a_close_is_answered_with_its_code() {
    for code in [Some(1000), Some(4002), None] {
        let (mut connection, mut raw) = connection(Limits::default()).await;
        let payload = code.map_or(Vec::new(), |code: u16| code.to_be_bytes().to_vec());
        raw.send(&text(PING)).await;
        raw.send(&frame(true, Opcode::Close, &payload)).await;
        raw.send(&text(PING)).await;
        let (items, closed) = end(&mut connection).await;
        assert!(items.len() == 1 && is_ping(&items[0]), "{items:?}");
        assert_eq!(closed, Closed::ByPeer { code });
        assert_eq!(raw.close_code().await, code);
    }
}

#[tokio::test]
async fn a_farewell_reaches_a_peer_that_is_still_sending() {
    let (mut connection, mut raw) = connection(Limits::default()).await;
    let noise = text(&format!("\"{}\"", "x".repeat(500_000)));
    connection.close(1001, "shutting down");
    let talk = async {
        raw.send(&noise).await;
        raw.close_code().await
    };
    let (code, ()) = tokio::join!(talk, async {
        flush(&mut connection).await.unwrap();
    });
    assert_eq!(code, Some(1001));
    let drop_raw = async move { drop(raw) };
    tokio::join!(farewell(&mut connection), drop_raw);
}

#[tokio::test]
async fn a_client_that_never_reads_only_fills_its_own_queue() {
    let (mut connection, mut raw) = connection(Limits::default()).await;
    let large = Message::Drain(iii_protocol::Drain {
        reason: Some("x".repeat(1_000).into()),
    });
    for _ in 0..20_000 {
        connection.send(&large);
    }
    while !connection.try_flush().unwrap() {
        let before = connection.queued_bytes();
        tokio::task::yield_now().await;
        connection.try_flush().unwrap();
        if connection.queued_bytes() == before {
            break;
        }
    }
    let queued = connection.queued_bytes();
    assert!(queued > 5_000_000, "{queued} bytes queued");
    raw.send(&text(PING)).await;
    assert!(take(&mut connection, 1).await.iter().all(is_ping));
    // Pings of such a client stay unanswered, or the answers would pile up without a bound.
    for _ in 0..1_000 {
        raw.send(&frame(true, Opcode::Ping, &[7; 125])).await;
    }
    raw.send(&text(PING)).await;
    assert!(take(&mut connection, 1).await.iter().all(is_ping));
    assert_eq!(connection.queued_bytes(), queued);
    let (flushed, frames) = tokio::join!(flush(&mut connection), async {
        for _ in 0..20_000 {
            assert_eq!(raw.frame().await.0, Opcode::Text);
        }
    });
    assert_eq!((flushed, frames), (Ok(()), ()));
}

#[tokio::test]
async fn a_large_message_proves_life_before_it_is_whole() {
    let (mut connection, mut raw) = connection(Limits::default()).await;
    raw.send(&header(true, Opcode::Text, 30_000_000, [0; 4]))
        .await;
    let mut inbound = Vec::new();
    receive(&mut connection, &mut inbound, 8).await.unwrap();
    assert!(matches!(inbound[..], [Inbound::Alive]), "{inbound:?}");
}

#[tokio::test]
async fn channels_carry_raw_frames_and_published_clients_end_them_without_a_code() {
    let (mut channel, mut raw) = channel(Limits::default()).await;
    raw.send(&frame(true, Opcode::Ping, b"")).await;
    raw.send(&frame(true, Opcode::Binary, b"\xff\x00")).await;
    raw.send(&text("not json")).await;
    raw.send(&frame(true, Opcode::Close, b"")).await;
    let mut frames = Vec::new();
    let closed = loop {
        match poll_fn(|context| channel.poll_receive(context)).await {
            Ok(frame) => frames.push(frame),
            Err(closed) => break closed,
        }
    };
    assert_eq!(
        frames,
        [
            ChannelFrame::Binary(Bytes::from_static(b"\xff\x00")),
            ChannelFrame::Text(Bytes::from_static(b"not json")),
        ]
    );
    assert_eq!(closed, Closed::ByPeer { code: None });
    assert_eq!(raw.frame().await.0, Opcode::Pong);
}

#[tokio::test]
async fn a_channel_tells_its_reader_how_it_ended() {
    let (mut channel, mut raw) = channel(Limits::default()).await;
    channel.send(ChannelFrame::Binary(Bytes::from(vec![1; 100_000])));
    channel.close(close_code::ABORTED);
    let (flushed, frame) =
        tokio::join!(poll_fn(|context| channel.poll_flush(context)), raw.frame());
    flushed.unwrap();
    assert!(frame == (Opcode::Binary, vec![1; 100_000]));
    assert_eq!(raw.close_code().await, Some(close_code::ABORTED));
}

#[tokio::test]
async fn a_channel_text_that_is_not_utf8_closes_it() {
    let (mut channel, mut raw) = channel(Limits::default()).await;
    raw.send(&frame(true, Opcode::Text, b"\xff")).await;
    let closed = poll_fn(|context| channel.poll_receive(context)).await;
    assert!(matches!(closed, Err(Closed::Violation { code: 1007, .. })));
    assert_eq!(raw.close_code().await, Some(1007));
}
