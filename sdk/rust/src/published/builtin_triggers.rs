//! Configurations of the trigger types that come with iii.

use super::iii_helpers::stream::{StreamJoinLeaveTriggerConfig, StreamTriggerConfig};
use super::protocol::RegisterTriggerInput;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// A trigger of one of the types that come with iii.
///
/// ```
/// use iii_kit::published::builtin_triggers::{HttpMethod, HttpTriggerConfig, IIITrigger};
/// let place = HttpTriggerConfig::new("/orders").method(HttpMethod::Post);
/// let trigger = IIITrigger::Http(place).for_function("orders::place");
/// assert_eq!(trigger.trigger_type, "http");
/// assert_eq!(trigger.config["http_method"], "POST");
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum IIITrigger {
    /// On HTTP requests.
    Http(HttpTriggerConfig),
    /// At times of day.
    Cron(CronTriggerConfig),
    /// On messages of a queue.
    Queue(QueueTriggerConfig),
    /// On published messages.
    Subscribe(SubscribeTriggerConfig),
    /// On changes of state.
    State(StateTriggerConfig),
    /// On changes of a stream's items.
    Stream(StreamTriggerConfig),
    /// When somebody joins a stream.
    StreamJoin(StreamJoinLeaveTriggerConfig),
    /// When somebody leaves a stream.
    StreamLeave(StreamJoinLeaveTriggerConfig),
    /// On log lines.
    Log(LogTriggerConfig),
}

impl IIITrigger {
    /// The trigger, bound to a function.
    pub fn for_function(self, function_id: impl Into<String>) -> RegisterTriggerInput {
        // Texts and JSON values always have a JSON form.
        let config = serde_json::to_value(&self).unwrap_or_default();
        RegisterTriggerInput::new(self.trigger_type(), function_id, config)
    }

    fn trigger_type(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Cron(_) => "cron",
            Self::Queue(_) => "queue",
            Self::Subscribe(_) => "subscribe",
            Self::State(_) => "state",
            Self::Stream(_) => "stream",
            Self::StreamJoin(_) => "stream:join",
            Self::StreamLeave(_) => "stream:leave",
            Self::Log(_) => "log",
        }
    }
}

/// Which HTTP requests fire.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct HttpTriggerConfig {
    /// The path, such as `/users/:id`.
    pub api_path: String,
    /// `None` means `GET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_method: Option<HttpMethod>,
    /// Asked before the function runs; a literal `false` blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_function_id: Option<String>,
}

/// A method of HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
    /// `PATCH`
    Patch,
    /// `HEAD`
    Head,
    /// `OPTIONS`
    Options,
}

impl HttpTriggerConfig {
    /// `GET` requests of a path.
    pub fn new(api_path: impl Into<String>) -> Self {
        Self {
            api_path: api_path.into(),
            http_method: None,
            condition_function_id: None,
        }
    }

    /// Requests of this method.
    #[must_use]
    pub fn method(mut self, method: HttpMethod) -> Self {
        self.http_method = Some(method);
        self
    }

    /// Ask this function first.
    #[must_use]
    pub fn condition(mut self, function_id: impl Into<String>) -> Self {
        self.condition_function_id = Some(function_id.into());
        self
    }
}

/// When a cron trigger fires.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CronTriggerConfig {
    /// Second, minute, hour, day, month and weekday.
    pub expression: String,
    /// Asked before the function runs; a literal `false` blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_function_id: Option<String>,
}

impl CronTriggerConfig {
    /// At the times of an expression.
    pub fn new(expression: impl Into<String>) -> Self {
        Self {
            expression: expression.into(),
            condition_function_id: None,
        }
    }

    /// Ask this function first.
    #[must_use]
    pub fn condition(mut self, function_id: impl Into<String>) -> Self {
        self.condition_function_id = Some(function_id.into());
        self
    }
}

/// Which messages of a queue fire.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct QueueTriggerConfig {
    /// The queue's topic.
    pub topic: String,
    /// Asked before the function runs; a literal `false` blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_function_id: Option<String>,
    /// How messages are handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_config: Option<Value>,
}

impl QueueTriggerConfig {
    /// Messages of a topic.
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            condition_function_id: None,
            queue_config: None,
        }
    }

    /// Ask this function first.
    #[must_use]
    pub fn condition(mut self, function_id: impl Into<String>) -> Self {
        self.condition_function_id = Some(function_id.into());
        self
    }

    /// Hand messages over like this.
    ///
    /// # Errors
    /// The configuration has no JSON form.
    pub fn queue_config(mut self, config: impl Serialize) -> Result<Self, serde_json::Error> {
        self.queue_config = Some(serde_json::to_value(config)?);
        Ok(self)
    }
}

/// Which published messages fire.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubscribeTriggerConfig {
    /// The topic.
    pub topic: String,
    /// Asked before the function runs; a literal `false` blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_function_id: Option<String>,
}

impl SubscribeTriggerConfig {
    /// Messages of a topic.
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            condition_function_id: None,
        }
    }

    /// Ask this function first.
    #[must_use]
    pub fn condition(mut self, function_id: impl Into<String>) -> Self {
        self.condition_function_id = Some(function_id.into());
        self
    }
}

