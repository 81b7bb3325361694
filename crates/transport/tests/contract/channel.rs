//! The contract of `ChannelEnd`.

use crate::carrier::Carrier;
use bytes::Bytes;
use iii_transport::{ChannelEnd, ChannelFrame, Closed, close_code};
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

async fn receive(end: &mut dyn ChannelEnd) -> Result<ChannelFrame, Closed> {
    poll_fn(|context| end.poll_receive(context)).await
}

async fn flush(end: &mut dyn ChannelEnd) -> Result<(), Closed> {
    poll_fn(|context| end.poll_flush(context)).await
}

/// Reads to the end. Boundaries of binary frames carry no meaning, so neighbours are joined.
async fn read_all(end: &mut dyn ChannelEnd) -> (Vec<ChannelFrame>, Closed) {
    let mut frames: Vec<ChannelFrame> = Vec::new();
    loop {
        match (receive(end).await, frames.last_mut()) {
            (Ok(ChannelFrame::Binary(next)), Some(ChannelFrame::Binary(last))) => {
                *last = [last.as_ref(), next.as_ref()].concat().into();
            }
            (Ok(frame), _) => frames.push(frame),
            (Err(closed), _) => return (frames, closed),
        }
    }
}

fn binary(fill: u8, bytes: usize) -> ChannelFrame {
    ChannelFrame::Binary(Bytes::from(vec![fill; bytes]))
}

fn text(text: &'static str) -> ChannelFrame {
    ChannelFrame::Text(Bytes::from_static(text.as_bytes()))
}

pub(crate) async fn frames_keep_order_and_kind<C: Carrier>() {
    let (mut writer, mut reader) = C::channels().await;
    let sent = [
        text("{\"meta\":1}"),
        binary(1, 65_536),
        text("between"),
        binary(2, 5),
        text(""),
        binary(3, 700_000),
    ];
    for frame in &sent {
        writer.send(frame.clone());
    }
    assert!(writer.queued_bytes() > 700_000);
    writer.close(close_code::FINISHED);
    let (flushed, (received, _)) = tokio::join!(flush(&mut *writer), read_all(&mut *reader));
    flushed.unwrap();
    assert!(received == sent, "frames arrive as they were sent");
}

pub(crate) async fn a_finished_stream_ends_with_its_code<C: Carrier>() {
    assert_eq!(
        end_of::<C>(close_code::FINISHED).await,
        Closed::ByPeer { code: Some(1000) }
    );
}

pub(crate) async fn an_aborted_stream_ends_with_its_code<C: Carrier>() {
    assert_eq!(
        end_of::<C>(close_code::ABORTED).await,
        Closed::ByPeer { code: Some(4001) }
    );
}

async fn end_of<C: Carrier>(code: u16) -> Closed {
    let (mut writer, mut reader) = C::channels().await;
    writer.send(binary(1, 100));
    writer.close(code);
    let (flushed, (received, closed)) = tokio::join!(flush(&mut *writer), read_all(&mut *reader));
    flushed.unwrap();
    assert_eq!(received, [binary(1, 100)]);
    assert_eq!(receive(&mut *reader).await, Err(closed.clone()));
    assert_eq!(receive(&mut *writer).await, Err(Closed::Locally));
    closed
}

pub(crate) async fn a_dropped_writer_is_no_end_of_stream<C: Carrier>() {
    let (mut writer, mut reader) = C::channels().await;
    writer.send(binary(1, 100));
    flush(&mut *writer).await.unwrap();
    drop(writer);
    let (received, closed) = read_all(&mut *reader).await;
    assert_eq!(received, [binary(1, 100)]);
    assert!(matches!(closed, Closed::Lost(_)), "{closed:?}");
}

pub(crate) async fn an_unread_channel_holds_the_flush_back<C: Carrier>() {
    let (mut writer, mut reader) = C::channels().await;
    let mut context = Context::from_waker(Waker::noop());
    let (mut sent, mut stuck) = (0, 0);
    while stuck < 50 {
        assert!(sent < 1_000, "a peer that never reads never pushes back");
        if writer.queued_bytes() == 0 {
            writer.send(binary(1, 256 * 1024));
            sent += 1;
        }
        match writer.poll_flush(&mut context) {
            Poll::Ready(result) => {
                result.unwrap();
                stuck = 0;
            }
            Poll::Pending => stuck += 1,
        }
        tokio::task::yield_now().await;
    }
    writer.close(close_code::FINISHED);
    let (flushed, (received, _)) = tokio::join!(flush(&mut *writer), read_all(&mut *reader));
    flushed.unwrap();
    assert!(received == [binary(1, sent * 256 * 1024)]);
}
