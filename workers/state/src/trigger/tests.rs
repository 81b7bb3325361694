//! Changes reach subscribers: the right ones, in order, within bounds.

mod delivery;
mod expiry;
mod order;
mod recorder;

use super::index::Filter;
use super::subscription::Subscription;
use crate::tasks::Tasks;
use crate::testing::Fixture;
use recorder::Recorder;
use std::sync::Arc;

/// Subscribes a recorder.
fn subscribe(state: &Fixture, id: &str, scope: Option<&str>, key: Option<&str>) -> Arc<Recorder> {
    let recorder = Arc::new(Recorder::default());
    subscribe_with(state, id, scope, key, &recorder);
    recorder
}

fn subscribe_with(
    state: &Fixture,
    id: &str,
    scope: Option<&str>,
    key: Option<&str>,
    recorder: &Arc<Recorder>,
) {
    let filter = Filter {
        scope: scope.map(str::to_owned),
        key: key.map(str::to_owned),
    };
    let (feed, tasks) = (&state.store.feed, Tasks::default());
    let subscription = Subscription::new(id.to_owned(), recorder.clone(), feed.limits(), tasks);
    feed.subscribe(filter, subscription);
}