/// Which changes of state fire.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StateTriggerConfig {
    /// Only this scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Only this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Asked before the function runs; a literal `false` blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_function_id: Option<String>,
}

impl StateTriggerConfig {
    /// All changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only of this scope.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Only of this key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Ask this function first.
    #[must_use]
    pub fn condition(mut self, function_id: impl Into<String>) -> Self {
        self.condition_function_id = Some(function_id.into());
        self
    }
}

/// Which log lines fire.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct LogTriggerConfig {
    /// From this level on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<LogLevel>,
}

/// How grave a log line is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Any line.
    All,
    /// Details for developers.
    Debug,
    /// What happens in the normal course of things.
    Info,
    /// Something is off, and the work goes on.
    Warn,
    /// Some work failed.
    Error,
}

impl LogTriggerConfig {
    /// All lines.
    pub fn new() -> Self {
        Self::default()
    }

    /// From this level on.
    #[must_use]
    pub fn level(mut self, level: LogLevel) -> Self {
        self.level = Some(level);
        self
    }
}

/// What a function is called with on an HTTP request.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct HttpCallRequest {
    /// The query's parameters.
    pub query_params: HashMap<String, String>,
    /// What the path's placeholders stand for.
    pub path_params: HashMap<String, String>,
    /// The header lines.
    pub headers: HashMap<String, String>,
    /// The path.
    pub path: String,
    /// The method.
    pub method: String,
    /// The body.
    pub body: Value,
}

/// What a function is called with at a time of day.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CronCallRequest {
    /// `cron`
    pub trigger: String,
    /// The trigger.
    pub job_id: String,
    /// When it was due.
    pub scheduled_time: String,
    /// When it fired.
    pub actual_time: String,
}

/// What happened to a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StateEventType {
    /// It is new.
    #[serde(rename = "state:created")]
    Created,
    /// It is another.
    #[serde(rename = "state:updated")]
    Updated,
    /// It is gone.
    #[serde(rename = "state:deleted")]
    Deleted,
}

/// What a function is called with on a change of state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StateCallRequest {
    /// `state`
    #[serde(rename = "type")]
    pub message_type: String,
    /// What happened.
    pub event_type: StateEventType,
    /// Where.
    pub scope: String,
    /// To which value.
    pub key: String,
    /// The value before.
    pub old_value: Option<Value>,
    /// The value now.
    pub new_value: Value,
}

/// What a function is called with on a log line.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LogCallRequest {
    /// When it was written, in nanoseconds since 1970.
    pub timestamp_unix_nano: u64,
    /// When it was received, in nanoseconds since 1970.
    pub observed_timestamp_unix_nano: u64,
    /// OpenTelemetry's number of the level.
    pub severity_number: u32,
    /// The level.
    pub severity_text: String,
    /// The line.
    pub body: String,
    /// What else it says.
    pub attributes: Value,
    /// The trace it belongs to.
    pub trace_id: String,
    /// The span it belongs to.
    pub span_id: String,
    /// Who wrote it.
    pub resource: Value,
    /// The name of who wrote it.
    pub service_name: String,
    /// The library that wrote it.
    pub instrumentation_scope_name: String,
    /// That library's version.
    pub instrumentation_scope_version: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_trigger_is_of_its_type_with_its_own_configuration() {
        let queue = QueueTriggerConfig::new("t").condition("ok");
        let queue = queue.queue_config(json!({"max": 1})).unwrap();
        let join = || StreamJoinLeaveTriggerConfig::new().stream_name("chat");
        let stream = StreamTriggerConfig::new().stream_name("chat").group_id("g");
        let level = LogTriggerConfig::new().level(LogLevel::Warn);
        let expected = [
            (
                IIITrigger::Http(HttpTriggerConfig::new("/a").condition("ok")),
                "http",
                json!({"api_path": "/a", "condition_function_id": "ok"}),
            ),
            (
                IIITrigger::Cron(CronTriggerConfig::new("* * * * * *")),
                "cron",
                json!({"expression": "* * * * * *"}),
            ),
            (
                IIITrigger::Queue(queue),
                "queue",
                json!({"topic": "t", "condition_function_id": "ok", "queue_config": {"max": 1}}),
            ),
            (
                IIITrigger::Subscribe(SubscribeTriggerConfig::new("t")),
                "subscribe",
                json!({"topic": "t"}),
            ),
            (
                IIITrigger::State(StateTriggerConfig::new().scope("s").key("k")),
                "state",
                json!({"scope": "s", "key": "k"}),
            ),
            (
                IIITrigger::Stream(stream),
                "stream",
                json!({"stream_name": "chat", "group_id": "g"}),
            ),
            (
                IIITrigger::StreamJoin(join()),
                "stream:join",
                json!({"stream_name": "chat"}),
            ),
            (
                IIITrigger::StreamLeave(join()),
                "stream:leave",
                json!({"stream_name": "chat"}),
            ),
            (IIITrigger::Log(level), "log", json!({"level": "warn"})),
        ];
        for (trigger, trigger_type, config) in expected {
            let input = trigger.for_function("f");
            assert_eq!(input.trigger_type, trigger_type);
            assert_eq!(input.config, config, "{trigger_type}");
        }
    }
}
