//! The side of a function that is observed. Our engine offers no observing, so none of this ever
//! runs; it is here for programs that are prepared for both.

use super::Error;
use super::protocol::observe_codes::OBSERVE_REJECTED;
use super::protocol::{Capture, LegacyTrigger, On};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How a function is to be observed; see
/// [`RegisterFunction::observe`](super::RegisterFunction::observe).
#[derive(Clone, Debug, Default)]
pub struct Observe(());

impl Observe {
    /// The function's owner hands events over.
    pub fn owner() -> Self {
        Self::default()
    }

    /// Every invocation is an event.
    pub fn auto() -> Self {
        Self::default()
    }

    /// What observers' arguments look like.
    #[must_use]
    pub fn args_format<T: JsonSchema>(self) -> Self {
        self
    }

    /// What observers' arguments look like, as JSON Schema.
    #[must_use]
    pub fn args_format_value(self, _schema: Value) -> Self {
        self
    }

    /// Take the place of a trigger type.
    #[must_use]
    pub fn legacy_trigger_type(self, _trigger_type: impl Into<String>) -> Self {
        self
    }

    /// Whether there may be observers.
    #[must_use]
    pub fn allow(self, _allow: bool) -> Self {
        self
    }

    /// Who is told of observers.
    #[must_use]
    pub fn handler<H: ObserveHandler>(self, _handler: H) -> Self {
        self
    }
}

/// Is told of a function's observers.
#[async_trait]
pub trait ObserveHandler: Send + Sync + 'static {
    /// An observer comes; an error refuses it.
    async fn on_observer_added(&self, obs: &Observer) -> Result<(), ObserveRejection> {
        let _ = obs;
        Ok(())
    }

    /// An observer leaves.
    async fn on_observer_removed(&self, obs: &Observer) {
        let _ = obs;
    }
}

#[async_trait]
impl<T: ObserveHandler + ?Sized> ObserveHandler for Arc<T> {
    async fn on_observer_added(&self, obs: &Observer) -> Result<(), ObserveRejection> {
        (**self).on_observer_added(obs).await
    }

    async fn on_observer_removed(&self, obs: &Observer) {
        (**self).on_observer_removed(obs).await;
    }
}

/// Why an observer is refused.
///
/// ```
/// use iii_kit::published::ObserveRejection;
/// let refusal = ObserveRejection::new("FULL", "no room");
/// assert_eq!(refusal.to_string(), "FULL: no room");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObserveRejection {
    /// A code observers can act on.
    pub code: String,
    /// For people.
    pub message: String,
}

impl ObserveRejection {
    /// A refusal with a code of the owner's own.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for ObserveRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ObserveRejection {}

impl From<Error> for ObserveRejection {
    fn from(error: Error) -> Self {
        match error {
            Error::Remote { code, message, .. } => Self { code, message },
            other => Self::new(OBSERVE_REJECTED, other.to_string()),
        }
    }
}

impl From<ObserveRejection> for Error {
    fn from(rejection: ObserveRejection) -> Self {
        Self::Remote {
            code: rejection.code,
            message: rejection.message,
            stacktrace: None,
        }
    }
}

impl From<String> for ObserveRejection {
    fn from(message: String) -> Self {
        Self::new(OBSERVE_REJECTED, message)
    }
}

impl From<&str> for ObserveRejection {
    fn from(message: &str) -> Self {
        Self::new(OBSERVE_REJECTED, message)
    }
}

/// An observer of a function. There is none, which its type says: nothing below can be called.
#[derive(Clone, Debug)]
pub enum Observer {}

impl Observer {
    /// The observer's id.
    pub fn id(&self) -> &str {
        match *self {}
    }

    /// The function.
    pub fn function_id(&self) -> &str {
        match *self {}
    }

    /// The function's namespace.
    pub fn namespace(&self) -> &str {
        match *self {}
    }

    /// What the observer asks for.
    ///
    /// # Errors
    /// It does not fit the type.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, ObserveRejection> {
        match *self {}
    }

    /// What the observer asks for.
    pub fn args_value(&self) -> &Value {
        match *self {}
    }

    /// Which events it wants.
    pub fn filters(&self) -> &Value {
        match *self {}
    }

    /// Its target.
    pub fn target(&self) -> &str {
        match *self {}
    }

    /// What of an event travels to it.
    pub fn capture(&self) -> &[Capture] {
        match *self {}
    }

    /// Which ends are events for it.
    pub fn on(&self) -> &On {
        match *self {}
    }

    /// The trigger it was made from.
    pub fn legacy(&self) -> Option<&LegacyTrigger> {
        match *self {}
    }

    /// Whether it is called on events.
    pub fn is_active(&self) -> bool {
        match *self {}
    }

    /// Hands it an event.
    ///
    /// # Errors
    /// The event has no JSON form.
    pub fn emit<T: Serialize + ?Sized>(&self, _event: &T) -> Result<bool, Error> {
        match *self {}
    }

    /// Calls its target and waits for the result.
    ///
    /// # Errors
    /// See [`Error`].
    #[expect(
        clippy::unused_async,
        reason = "programs await it, as the published one"
    )]
    pub async fn call<R: DeserializeOwned>(&self, _payload: impl Serialize) -> Result<R, Error> {
        match *self {}
    }

    /// [`Observer::call`] that waits for so long.
    ///
    /// # Errors
    /// See [`Error`].
    #[expect(
        clippy::unused_async,
        reason = "programs await it, as the published one"
    )]
    pub async fn call_with_timeout<R: DeserializeOwned>(
        &self,
        _payload: impl Serialize,
        _timeout: Duration,
    ) -> Result<R, Error> {
        match *self {}
    }

    /// Sends it away.
    pub fn reject(&self, _code: impl Into<String>, _message: impl Into<String>) {
        match *self {}
    }
}
