//! How a queue treats its messages.

use super::rate::Rate;
use iii_kit::explain_json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Longest pause between attempts unless the settings say otherwise.
const BACKOFF_MAX_MS: u64 = 300_000;

/// Settings of one queue. All can be changed while it runs, and apply to waiting messages too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `standard` hands messages over as soon as it can; `fifo` keeps the order within each group,
    /// through retries and crashes. A message without a group belongs to the group ``. Messages of
    /// different tenants or keys do not wait for each other, also within a group.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Most deliveries at a time.
    #[schemars(range(min = 1))]
    pub concurrency: u32,
    /// Most deliveries at a time of messages with the same key.
    pub key_concurrency: Option<u32>,
    /// How often deliveries may start.
    pub rate: Option<Rate>,
    /// How often deliveries of messages with the same key may start.
    pub key_rate: Option<Rate>,
    /// Attempts of a message in all, the first included; then it is dead.
    #[serde(alias = "attempts_max")]
    #[schemars(range(min = 1))]
    pub max_retries: u32,
    /// Pause before the second attempt, in milliseconds; doubled for each further one.
    pub backoff_ms: u64,
    /// Longest pause between attempts, in milliseconds; not less than `backoff_ms`.
    pub backoff_max_ms: u64,
    /// How the pause is spread, so that messages that failed together do not come back together.
    pub jitter: Jitter,
    /// Error codes after which a message is dead at once.
    pub non_retryable: Vec<String>,
    /// How long one attempt may take, in milliseconds, unless the message says otherwise. A
    /// handler can ask for more with `queue::extend`.
    #[schemars(range(min = 1))]
    pub timeout_ms: u64,
    /// A handler that reports nothing (`queue::progress`, `queue::extend`) for so many milliseconds
    /// is given up and its message handed over again. Absent: it need not report.
    pub heartbeat_ms: Option<u64>,
    /// Field of the data that is the group of a message that names none.
    pub message_group_field: Option<String>,
    /// Field of the data that is the key of a message that names none.
    pub key_field: Option<String>,
    /// Field of the data that is the tenant of a message that names none.
    pub tenant_field: Option<String>,
    /// Field of the data, a whole number, that is the priority of a message that names none.
    pub priority_field: Option<String>,
    /// Highest priority; higher ones count as this one.
    pub max_priority: u8,
    /// Share of each tenant in the deliveries, next to the other tenants that have work waiting;
    /// 1 for those not named.
    pub tenant_weights: BTreeMap<String, u32>,
    /// A message that waited for so many milliseconds is dead, unless it says otherwise.
    pub ttl_ms: Option<u64>,
    /// Most messages that are not dead; one more is refused with `queue_full`.
    pub depth_max: u64,
    /// Most bytes of messages that are not dead.
    pub bytes_max: u64,
    /// Most dead messages; the oldest give way.
    pub dead_max: u64,
    /// Most messages that are done and still known by an idempotency key or a throttle; one more
    /// with such a key is refused with `queue_full`.
    pub kept_max: u64,
    /// For how long an idempotency key is remembered, in milliseconds, unless the message says
    /// otherwise.
    pub idempotency_window_ms: u64,
    /// Largest result that is stored for an idempotency key, in bytes; a larger one is forgotten.
    pub result_bytes_max: usize,
    /// Hands over several messages at a time, as an array.
    pub batch: Option<Batch>,
    /// Accepted from older files and ignored: nothing is polled.
    #[serde(skip_serializing)]
    pub poll_interval_ms: Option<u64>,
}

/// Whether order matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Messages are independent.
    #[default]
    #[serde(alias = "concurrent")]
    Standard,
    /// The messages of a group come one after the other.
    Fifo,
}

/// How a pause is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Jitter {
    /// Anything between nothing and the whole pause.
    #[default]
    Full,
    /// The whole pause.
    None,
}

/// How messages are handed over together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Most messages of a delivery; from 1 to 1,000.
    #[schemars(range(min = 1, max = 1_000))]
    pub size: u32,
    /// How long the first message waits for others, in milliseconds.
    #[serde(default)]
    pub wait_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kind: Kind::Standard,
            concurrency: 10,
            key_concurrency: None,
            rate: None,
            key_rate: None,
            max_retries: 3,
            backoff_ms: 1000,
            backoff_max_ms: BACKOFF_MAX_MS,
            jitter: Jitter::Full,
            non_retryable: Vec::new(),
            timeout_ms: 300_000,
            heartbeat_ms: None,
            message_group_field: None,
            key_field: None,
            tenant_field: None,
            priority_field: None,
            max_priority: u8::MAX,
            tenant_weights: BTreeMap::new(),
            ttl_ms: None,
            depth_max: 1_000_000,
            bytes_max: 4 << 30,
            dead_max: 100_000,
            kept_max: 1_000_000,
            idempotency_window_ms: 86_400_000,
            result_bytes_max: 64 << 10,
            batch: None,
            poll_interval_ms: None,
        }
    }
}

