//! Observing functions, as far as it goes: our engine offers none, so every observer ends in the
//! state `error` with the code `UNSUPPORTED`, as the published client's does there.

use super::calling::function_namespace;
use super::protocol::observe_codes::{INVALID_ARGS, UNOBSERVED, UNSUPPORTED};
use super::protocol::{Caller, Capture, Deliver, InvocationStatus, ObserverState, On};
use super::{Error, IIIClient};
use crate::ConnectionState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What is to be observed. Only the function's id and namespace matter here.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    function_id: String,
    namespace: Option<String>,
}

impl Source {
    /// The invocations of a function.
    pub fn function(function_id: impl Into<String>) -> Self {
        Self {
            function_id: function_id.into(),
            namespace: None,
        }
    }

    /// The function is in this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// What the function's owner is told.
    #[must_use]
    pub fn args(self, _args: Value) -> Self {
        self
    }

    /// Which events reach the target.
    #[must_use]
    pub fn filters(self, _filters: Value) -> Self {
        self
    }

    /// What of an event travels.
    #[must_use]
    pub fn capture(self, _capture: impl IntoIterator<Item = Capture>) -> Self {
        self
    }

    /// Which ends are events.
    #[must_use]
    pub fn on(self, _on: On) -> Self {
        self
    }

    /// What the target is called with.
    #[must_use]
    pub fn deliver(self, _deliver: Deliver) -> Self {
        self
    }

    /// The function's id.
    pub fn function_id(&self) -> &str {
        &self.function_id
    }
}

/// The function that is to be called on events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    function_id: String,
    namespace: Option<String>,
}

impl Target {
    /// A function by its id.
    pub fn function(function_id: impl Into<String>) -> Self {
        Self {
            function_id: function_id.into(),
            namespace: None,
        }
    }

    /// The function is in this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }
}

impl From<&str> for Target {
    fn from(function_id: &str) -> Self {
        Self::function(function_id)
    }
}

impl From<String> for Target {
    fn from(function_id: String) -> Self {
        Self::function(function_id)
    }
}

impl From<&String> for Target {
    fn from(function_id: &String) -> Self {
        Self::function(function_id)
    }
}

/// How an observer is to behave. Only its id matters here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObserverOptions {
    id: Option<String>,
}

impl ObserverOptions {
    /// The observer's id, instead of a new one.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Ends it after so many events.
    #[must_use]
    pub fn max_fires(self, _max_fires: u64) -> Self {
        self
    }

    /// Ends it after so long.
    #[must_use]
    pub fn expires_in(self, _expires_in: Duration) -> Self {
        self
    }

    /// Calls the target so many times at once at most.
    #[must_use]
    pub fn max_in_flight(self, _max_in_flight: u32) -> Self {
        self
    }

    /// Handed to the target with every event.
    #[must_use]
    pub fn metadata(self, _metadata: Value) -> Self {
        self
    }
}

/// Why an observer is in its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObserverReason {
    /// One of [`observe_codes`](super::protocol::observe_codes).
    pub code: String,
    /// For people.
    pub message: String,
}

impl ObserverReason {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

/// Where an observer stands, and how often it fired.
#[derive(Clone, Debug, PartialEq)]
pub struct ObserverStatus {
    /// Where it stands.
    pub state: ObserverState,
    /// Why.
    pub reason: Option<ObserverReason>,
    /// How often it fired: never.
    pub fires: u64,
}

impl ObserverStatus {
    fn new(state: ObserverState, reason: Option<ObserverReason>) -> Self {
        Self {
            state,
            reason,
            fires: 0,
        }
    }
}

/// An observer. Made by [`IIIClient::observe`].
#[derive(Clone)]
pub struct ObserverHandle {
    id: String,
    status: Arc<watch::Sender<ObserverStatus>>,
    client: IIIClient,
}

impl fmt::Debug for ObserverHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObserverHandle")
            .field("id", &self.id)
            .field("status", &*self.status.borrow())
            .finish_non_exhaustive()
    }
}

/// Somebody who is told of an observer's states.
#[derive(Debug)]
pub struct StateListener {
    ended: CancellationToken,
}

