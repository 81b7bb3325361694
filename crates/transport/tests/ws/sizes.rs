//! Large messages: stored up to the limit, skimmed above it, refused where that gets too long.

use crate::support::{Raw, channel, connection, frame, header, masked_frame, text};
use iii_protocol::{DecodeError, DecodeErrorKind, Message};
use iii_transport::ws::{AssemblyBudget, Limits, Opcode, WsConnection};
use iii_transport::{Closed, Connection, Inbound, receive};
use std::sync::Arc;
use std::task::{Context, Waker};

const MIB: usize = 1024 * 1024;

/// Small limits, so that tests move megabytes instead of gigabytes.
fn small() -> Limits {
    Limits {
        message_bytes_max: MIB,
        skip_bytes_max: 4 * MIB,
        assembly: Arc::new(AssemblyBudget::new(16 * MIB)),
    }
}

/// A result of `bytes` in all whose identity stands behind its payload.
fn result_of(bytes: usize) -> Vec<u8> {
    let (before, after) = (
        r#"{"result":{"type":"no","text":""#,
        r#""},"invocation_id":"call-7","type":"invocationresult"}"#,
    );
    let filler = bytes - before.len() - after.len();
    [before.as_bytes(), &vec![b'x'; filler], after.as_bytes()].concat()
}

async fn next(connection: &mut WsConnection) -> Result<Inbound, Closed> {
    loop {
        let mut inbound = Vec::new();
        receive(connection, &mut inbound, 1).await?;
        if let Some(item) = inbound.pop().filter(|item| !matches!(item, Inbound::Alive)) {
            return Ok(item);
        }
    }
}

/// Sends while receiving, because no socket buffers this much.
async fn next_of(
    connection: &mut WsConnection,
    raw: &mut Raw,
    bytes: &[u8],
) -> Result<Inbound, Closed> {
    let (item, ()) = tokio::join!(next(connection), raw.send(bytes));
    item
}

async fn refusal(connection: &mut WsConnection, raw: &mut Raw, bytes: &[u8]) -> DecodeError {
    let item = next_of(connection, raw, bytes).await.unwrap();
    let Inbound::Malformed(error) = item else {
        panic!("unexpected {item:?}");
    };
    assert_eq!(error.message_type.as_deref(), Some("invocationresult"));
    assert_eq!(error.invocation_id, Some("call-7".into()));
    // The connection goes on.
    raw.send(&text("{\"type\":\"ping\"}")).await;
    let item = next(connection).await.unwrap();
    assert!(matches!(item, Inbound::Message(Message::Ping)), "{item:?}");
    error
}

fn fragments(message: &[u8], bytes: usize) -> Vec<u8> {
    let mut frames = Vec::new();
    let count = message.len().div_ceil(bytes);
    for (at, piece) in message.chunks(bytes).enumerate() {
        let opcode = if at == 0 {
            Opcode::Text
        } else {
            Opcode::Continuation
        };
        frames.extend_from_slice(&frame(at + 1 == count, opcode, piece));
        frames.extend_from_slice(&frame(true, Opcode::Pong, b""));
    }
    frames
}

async fn accepts(bytes: &[u8], size: usize) {
    let limits = Limits::default();
    let budget = Arc::clone(&limits.assembly);
    let (mut connection, mut raw) = connection(limits).await;
    let item = next_of(&mut connection, &mut raw, bytes).await.unwrap();
    let Inbound::Message(Message::InvocationResult(result)) = item else {
        panic!("unexpected {item:?}");
    };
    assert_eq!(result.invocation_id.to_string(), "call-7");
    assert!(result.result.unwrap().len() > size - 100);
    assert_eq!(budget.bytes(), 0, "the budget is given back");
}

#[tokio::test]
async fn a_frame_of_20_mib_is_a_message() {
    accepts(&frame(true, Opcode::Text, &result_of(20 * MIB)), 20 * MIB).await;
}

#[tokio::test]
async fn a_message_of_40_mib_in_fragments_of_1_mib_is_a_message() {
    accepts(&fragments(&result_of(40 * MIB), MIB), 40 * MIB).await;
}

#[tokio::test]
async fn a_frame_of_70_mib_is_refused_with_its_id() {
    let (mut connection, mut raw) = connection(Limits::default()).await;
    let bytes = masked_frame(true, Opcode::Text, &result_of(70 * MIB), [0; 4]);
    let error = refusal(&mut connection, &mut raw, &bytes).await;
    assert_eq!(
        error.kind,
        DecodeErrorKind::TooLarge {
            size: 70 * MIB as u64,
            limit: 64 * MIB as u64,
        }
    );
}