impl Settings {
    /// Reads settings from JSON that people wrote.
    ///
    /// # Errors
    /// What is wrong with which field, for people.
    pub(crate) fn read(given: &serde_json::Value) -> Result<Self, String> {
        let text = given.to_string();
        let read = serde_json::from_str(&text);
        read.map_err(|wrong| explain_json(&wrong, text.as_bytes()))
    }

    /// Refuses settings that mean nothing, naming the field.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn check(&self) -> Result<(), String> {
        let at_least_one = [
            ("concurrency", u64::from(self.concurrency)),
            (
                "key_concurrency",
                u64::from(self.key_concurrency.unwrap_or(1)),
            ),
            ("max_retries", u64::from(self.max_retries)),
            ("timeout_ms", self.timeout_ms),
            ("heartbeat_ms", self.heartbeat_ms.unwrap_or(1)),
            ("ttl_ms", self.ttl_ms.unwrap_or(1)),
            ("depth_max", self.depth_max),
            ("bytes_max", self.bytes_max),
            ("kept_max", self.kept_max),
        ];
        if let Some((name, _)) = at_least_one.iter().find(|(_, value)| *value == 0) {
            return Err(format!("`{name}` must be at least 1"));
        }
        if self.backoff_max_ms < self.backoff_ms && self.backoff_max_ms != BACKOFF_MAX_MS {
            return Err(format!(
                "`backoff_max_ms` ({}) is less than `backoff_ms` ({}), the pause it limits",
                self.backoff_max_ms, self.backoff_ms
            ));
        }
        if self.depth_max > u64::from(u32::MAX) {
            return Err(format!("`depth_max` must be at most {}", u32::MAX));
        }
        for (name, rate) in [("rate", self.rate), ("key_rate", self.key_rate)] {
            let valid = |rate: Rate| (1..=100_000).contains(&rate.count) && rate.per_ms > 0;
            if !rate.is_none_or(valid) {
                return Err(format!(
                    "`{name}` needs a `count` from 1 to 100000 and a `per_ms` of at least 1"
                ));
            }
        }
        if let Some((tenant, _)) = self.tenant_weights.iter().find(|(_, weight)| **weight == 0) {
            return Err(format!(
                "the weight of tenant `{tenant}` in `tenant_weights` must be at least 1"
            ));
        }
        if !self
            .batch
            .is_none_or(|batch| (1..=1000).contains(&batch.size))
        {
            return Err("`batch.size` must be from 1 to 1000".to_owned());
        }
        Ok(())
    }

    /// The pause after so many attempts, before it is spread.
    pub(super) fn backoff(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(32);
        let pause = self.backoff_ms.saturating_mul(1 << doublings);
        // Older files know no longest pause and may name one that is longer by itself.
        let longest = self.backoff_max_ms.max(self.backoff_ms);
        Duration::from_millis(pause.min(longest))
    }

    pub(super) fn weight(&self, tenant: &str) -> u32 {
        self.tenant_weights.get(tenant).copied().unwrap_or(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap() {
        let settings = Settings {
            backoff_ms: 100,
            backoff_max_ms: 1000,
            ..Settings::default()
        };
        let pauses = [1, 2, 3, 4, 5, u32::MAX].map(|attempts| settings.backoff(attempts));
        assert_eq!(
            pauses.map(|pause| pause.as_millis()),
            [100, 200, 400, 800, 1000, 1000]
        );
    }

    #[test]
    fn an_older_file_may_name_a_long_pause() {
        let settings: Settings = serde_json::from_str(r#"{"backoff_ms":600000}"#).unwrap();
        assert_eq!(settings.check(), Ok(()));
        assert_eq!(settings.backoff(3), Duration::from_secs(600));
    }

    #[test]
    fn published_keys_are_read_and_nonsense_is_named() {
        let text = r#"{"type":"fifo","max_retries":5,"concurrency":2,"poll_interval_ms":100,
            "message_group_field":"order","max_priority":9,"priority_field":"p","backoff_ms":7}"#;
        let settings: Settings = serde_json::from_str(text).unwrap();
        assert_eq!((settings.kind, settings.max_retries), (Kind::Fifo, 5));
        assert_eq!(settings.check(), Ok(()));
        let wrong = [
            r#"{"concurrency":0}"#,
            r#"{"rate":{"count":0,"per_ms":1}}"#,
            r#"{"batch":{"size":2000}}"#,
            r#"{"tenant_weights":{"a":0}}"#,
            r#"{"backoff_max_ms":10,"backoff_ms":5000}"#,
        ];
        for text in wrong {
            let settings: Settings = serde_json::from_str(text).unwrap();
            let field = text.split('"').nth(1).unwrap();
            let reason = settings.check().unwrap_err();
            assert!(reason.contains(field), "{reason}");
        }
    }
}
