//! The contract of `Connection`.

use crate::carrier::{Carrier, MESSAGE_BYTES_MAX};
use bytes::Bytes;
use iii_protocol::{
    DecodeError, DecodeErrorKind, InvocationId, InvokeFunction, Message, Payload, RegisterFunction,
    Text,
};
use iii_transport::{Closed, Connection, Inbound, farewell, flush, receive};
use std::task::{Context, Poll, Waker};

fn call(number: u64, data: &str) -> Message {
    Message::InvokeFunction(InvokeFunction {
        invocation_id: Some(InvocationId::from_u128(u128::from(number))),
        function_id: Text::from_static("orders::validate"),
        data: Some(Payload::parse(Bytes::copy_from_slice(data.as_bytes())).unwrap()),
        ..InvokeFunction::default()
    })
}

fn large_call(number: u64, bytes: usize) -> Message {
    call(number, &format!("\"{}\"", "x".repeat(bytes)))
}

fn messages(inbound: Vec<Inbound>) -> Vec<Message> {
    inbound
        .into_iter()
        .filter_map(|item| match item {
            Inbound::Message(message) => Some(message),
            Inbound::Alive => None,
            other => panic!("unexpected {other:?}"),
        })
        .collect()
}

/// Receives until `count` messages are there, never more than `max` items at a time.
async fn take(connection: &mut dyn Connection, count: usize, max: usize) -> Vec<Message> {
    let mut all = Vec::new();
    while all.len() < count {
        let mut batch = Vec::new();
        receive(connection, &mut batch, max).await.unwrap();
        assert!(!batch.is_empty(), "ready without an item");
        assert!(batch.len() <= max, "{} items, {max} allowed", batch.len());
        all.extend(messages(batch));
    }
    all
}

/// Receives until the end and returns it with what came before.
async fn drain(connection: &mut dyn Connection) -> (Vec<Message>, Closed) {
    let mut inbound = Vec::new();
    let closed = loop {
        if let Err(closed) = receive(connection, &mut inbound, 16).await {
            break closed;
        }
    };
    let again = receive(connection, &mut inbound, 16).await;
    assert_eq!(again, Err(closed.clone()), "an end stays an end");
    (messages(inbound), closed)
}

pub(crate) async fn messages_arrive_in_order_both_ways<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    let sent: Vec<Message> = (0..1_000).map(|n| call(n, "{\"a\":1}")).collect();
    for message in &sent {
        left.send(message);
        right.send(message);
    }
    assert!(left.queued_bytes() > 1_000, "queued bytes are counted");
    let flushed = tokio::join!(flush(&mut *left), flush(&mut *right));
    assert_eq!(flushed, (Ok(()), Ok(())));
    assert_eq!((left.queued_bytes(), right.queued_bytes()), (0, 0));
    assert_eq!(take(&mut *right, sent.len(), 7).await, sent);
    assert_eq!(take(&mut *left, sent.len(), 64).await, sent);
}

pub(crate) async fn nothing_moves_before_a_flush<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    left.send(&Message::Ping);
    let mut inbound = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    assert!(
        right
            .poll_receive(&mut context, &mut inbound, 8)
            .is_pending()
    );
    while !left.try_flush().unwrap() {
        tokio::task::yield_now().await;
    }
    assert_eq!(take(&mut *right, 1, 8).await, [Message::Ping]);
}

pub(crate) async fn payload_bytes_survive<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    let absent = Message::InvokeFunction(InvokeFunction {
        function_id: Text::from_static("f"),
        ..InvokeFunction::default()
    });
    let sent = [
        call(1, "{\"z\":1.00,\"a\":1e3, \"m\":[null]}"),
        call(2, "null"),
        absent,
        call(3, "\"\\u00fc \u{1F600}\""),
    ];
    for message in &sent {
        left.send(message);
    }
    flush(&mut *left).await.unwrap();
    assert_eq!(take(&mut *right, sent.len(), 64).await, sent);
}

pub(crate) async fn large_and_small_messages_interleave<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    let sent: Vec<Message> = (0..24)
        .map(|n| match n % 4 {
            0 => large_call(n, 1_500_000),
            1 => large_call(n, 20_000),
            2 => large_call(n, 70_000),
            _ => call(n, "1"),
        })
        .collect();
    for message in &sent {
        left.send(message);
    }
    let (flushed, received) = tokio::join!(flush(&mut *left), take(&mut *right, sent.len(), 3));
    flushed.unwrap();
    assert!(received == sent, "large messages arrive whole and in order");
}

pub(crate) async fn an_unread_peer_holds_the_flush_back<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    let message = large_call(1, 256 * 1024);
    let mut context = Context::from_waker(Waker::noop());
    let mut sent = 0;
    let mut stuck = 0;
    // Buffers of the carrier take some of it; then the flush has to wait.
    while stuck < 50 {
        assert!(sent < 1_000, "a peer that never reads never pushes back");
        if left.queued_bytes() == 0 {
            left.send(&message);
            sent += 1;
        }
        match left.poll_flush(&mut context) {
            Poll::Ready(result) => {
                result.unwrap();
                stuck = 0;
            }
            Poll::Pending => stuck += 1,
        }
        tokio::task::yield_now().await;
    }
    assert!(left.queued_bytes() > 0);
    assert_eq!(left.try_flush(), Ok(false));
    for _ in 0..32 {
        left.send(&message);
        sent += 1;
    }
    assert!(left.queued_bytes() > 8 * 1024 * 1024, "send always queues");
    let (flushed, received) = tokio::join!(flush(&mut *left), take(&mut *right, sent, 16));
    flushed.unwrap();
    assert_eq!(received.len(), sent);
    assert_eq!(left.queued_bytes(), 0);
}

