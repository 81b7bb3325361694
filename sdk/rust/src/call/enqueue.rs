//! Putting a call on a queue, with what the queue can do.

use super::TriggerAction;
use crate::codec::value_payload;
use serde_json::{Map, Value, json};
use std::time::Duration;

const QUEUE: &str = "queue";

/// How a call is put on a queue. Whether it fits is for the queue to say.
///
/// ```
/// use iii_kit::{TriggerAction, TriggerRequest};
/// use std::time::Duration;
/// let later = TriggerAction::enqueue("payments")
///     .group("customer 7")
///     .delay(Duration::from_secs(60));
/// let call = TriggerRequest::new("orders::charge", 42).action(later);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Enqueue {
    fields: Map<String, Value>,
}

impl Enqueue {
    /// On this queue.
    pub(super) fn new(queue: impl Into<String>) -> Self {
        let fields = Map::new();
        Self { fields }.set(QUEUE, queue.into())
    }

    /// Messages of one group are handled one after the other, in their order.
    pub fn group(self, group: impl Into<String>) -> Self {
        self.set("group", group.into())
    }

    /// What limits per key count.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.set("key", key.into())
    }

    /// Whose message it is: tenants share a queue fairly.
    pub fn tenant(self, tenant: impl Into<String>) -> Self {
        self.set("tenant", tenant.into())
    }

    /// Greater ones come first.
    pub fn priority(self, priority: i64) -> Self {
        self.set("priority", priority)
    }

    /// Not before this has passed.
    pub fn delay(self, delay: Duration) -> Self {
        self.set("delay_ms", ms(delay))
    }

    /// Not before this instant, in milliseconds since the Unix epoch.
    pub fn run_at(self, run_at: u64) -> Self {
        self.set("run_at", run_at)
    }

    /// Not after this has passed.
    pub fn ttl(self, ttl: Duration) -> Self {
        self.set("ttl_ms", ms(ttl))
    }

    /// How long one attempt may take.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set("timeout_ms", ms(timeout))
    }

    /// How often it is tried.
    pub fn attempts_max(self, attempts_max: u32) -> Self {
        self.set("attempts_max", attempts_max)
    }

    /// At most one with this key waits or runs.
    pub fn singleton(self, singleton: impl Into<String>) -> Self {
        self.set("singleton", singleton.into())
    }

    /// Of several with one key the first counts; for how long is the queue's to say, unless
    /// [`Enqueue::idempotency_window`] does.
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        self.set("idempotency_key", key.into())
    }

    /// How long an idempotency key is remembered.
    pub fn idempotency_window(self, window: Duration) -> Self {
        self.set("idempotency_window_ms", ms(window))
    }

    /// Of several with one key in quick succession the last counts, once no other has come for
    /// `quiet`, or at the latest when `max_wait` has passed.
    pub fn debounce(
        self,
        key: impl Into<String>,
        quiet: Duration,
        max_wait: Option<Duration>,
    ) -> Self {
        let mut debounce = json!({ "key": key.into(), "ms": ms(quiet) });
        if let Some(wait) = max_wait {
            debounce["max_wait_ms"] = ms(wait).into();
        }
        self.set("debounce", debounce)
    }

    /// At most one with this key in each `period`.
    pub fn throttle(self, key: impl Into<String>, period: Duration) -> Self {
        self.set("throttle", json!({ "key": key.into(), "ms": ms(period) }))
    }

    fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }
}

impl From<Enqueue> for TriggerAction {
    fn from(Enqueue { mut fields }: Enqueue) -> Self {
        if fields.len() == 1
            && let Some(Value::String(queue)) = fields.get(QUEUE)
        {
            let queue = queue.clone();
            return Self::Enqueue { queue };
        }
        fields.insert("type".to_owned(), "enqueue".into());
        Self::Custom(value_payload(&Value::Object(fields)))
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_in_the_action_beside_its_type() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        let all = TriggerAction::enqueue("q")
            .group("g")
            .key("k")
            .tenant("t")
            .priority(-3)
            .delay(second)
            .run_at(5)
            .ttl(minute)
            .timeout(second)
            .attempts_max(4)
            .singleton("s")
            .idempotency_key("i")
            .idempotency_window(minute)
            .debounce("d", second, Some(minute))
            .throttle("h", second);
        let TriggerAction::Custom(action) = all.into() else {
            panic!("an action with options is spelt out");
        };
        let told: Value = serde_json::from_slice(action.as_bytes()).unwrap();
        let expected = json!({
            "type": "enqueue", "queue": "q", "group": "g", "key": "k", "tenant": "t",
            "priority": -3, "delay_ms": 1000, "run_at": 5, "ttl_ms": 60_000, "timeout_ms": 1000,
            "attempts_max": 4, "singleton": "s", "idempotency_key": "i",
            "idempotency_window_ms": 60_000, "throttle": { "key": "h", "ms": 1000 },
            "debounce": { "key": "d", "ms": 1000, "max_wait_ms": 60_000 },
        });
        assert_eq!(told, expected);
        let queue = "q".to_owned();
        let plain: TriggerAction = TriggerAction::enqueue("q").into();
        assert_eq!(plain, TriggerAction::Enqueue { queue });
    }
}