impl StateListener {
    /// Tells it nothing any more.
    pub fn unsubscribe(self) {
        self.ended.cancel();
    }
}

impl ObserverHandle {
    /// The observer's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it stands: `pending` until the engine is known, then `error`.
    pub fn state(&self) -> ObserverState {
        self.status.borrow().state.clone()
    }

    /// Why it is there.
    pub fn reason(&self) -> Option<ObserverReason> {
        self.status.borrow().reason.clone()
    }

    /// How often it fired: never.
    pub fn fires(&self) -> u64 {
        0
    }

    /// What the engine had to say about it: nothing.
    pub fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Waits until it is active, which it never is.
    ///
    /// # Errors
    /// [`Error::Remote`] with the reason's code once it is known.
    pub async fn ready(&self) -> Result<(), Error> {
        let mut states = self.status.subscribe();
        let settled = states.wait_for(|status| status.reason.is_some()).await;
        // The handle keeps the sender, so there is always a last word.
        let reason = settled.ok().and_then(|status| status.reason.clone());
        let ObserverReason { code, message } = reason.ok_or(Error::NotConnected)?;
        Err(Error::Remote {
            code,
            message,
            stacktrace: None,
        })
    }

    /// Calls `listener` on every change from now on, on the client's thread.
    pub fn on_state_change<F>(&self, listener: F) -> StateListener
    where
        F: Fn(&ObserverState, Option<&ObserverReason>) + Send + Sync + 'static,
    {
        let ended = CancellationToken::new();
        let end = ended.clone();
        let mut states = self.status.subscribe();
        self.client.begin(async move {
            while let Some(Ok(())) = end.run_until_cancelled(states.changed()).await {
                let now = states.borrow_and_update().clone();
                listener(&now.state, now.reason.as_ref());
            }
        });
        StateListener { ended }
    }

    /// Takes the observer back.
    ///
    /// # Errors
    /// None.
    #[expect(
        clippy::unused_async,
        reason = "programs await it, as the published one"
    )]
    pub async fn dispose(&self) -> Result<(), Error> {
        self.status.send_if_modified(|status| {
            let changed = status.state != ObserverState::Disposed;
            let reason = ObserverReason::new(UNOBSERVED, "it was taken back");
            *status = ObserverStatus::new(ObserverState::Disposed, Some(reason));
            changed
        });
        Ok(())
    }
}

/// What an observer's target would be called with; here for functions that are typed with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed<I = Value, O = Value> {
    /// The observer.
    pub observer_id: String,
    /// This one event.
    pub activation_id: String,
    /// The function that was observed.
    pub function_id: String,
    /// Its namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The invocation that was observed.
    pub invocation_id: String,
    /// How it ended.
    pub status: InvocationStatus,
    /// Its input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<I>,
    /// Its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<O>,
    /// Its failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ObservedError>,
    /// Who called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// What came beside the input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// When it began, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// The failure of an observed invocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObservedError {
    /// Its code.
    pub code: String,
    /// For people.
    pub message: String,
}

/// Somebody who is told whether the engine offers observing.
#[derive(Debug)]
pub struct ObserveSupportListener {
    ended: CancellationToken,
}

impl ObserveSupportListener {
    /// Tells it nothing any more.
    pub fn unsubscribe(self) {
        self.ended.cancel();
    }
}

impl IIIClient {
    /// Asks to call `target` on the doings of `source`. Our engine offers no observing: the handle
    /// ends in the state `error` with the code `UNSUPPORTED` as soon as the engine is known.
    ///
    /// ```no_run
    /// # use iii_kit::published::{IIIClient, Source};
    /// # async fn example(worker: IIIClient) {
    /// let observer = worker.observe(Source::function("orders::place"), "alerts::order");
    /// let error = observer.ready().await.unwrap_err();
    /// assert_eq!(error.invocation_error().unwrap().code, "UNSUPPORTED");
    /// # }
    /// ```
    pub fn observe(&self, source: Source, target: impl Into<Target>) -> ObserverHandle {
        self.observe_with(source, target, ObserverOptions::default())
    }