#[tokio::test]
async fn the_limit_itself_is_allowed_and_one_byte_more_is_not() {
    for piece in [usize::MAX, 100_000, 3 * MIB] {
        let (mut connection, mut raw) = connection(small()).await;
        let largest = fragments(&result_of(MIB), piece.min(MIB));
        let item = next_of(&mut connection, &mut raw, &largest).await.unwrap();
        assert!(matches!(item, Inbound::Message(_)), "{item:?}");
        for size in [MIB + 1, 3 * MIB] {
            let bytes = fragments(&result_of(size), piece.min(size));
            let error = refusal(&mut connection, &mut raw, &bytes).await;
            assert_eq!(
                error.kind,
                DecodeErrorKind::TooLarge {
                    size: size as u64,
                    limit: MIB as u64,
                }
            );
        }
    }
}

#[tokio::test]
async fn what_is_too_large_to_skip_closes_the_connection() {
    let single = header(true, Opcode::Text, 4 * MIB as u64 + 1, [0; 4]);
    let huge = header(true, Opcode::Binary, (1 << 63) - 1, [0; 4]);
    let blank = vec![b' '; MIB];
    let mut many = frame(false, Opcode::Text, &blank);
    for _ in 0..4 {
        many.extend_from_slice(&frame(false, Opcode::Continuation, &blank));
    }
    for bytes in [single, huge, many] {
        let (mut connection, mut raw) = connection(small()).await;
        let closed = next_of(&mut connection, &mut raw, &bytes)
            .await
            .unwrap_err();
        assert!(
            matches!(closed, Closed::Violation { code: 1009, .. }),
            "{closed:?}"
        );
        assert_eq!(raw.close_code().await, Some(1009));
    }
}

#[tokio::test]
async fn a_channel_frame_above_the_limit_closes_the_channel() {
    use iii_transport::ChannelEnd;
    let (mut channel, mut raw) = channel(small()).await;
    let bytes = frame(true, Opcode::Binary, &vec![0; MIB + 1]);
    let receive = std::future::poll_fn(|context| channel.poll_receive(context));
    let (received, ()) = tokio::join!(receive, raw.send(&bytes));
    assert!(matches!(
        received,
        Err(Closed::Violation { code: 1009, .. })
    ));
}

#[tokio::test]
async fn connections_share_one_budget_for_unfinished_messages() {
    let limits = Limits {
        assembly: Arc::new(AssemblyBudget::new(MIB)),
        ..small()
    };
    let budget = Arc::clone(&limits.assembly);
    let (mut first, mut first_raw) = connection(limits.clone()).await;
    let (mut second, mut second_raw) = connection(limits).await;
    let message = result_of(900_000);

    // The first connection holds most of the budget with a message that it does not finish.
    first_raw
        .send(&frame(false, Opcode::Text, &message[..700_000]))
        .await;
    while budget.bytes() < 700_000 {
        receive(&mut first, &mut Vec::new(), 8).await.unwrap();
    }
    let bytes = frame(true, Opcode::Text, &message);
    let error = refusal(&mut second, &mut second_raw, &bytes).await;
    assert_eq!(error.kind, DecodeErrorKind::Overloaded);

    // Once it is gone, so is its share.
    drop(first);
    assert_eq!(budget.bytes(), 0);
    let item = next_of(&mut second, &mut second_raw, &bytes).await.unwrap();
    assert!(matches!(item, Inbound::Message(_)), "{item:?}");
    assert_eq!(budget.bytes(), 0);
}

#[tokio::test]
async fn a_length_that_is_only_announced_costs_nothing() {
    let limits = Limits::default();
    let budget = Arc::clone(&limits.assembly);
    let (mut connection, mut raw) = connection(limits).await;
    raw.send(&header(true, Opcode::Text, 60 * MIB as u64, [0; 4]))
        .await;
    raw.send(b"{").await;
    let mut inbound = Vec::new();
    receive(&mut connection, &mut inbound, 8).await.unwrap();
    let mut context = Context::from_waker(Waker::noop());
    assert!(
        connection
            .poll_receive(&mut context, &mut inbound, 8)
            .is_pending()
    );
    assert!(budget.bytes() <= 128 * 1024, "{} bytes", budget.bytes());
}
