//! `state::subscriptions` and `state::unsubscribe`: what is watched durably.

use crate::durable::Bindings;
use crate::trigger::Filter;
use iii_kit::{Client, Context, HandlerError, RegisterError, RegisterFunction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Input of `state::subscriptions`: nothing.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "StateSubscriptionsInput")]
struct Nothing {}

/// Output of `state::subscriptions`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StateSubscriptionsOutput")]
struct Subscriptions {
    /// One for every `scope` and `key` that triggers with `durable: true` have asked for.
    subscriptions: Vec<Subscription>,
    /// Writes whose changes the queue does not have yet.
    waiting: usize,
}

/// What is watched durably.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StateSubscription")]
struct Subscription {
    /// The scope; `null` is every scope.
    scope: Option<String>,
    /// The key; `null` is every key.
    key: Option<String>,
    /// The queue's topic to which the changes go.
    topic: String,
    /// Triggers that are bound now.
    bound: usize,
    /// Since when none is, in milliseconds since 1970.
    left_at: Option<u64>,
}

/// Input of `state::unsubscribe`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateUnsubscribeInput")]
struct Unsubscribe {
    /// The scope, as the trigger had it.
    scope: Option<String>,
    /// The key, as the trigger had it.
    key: Option<String>,
}

/// Registers both.
pub(crate) async fn register(
    client: &Client,
    bindings: &Arc<Bindings>,
) -> Result<(), RegisterError> {
    let shared = Arc::clone(bindings);
    let list = RegisterFunction::new(move |_: Nothing, _: Context| {
        let answer = list(&shared);
        async move { Ok::<_, HandlerError>(answer) }
    });
    let list = list.description("Lists what is watched with `durable: true`, and by whom");
    client
        .register_function("state::subscriptions", list.exclusive())
        .await?;
    let shared = Arc::clone(bindings);
    let end = RegisterFunction::new(move |input: Unsubscribe, _: Context| {
        let shared = Arc::clone(&shared);
        async move {
            let Unsubscribe { scope, key } = input;
            shared.end(&Filter { scope, key }).await
        }
    });
    let end = end.description(
        "Ends what is watched with `durable: true` by nobody any more; what the queue has stays",
    );
    client
        .register_function("state::unsubscribe", end.exclusive())
        .await?;
    Ok(())
}

fn list(bindings: &Bindings) -> Subscriptions {
    let all = bindings.all().into_iter();
    let subscriptions = all.map(|(topic, watch)| Subscription {
        scope: watch.filter.scope,
        key: watch.filter.key,
        topic: topic.to_string(),
        bound: watch.bound.len(),
        left_at: watch.left_at.map(|at| at.0),
    });
    Subscriptions {
        subscriptions: subscriptions.collect(),
        waiting: bindings.waiting(),
    }
}