    /// [`IIIClient::observe`] with options.
    pub fn observe_with(
        &self,
        source: Source,
        target: impl Into<Target>,
        options: ObserverOptions,
    ) -> ObserverHandle {
        let target = target.into();
        let new_id = || self.inner.client.new_trigger_id().to_string();
        let pending = ObserverStatus::new(ObserverState::Pending, None);
        let handle = ObserverHandle {
            id: options.id.unwrap_or_else(new_id),
            status: Arc::new(watch::Sender::new(pending)),
            client: self.clone(),
        };
        let own = self.namespace();
        let found = function_namespace(source.namespace, own.clone(), &source.function_id);
        let found =
            found.and_then(|_| function_namespace(target.namespace, own, &target.function_id));
        match found {
            Err(error) => refuse(
                &handle.status,
                ObserverReason::new(INVALID_ARGS, error.to_string()),
            ),
            Ok(_) => self.refuse_once_known(&handle),
        }
        handle
    }

    fn refuse_once_known(&self, handle: &ObserverHandle) {
        let (client, status) = (self.inner.client.clone(), Arc::clone(&handle.status));
        self.begin(async move {
            if client.wait_connected().await.is_ok() {
                let message = "the engine does not offer observing";
                refuse(&status, ObserverReason::new(UNSUPPORTED, message));
            }
        });
    }

    /// Whether the engine offers observing: `None` while there is no connection, else `false`.
    pub fn engine_supports_observe(&self) -> Option<bool> {
        match self.inner.client.connection_state() {
            ConnectionState::Connected => Some(false),
            _ => None,
        }
    }

    /// Calls `listener` with `false`, on the client's thread, once the engine is known.
    pub fn on_engine_supports_observe<F>(&self, listener: F) -> ObserveSupportListener
    where
        F: Fn(bool) + Send + Sync + 'static,
    {
        let ended = CancellationToken::new();
        let (end, client) = (ended.clone(), self.inner.client.clone());
        self.begin(async move {
            // So that the listener never runs in its subscriber's own call.
            tokio::task::yield_now().await;
            let known = end.run_until_cancelled(client.wait_connected()).await;
            if matches!(known, Some(Ok(()))) {
                listener(false);
            }
        });
        ObserveSupportListener { ended }
    }
}

/// Ends an observer that was not taken back meanwhile.
fn refuse(status: &watch::Sender<ObserverStatus>, reason: ObserverReason) {
    status.send_if_modified(|status| {
        let pending = status.state == ObserverState::Pending;
        if pending {
            *status = ObserverStatus::new(ObserverState::Error, Some(reason));
        }
        pending
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_namespace_ends_an_observer_at_once() {
        let client = IIIClient::new("ws://127.0.0.1:1");
        let source = Source::function("a::b").namespace(" ");
        let observer = client.observe(source, "c::d");
        assert_eq!(observer.state(), ObserverState::Error);
        assert_eq!(observer.reason().unwrap().code, INVALID_ARGS);
        client.shutdown();
    }

    #[tokio::test]
    async fn an_observer_waits_until_it_is_taken_back() {
        let client = IIIClient::new("ws://127.0.0.1:1");
        let options = ObserverOptions::default().id("mine");
        let observer = client.observe_with(Source::function("a::b"), "c::d", options);
        assert_eq!(
            (observer.id(), observer.state()),
            ("mine", ObserverState::Pending)
        );
        assert_eq!(client.engine_supports_observe(), None);
        let (told, states) = std::sync::mpsc::channel();
        let _listener = observer.on_state_change(move |state, reason| {
            let code = reason.map(|reason| reason.code.clone());
            told.send((state.clone(), code)).unwrap();
        });
        observer.dispose().await.unwrap();
        let code = observer.ready().await.unwrap_err().invocation_error();
        assert_eq!(code.unwrap().code, UNOBSERVED);
        let change = states.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(
            change,
            (ObserverState::Disposed, Some(UNOBSERVED.to_owned()))
        );
        client.shutdown();
    }
}
