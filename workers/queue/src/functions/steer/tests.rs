//! The end of a subscription, with publishers and subscribers who know nothing of it.

use super::{end, remove};
use crate::commits::Written;
use crate::core::{DEFINITIONS, QueueId};
use crate::functions::publish;
use crate::testing::Fixture;
use iii_kit::{Bytes, Payload, TraceContext};
use iii_testkit::within;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Begins to publish to `orders`.
fn publish(inside: &Fixture) -> oneshot::Receiver<Written> {
    let input = Bytes::from_static(br#"{"topic":"orders","data":{"n":1}}"#);
    let input = Payload::from_trusted(input);
    let begun = publish::begin(&inside.hub, Some(&input), &TraceContext::default());
    begun.unwrap().expect("no key decides")
}

async fn published(told: oneshot::Receiver<Written>) {
    within("the acknowledgement", told).await.unwrap().unwrap();
}

/// Begins to end a subscription, as far as the commit that says so.
async fn begin_to_end(
    inside: &Fixture,
    id: QueueId,
    on_their_way: usize,
) -> oneshot::Receiver<Option<u64>> {
    let (tell, told) = oneshot::channel();
    let hub = Arc::clone(&inside.hub);
    inside.hub.tasks.spawn(async move {
        let ended = end(&hub, id).await.unwrap();
        tell.send(ended).unwrap();
    });
    inside.log.until_held(on_their_way).await;
    told
}

/// How many messages a queue holds that are not dead.
fn depth(inside: &Fixture, id: QueueId) -> Option<u64> {
    let broker = inside.hub.broker.lock();
    broker.entry(id).map(|entry| entry.queue.depth())
}

#[tokio::test]
async fn what_is_published_meanwhile_waits_for_the_next_subscriber() {
    let inside = Fixture::new().await;
    let id = inside.idle_subscription().await;
    published(publish(&inside)).await;
    inside.log.hold();
    let ended = begin_to_end(&inside, id, 1).await;
    let told = publish(&inside);
    inside.log.release().await;
    published(told).await;
    let purged = within("the end", ended).await.unwrap();
    assert_eq!(purged, Some(1), "what was there before");
    let (next, _) = inside.subscribe();
    assert_ne!(next, id);
    assert_eq!(depth(&inside, next), Some(1));
}

#[tokio::test]
async fn who_subscribes_meanwhile_hears_what_is_published_then() {
    let inside = Fixture::new().await;
    let id = inside.idle_subscription().await;
    inside.log.hold();
    let ended = begin_to_end(&inside, id, 1).await;
    let (next, changes) = inside.subscribe();
    let kept = inside.hub.commits.plain(&inside.hub, changes);
    let told = publish(&inside);
    inside.log.release().await;
    kept.await.unwrap();
    published(told).await;
    assert_eq!(within("the end", ended).await.unwrap(), Some(0));
    assert_eq!((depth(&inside, id), depth(&inside, next)), (None, Some(1)));
}

#[tokio::test]
async fn what_was_on_its_way_before_goes_with_the_subscription() {
    let inside = Fixture::new().await;
    let id = inside.idle_subscription().await;
    inside.log.hold();
    let told = publish(&inside);
    let ended = begin_to_end(&inside, id, 2).await;
    inside.log.release().await;
    published(told).await;
    assert_eq!(within("the end", ended).await.unwrap(), Some(1));
    assert_eq!(inside.log.entries(&format!("q{}", id.0)).await, 0);
}

#[tokio::test]
async fn an_end_that_a_crash_broke_off_is_brought_to_its_end() {
    let inside = Fixture::new().await;
    let id = inside.idle_subscription().await;
    published(publish(&inside)).await;
    let change = inside.hub.broker.lock().end(id).unwrap();
    let written = inside.hub.commits.plain(&inside.hub, vec![change]);
    written.await.unwrap();
    let definitions = inside.log.entries(DEFINITIONS).await;

    let next = Fixture::over(Arc::clone(&inside.log)).await;
    assert_eq!(next.hub.broker.lock().ended_subscriptions(), [id]);
    assert!(next.hub.broker.lock().topics().is_empty());
    assert_eq!(remove(&next.hub, id).await.unwrap(), 1);
    assert_eq!(next.log.entries(DEFINITIONS).await, definitions - 1);
    assert_eq!(next.log.entries(&format!("q{}", id.0)).await, 0);
}

#[tokio::test]
async fn a_subscription_that_is_in_use_does_not_end() {
    let inside = Fixture::new().await;
    let (id, _) = inside.subscribe();
    assert_eq!(end(&inside.hub, id).await.unwrap(), None);
    assert_eq!(depth(&inside, id), Some(0));
}

#[tokio::test]
async fn who_was_bound_when_the_engine_died_has_to_come_back_in_time() {
    let inside = Fixture::new().await;
    let (id, changes) = inside.subscribe();
    inside
        .hub
        .commits
        .plain(&inside.hub, changes)
        .await
        .unwrap();
    let next = Fixture::over(Arc::clone(&inside.log)).await;
    let now = next.hub.now();
    assert_eq!(next.hub.broker.lock().idle_since(now), [id]);
}