pub(crate) async fn a_ping_proves_life_on_both_sides<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    left.ping();
    flush(&mut *left).await.unwrap();
    let mut inbound = Vec::new();
    receive(&mut *right, &mut inbound, 8).await.unwrap();
    assert!(matches!(inbound[..], [Inbound::Alive]), "{inbound:?}");
    inbound.clear();
    receive(&mut *left, &mut inbound, 8).await.unwrap();
    assert!(matches!(inbound[..], [Inbound::Alive]), "{inbound:?}");
}

pub(crate) async fn close_delivers_what_was_sent_and_then_the_code<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    left.send(&Message::Ping);
    left.send(&Message::Pong);
    left.close(4321, "test");
    flush(&mut *left).await.unwrap();
    let (received, closed) = drain(&mut *right).await;
    assert_eq!(received, [Message::Ping, Message::Pong]);
    assert_eq!(closed, Closed::ByPeer { code: Some(4321) });
    assert_eq!(drain(&mut *left).await, (Vec::new(), Closed::Locally));
    farewell(&mut *left).await;
}

pub(crate) async fn a_closed_connection_sends_nothing_more<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    left.close(1000, "");
    left.send(&Message::Ping);
    left.ping();
    flush(&mut *left).await.unwrap();
    assert_eq!(left.queued_bytes(), 0);
    let (received, closed) = drain(&mut *right).await;
    assert_eq!(received, []);
    assert_eq!(closed, Closed::ByPeer { code: Some(1000) });
}

pub(crate) async fn a_dropped_peer_is_lost_after_what_it_sent<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    left.send(&call(7, "7"));
    left.send(&large_call(8, 100_000));
    flush(&mut *left).await.unwrap();
    drop(left);
    let (received, closed) = drain(&mut *right).await;
    assert_eq!(received, [call(7, "7"), large_call(8, 100_000)]);
    assert!(matches!(closed, Closed::Lost(_)), "{closed:?}");
    let mut context = Context::from_waker(Waker::noop());
    right.send(&Message::Ping);
    assert!(matches!(
        right.poll_flush(&mut context),
        Poll::Ready(Err(Closed::Lost(_)))
    ));
}

pub(crate) async fn a_failed_flush_leaves_arrived_messages_readable<C: Carrier>() {
    let (mut left, mut right) = C::connections().await;
    left.send(&call(1, "1"));
    flush(&mut *left).await.unwrap();
    drop(left);
    // The first write may still be taken by the carrier, a later one fails.
    for _ in 0..20 {
        right.send(&Message::Ping);
        if flush(&mut *right).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(take(&mut *right, 1, 8).await, [call(1, "1")]);
}

/// What the other side learns of a message that is too large; the one behind it arrives.
async fn refusal<C: Carrier>(message: &Message) -> DecodeError {
    let (mut left, mut right) = C::connections().await;
    left.send(message);
    left.send(&call(10, "10"));
    let mut inbound = Vec::new();
    let (flushed, ()) = tokio::join!(flush(&mut *left), async {
        while !matches!(inbound.last(), Some(Inbound::Message(_))) {
            receive(&mut *right, &mut inbound, 8).await.unwrap();
        }
    });
    flushed.unwrap();
    inbound.retain(|item| !matches!(item, Inbound::Alive));
    let [Inbound::Malformed(refused), Inbound::Message(next)] = &inbound[..] else {
        panic!("unexpected {inbound:?}");
    };
    assert_eq!(next, &call(10, "10"));
    refused.clone()
}

pub(crate) async fn an_oversize_registration_is_refused_with_its_id<C: Carrier>() {
    let register = RegisterFunction {
        id: "f::a".into(),
        description: Some("x".repeat(MESSAGE_BYTES_MAX + 1).into()),
        ..RegisterFunction::default()
    };
    let refused = refusal::<C>(&Message::RegisterFunction(Box::new(register))).await;
    assert_eq!(refused.message_type.as_deref(), Some("registerfunction"));
    assert_eq!(refused.registration_id.as_deref(), Some("f::a"));
    assert_eq!(refused.invocation_id, None);
}

pub(crate) async fn an_oversize_message_is_refused_with_its_id<C: Carrier>() {
    let refused = refusal::<C>(&large_call(9, MESSAGE_BYTES_MAX + 1)).await;
    let DecodeErrorKind::TooLarge { size, limit } = refused.kind else {
        panic!("unexpected {refused:?}");
    };
    assert!(size > MESSAGE_BYTES_MAX as u64);
    assert_eq!(limit, MESSAGE_BYTES_MAX as u64);
    assert_eq!(refused.message_type.as_deref(), Some("invokefunction"));
    assert_eq!(refused.invocation_id, Some(InvocationId::from_u128(9)));
}
