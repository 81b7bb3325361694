//! Every bound of a client, with its default.

use std::time::Duration;

/// Every bound of a client.
///
/// ```
/// use iii_kit::Limits;
/// let limits = Limits { calls_max: 100, ..Limits::default() };
/// assert_eq!(limits.call_timeout.as_secs(), 30);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Invocations handled at the same time; one more is answered `overloaded`.
    pub invocations_max: usize,
    /// Calls waiting for an answer; one more fails with `overloaded`.
    pub calls_max: usize,
    /// Calls kept while the engine is away; one more fails with `overloaded`.
    pub offline_calls_max: usize,
    /// Requests between the client's handles and its connection; a full queue makes callers wait.
    pub commands_max: usize,
    /// Functions, triggers and trigger types this client may register, each.
    pub registrations_max: usize,
    /// Trigger registrations a provider has not got round to yet, per trigger type.
    pub trigger_operations_max: usize,
    /// Largest payload sent, in bytes.
    pub message_bytes_max: usize,
    /// Bytes queued towards the engine above which nothing more is taken on.
    pub outbox_high_bytes: usize,
    /// Deadline of calls that name none.
    pub call_timeout: Duration,
    /// Extra time the local timer gives the engine to answer a late call itself.
    pub call_timeout_grace: Duration,
    /// How long a registration waits for its acknowledgement on a live connection.
    pub registration_timeout: Duration,
    /// How long the engine's first word may take on a new connection.
    pub greeting_timeout: Duration,
    /// A connection silent for this long is pinged; after twice as long it is dead.
    pub heartbeat: Duration,
    /// Longest pause between two attempts to connect. Short, so that workers are back within two
    /// seconds of an engine that listens again.
    pub reconnect_max: Duration,
    /// How long running handlers may finish when the client shuts down.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            invocations_max: 1024,
            calls_max: 16_384,
            offline_calls_max: 1024,
            commands_max: 4096,
            registrations_max: 20_000,
            trigger_operations_max: 65_536,
            message_bytes_max: 64 << 20,
            outbox_high_bytes: 16 << 20,
            call_timeout: Duration::from_secs(30),
            call_timeout_grace: Duration::from_secs(1),
            registration_timeout: Duration::from_secs(10),
            greeting_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(15),
            reconnect_max: Duration::from_millis(1500),
            drain_timeout: Duration::from_secs(10),
        }
    }
}
