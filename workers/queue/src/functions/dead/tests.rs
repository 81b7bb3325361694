//! What becomes of a claim whose caller goes away while the commit is on its way.

use super::change::{Course, all};
use super::edit::edit;
use super::{Filter, after};
use crate::core::QueueId;
use crate::testing::Fixture;
use iii_kit::{Bytes, HandlerError, Payload};
use std::future::Future;

/// Begins, and gives up as soon as a commit is on its way.
async fn give_up<T>(inside: &Fixture, call: impl Future<Output = Result<T, HandlerError>> + Unpin) {
    inside.log.hold();
    tokio::select! {
        biased;
        _ = call => panic!("the commit is not answered yet"),
        () = inside.log.until_held(1) => {}
    }
    inside.log.release().await;
}

fn log_of(inside: &Fixture, queue: QueueId) -> String {
    let broker = inside.hub.broker.lock();
    broker.entry(queue).unwrap().queue.log().to_string()
}

#[tokio::test]
async fn a_discarded_message_does_not_come_back() {
    let inside = Fixture::new().await;
    let (queue, _) = inside.dead(2).await;
    let filter = Filter::default();
    let discard = Box::pin(all(&inside.hub, queue, &filter, Course::Discard));
    give_up(&inside, discard).await;
    inside
        .until(queue, |depth, dead| (depth, dead) == (0, 0))
        .await;
    assert_eq!(inside.log.entries(&log_of(&inside, queue)).await, 0);
}

#[tokio::test]
async fn a_redriven_message_is_handed_over_again() {
    let inside = Fixture::new().await;
    let (queue, _) = inside.dead(2).await;
    let filter = Filter::default();
    let redrive = Box::pin(all(&inside.hub, queue, &filter, Course::Redrive));
    give_up(&inside, redrive).await;
    inside
        .until(queue, |depth, dead| (depth, dead) == (2, 0))
        .await;
}

#[tokio::test]
async fn an_edited_message_is_still_there() {
    let inside = Fixture::new().await;
    let (queue, ids) = inside.dead(1).await;
    let data = Payload::from_trusted(Bytes::from_static(b"{\"n\":\"mended\"}"));
    let edit = Box::pin(edit(&inside.hub, queue, ids[0], "it", data));
    give_up(&inside, edit).await;
    inside
        .until(queue, |depth, dead| (depth, dead) == (0, 1))
        .await;
    assert_eq!(after(&inside.hub, queue, None, 9), ids);
    let body = inside.hub.bodies(queue, &ids).await.unwrap().remove(0);
    let body = crate::core::Body::decode(&body.unwrap()).unwrap();
    assert_eq!(body.data.as_bytes(), b"{\"n\":\"mended\"}");
}
