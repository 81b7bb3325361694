//! The trigger types `durable:subscriber` and `queue`: functions that messages are handed over to.

use crate::core::{Jitter, Settings, Subscription};
use crate::error;
use crate::hub::Hub;
use crate::input;
use iii_kit::{
    BoundTrigger, BoxFuture, HandlerError, Payload, RegisterTriggerType, TriggerHandler,
};
use iii_ports::log::Change;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Runs a function for what is published to a topic.
pub(crate) const SUBSCRIBER: &str = "durable:subscriber";
/// Runs a function for the messages of a queue.
pub(crate) const QUEUE: &str = "queue";

/// The trigger types as they are registered.
pub(crate) fn registrations() -> [RegisterTriggerType; 2] {
    [
        RegisterTriggerType::new(
            SUBSCRIBER,
            "Runs a function for everything that is published to a topic, also what was published \
             while it was away",
        )
        .config_format_of::<TriggerConfig>(),
        RegisterTriggerType::new(
            QUEUE,
            "Runs a function for the messages of a queue that name no function, or of a topic",
        )
        .config_format_of::<TriggerConfig>(),
    ]
}

/// Configuration of a `durable:subscriber` or `queue` trigger.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QueueTriggerConfig")]
struct TriggerConfig {
    /// The topic to subscribe to.
    topic: Option<String>,
    /// The queue to consume, for triggers of type `queue`.
    queue: Option<String>,
    /// Called first with the same data; the message is done if it returns `false`.
    #[expect(dead_code, reason = "evaluated by the SDK when the trigger fires")]
    condition_function_id: Option<String>,
    /// Settings of the subscription: those of a queue, or their older names.
    queue_config: Option<Map<String, Value>>,
}

/// Where a trigger is bound to.
enum Source {
    Topic(String, Box<Settings>),
    Queue(String),
}

impl TriggerConfig {
    fn source(self) -> Result<Source, HandlerError> {
        match (self.topic, self.queue) {
            (Some(topic), None) => {
                error::check_length("`topic`", &topic).map_err(error::invalid)?;
                let settings = settings(self.queue_config.unwrap_or_default())?;
                Ok(Source::Topic(topic, Box::new(settings)))
            }
            (None, Some(_)) if self.queue_config.is_some() => Err(error::invalid(
                "`queue_config` belongs to a `topic`; settings of a queue are made with \
                 `queue::define` or in the configuration",
            )),
            (None, Some(queue)) => Ok(Source::Queue(queue)),
            _ => Err(error::invalid(
                "the trigger needs either a `topic` or a `queue`, and not both",
            )),
        }
    }
}

/// Settings of a subscription, also by their older names.
fn settings(given: Map<String, Value>) -> Result<Settings, HandlerError> {
    let mut fields = Map::new();
    let mut no_backoff_growth = None;
    for (name, value) in given {
        let name = match name.as_str() {
            "maxRetries" => {
                let retries = whole("maxRetries", &value)?;
                fields.insert("max_retries".to_owned(), (retries.saturating_add(1)).into());
                continue;
            }
            "visibilityTimeout" => {
                let seconds = whole("visibilityTimeout", &value)?.max(1);
                let timeout_ms = seconds.saturating_mul(1000);
                fields.insert("timeout_ms".to_owned(), timeout_ms.into());
                continue;
            }
            "backoffType" => {
                no_backoff_growth = Some(value == "fixed");
                continue;
            }
            // Belongs to messages, which say it themselves.
            "delaySeconds" => continue,
            "backoffDelayMs" => "backoff_ms",
            "maxPriority" => "max_priority",
            name => name,
        };
        fields.insert(name.to_owned(), value);
    }
    let settings = Settings::read(&Value::Object(fields))
        .map_err(|wrong| error::invalid(format!("`queue_config`: {wrong}")))?;
    let settings = match no_backoff_growth {
        Some(true) => Settings {
            backoff_max_ms: settings.backoff_ms,
            jitter: Jitter::None,
            ..settings
        },
        _ => settings,
    };
    settings
        .check()
        .map_err(|wrong| error::invalid(format!("`queue_config`: {wrong}")))?;
    Ok(settings)
}

/// A whole number under one of the older names.
fn whole(name: &str, value: &Value) -> Result<u64, HandlerError> {
    value.as_u64().ok_or_else(|| {
        error::invalid(format!(
            "`queue_config`: `{name}` is {value}, expected a whole number from 0"
        ))
    })
}

/// Binds triggers to queues.
#[derive(Clone)]
pub(crate) struct Handler {
    hub: Arc<Hub>,
}

impl Handler {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    async fn bind(&self, trigger: BoundTrigger) -> Result<(), HandlerError> {
        let config: TriggerConfig = read(&trigger.config)?;
        let (queue, changes) = match config.source()? {
            Source::Queue(name) => (self.hub.open_queue(&name)?, Vec::new()),
            Source::Topic(topic, settings) => {
                let who = Subscription {
                    topic,
                    function_id: trigger.function_id.to_string(),
                    namespace: trigger.namespace.as_ref().map(ToString::to_string),
                };
                let now = self.hub.now();
                self.hub.broker.lock().subscribe(&who, &settings, now)
            }
        };
        self.write(changes).await?;
        self.hub.bind(queue, trigger);
        Ok(())
    }

    async fn unbind(&self, id: &str) {
        let Some(queue) = self.hub.unbind(id) else {
            return;
        };
        let changes = {
            let now = self.hub.now();
            self.hub.broker.lock().unbound(queue, now)
        };
        if self.write(changes).await.is_err() {
            tracing::warn!("queue.subscription_not_written");
        }
    }

    async fn write(&self, changes: Vec<Change>) -> Result<(), HandlerError> {
        if changes.is_empty() {
            return Ok(());
        }
        let written = self.hub.commits.plain(&self.hub, changes).await;
        written.map_err(|failed| error::not_written(&failed))
    }
}

fn read(config: &Payload) -> Result<TriggerConfig, HandlerError> {
    if config.is_null() {
        return Ok(TriggerConfig::default());
    }
    input::read(Some(config))
}

impl TriggerHandler for Handler {
    fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>> {
        Box::pin(self.bind(trigger))
    }

    fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(self.unbind(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Kind;
    use serde_json::json;

    fn read(given: Value) -> Settings {
        let Value::Object(given) = given else {
            panic!("settings are an object");
        };
        settings(given).unwrap()
    }

    #[test]
    fn published_settings_of_a_subscription_mean_what_they_did() {
        let settings = read(json!({
            "type": "fifo", "maxRetries": 2, "concurrency": 3, "visibilityTimeout": 45,
            "delaySeconds": 7, "backoffType": "exponential", "backoffDelayMs": 250,
            "maxPriority": 5,
        }));
        let wanted = Settings {
            kind: Kind::Fifo,
            max_retries: 3,
            concurrency: 3,
            timeout_ms: 45_000,
            backoff_ms: 250,
            max_priority: 5,
            ..Settings::default()
        };
        assert_eq!(settings, wanted);
    }

    #[test]
    fn a_fixed_pause_stays_the_same() {
        let settings = read(json!({ "backoffType": "fixed", "backoffDelayMs": 250 }));
        let longest = (settings.backoff_ms, settings.backoff_max_ms);
        assert_eq!((longest, settings.jitter), ((250, 250), Jitter::None));
        assert_eq!(read(json!({})), Settings::default());
        assert_eq!(read(json!({ "max_retries": 9 })).max_retries, 9);
    }
}
