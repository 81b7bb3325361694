//! Trigger types: event sources that a worker provides, and the triggers bound to them.

use crate::codec::{input_schema, value_payload};
use crate::{Client, Error, HandlerError, RawTriggerRequest, clock};
use iii_protocol::{Payload, RegisterTrigger, Text, TraceContext, TriggerRegistrationResult};
use iii_transport::BoxFuture;
use schemars::JsonSchema;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Where functions live that belong to no other namespace.
pub(crate) const DEFAULT_NAMESPACE: Text = Text::from_static("default");

/// Serves the triggers of one type.
///
/// # Contract
/// * Calls for one trigger type come one after the other, in the engine's order.
/// * `register` returns once events will fire the trigger; an error refuses it and reaches whoever
///   registered it.
/// * After a reconnect every bound trigger is unregistered and the engine registers anew those that
///   still exist.
///
/// ```
/// use iii_kit::{BoundTrigger, BoxFuture, HandlerError, TriggerHandler};
/// use std::{collections::BTreeMap, sync::Mutex};
///
/// /// Keeps the triggers that fire on every tick.
/// #[derive(Default)]
/// struct Ticker {
///     bound: Mutex<BTreeMap<String, BoundTrigger>>,
/// }
///
/// impl TriggerHandler for Ticker {
///     fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>> {
///         let id = trigger.id.to_string();
///         self.bound.lock().expect("no handler panicked").insert(id, trigger);
///         Box::pin(async { Ok(()) })
///     }
///
///     fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
///         self.bound.lock().expect("no handler panicked").remove(id);
///         Box::pin(async {})
///     }
/// }
/// ```
pub trait TriggerHandler: Send + Sync + 'static {
    /// Begins to serve a trigger.
    fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>>;

    /// Ceases to serve a trigger.
    fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()>;
}

/// A trigger type to register.
///
/// ```
/// use iii_kit::RegisterTriggerType;
/// let kind = RegisterTriggerType::new("tick", "fires every so often").config_format_of::<u64>();
/// assert_eq!(kind.id, "tick");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisterTriggerType {
    /// The trigger type's id.
    pub id: Text,
    /// One line for people.
    pub description: Option<Text>,
    /// JSON Schema of a trigger's configuration.
    pub trigger_request_format: Option<Payload>,
    /// JSON Schema of what the trigger hands to functions.
    pub call_request_format: Option<Payload>,
    /// `None` means the worker's own.
    pub namespace: Option<Text>,
}

impl RegisterTriggerType {
    /// A trigger type without schemas.
    pub fn new(id: impl Into<Text>, description: impl Into<Text>) -> Self {
        Self {
            id: id.into(),
            description: Some(description.into()),
            trigger_request_format: None,
            call_request_format: None,
            namespace: None,
        }
    }

    /// JSON Schema of a trigger's configuration.
    #[must_use]
    pub fn config_format(mut self, schema: &serde_json::Value) -> Self {
        self.trigger_request_format = Some(value_payload(schema));
        self
    }

    /// JSON Schema of a trigger's configuration, derived from a type.
    #[must_use]
    pub fn config_format_of<T: JsonSchema>(mut self) -> Self {
        self.trigger_request_format = Some(input_schema::<T>());
        self
    }

    /// JSON Schema of what the trigger hands to functions.
    #[must_use]
    pub fn call_format(mut self, schema: &serde_json::Value) -> Self {
        self.call_request_format = Some(value_payload(schema));
        self
    }

    /// JSON Schema of what the trigger hands to functions, derived from a type.
    #[must_use]
    pub fn call_format_of<T: JsonSchema>(mut self) -> Self {
        self.call_request_format = Some(input_schema::<T>());
        self
    }
}

/// A trigger that this worker serves. Cheap to clone.
///
/// ```no_run
/// # use iii_kit::{BoundTrigger, Fired, to_payload};
/// # async fn example(trigger: BoundTrigger) -> Result<(), iii_kit::Error> {
/// match trigger.fire(to_payload("tick")?).await? {
///     Fired::Ran(output) => assert!(output.is_some()),
///     Fired::Blocked => {} // its condition said no
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct BoundTrigger {
    /// The trigger's id.
    pub id: Text,
    /// The trigger type it belongs to.
    pub trigger_type: Text,
    /// The function to run.
    pub function_id: Text,
    /// Namespace of the function; `None` is the default one.
    pub namespace: Option<Text>,
    /// What whoever registered it asked for.
    pub config: Payload,
    /// Handed to the function at every firing.
    pub metadata: Option<Payload>,
    /// The function asked before every firing, from the configuration's `condition_function_id`.
    pub condition_function_id: Option<Text>,
    pub(crate) client: Client,
}

/// How one firing differs from the default.
///
/// ```
/// use iii_kit::FireOptions;
/// use std::time::Duration;
/// let options = FireOptions::new().timeout(Duration::from_secs(5)).attempt(2);
/// assert_eq!(options.attempt, Some(2));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FireOptions {
    /// Deadline of condition and function together; `None` means the client's default.
    pub timeout: Option<Duration>,
    /// Trace to continue, for example one that came with the event.
    pub trace: Option<TraceContext>,
    /// Gives the firing up when it is cancelled.
    pub cancel: Option<CancellationToken>,
    /// Which delivery attempt this is, from 1.
    pub attempt: Option<u64>,
    /// What is delivered, an object like [`crate::Delivery`].
    pub delivery: Option<Payload>,
}

impl FireOptions {
    /// No difference.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wait at most this long for condition and function together.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Continue this trace.
    #[must_use]
    pub fn trace(mut self, trace: TraceContext) -> Self {
        self.trace = Some(trace);
        self
    }

    /// Give the firing up when `token` is cancelled.
    #[must_use]
    pub fn cancel(mut self, token: CancellationToken) -> Self {
        self.cancel = Some(token);
        self
    }

    /// Say which delivery attempt this is, from 1.
    #[must_use]
    pub fn attempt(mut self, attempt: u64) -> Self {
        self.attempt = Some(attempt);
        self
    }

    /// Say what is delivered, with an object like [`crate::Delivery`].
    #[must_use]
    pub fn delivery(mut self, delivery: Payload) -> Self {
        self.delivery = Some(delivery);
        self
    }
}

/// How a firing went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// The function ran and returned this.
    Ran(Option<Payload>),
    /// The trigger's condition answered `false`; the function was not called.
    Blocked,
}

/// A firing, and what the function said beside its result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Firing {
    /// How it went.
    pub fired: Fired,
    /// The function returned nothing and said that no channel named in its input will carry
    /// anything more. `false` means unknown: published workers never say so.
    pub quiet: bool,
}

impl BoundTrigger {
    pub(crate) fn of(trigger: &RegisterTrigger, condition: Option<Text>, client: Client) -> Self {
        Self {
            id: trigger.id.detach(),
            trigger_type: trigger.trigger_type.detach(),
            function_id: trigger.function_id.detach(),
            namespace: trigger.namespace.as_ref().map(Text::detach),
            config: trigger.config.detach(),
            metadata: trigger.metadata.as_ref().map(Payload::detach),
            condition_function_id: condition,
            client,
        }
    }

    /// What tells the engine that the trigger is served.
    pub(crate) fn answer(&self) -> TriggerRegistrationResult {
        TriggerRegistrationResult {
            id: self.id.clone(),
            trigger_type: self.trigger_type.clone(),
            function_id: Some(self.function_id.clone()),
            error: None,
        }
    }

    /// Runs the trigger's function with `payload`, if its condition allows it: only the literal
    /// `false` blocks, and a condition that fails means the function does not run.
    ///
    /// # Errors
    /// What the condition or the function failed with.
    pub async fn fire(&self, payload: Payload) -> Result<Fired, Error> {
        self.fire_with(payload, FireOptions::default()).await
    }

    /// [`BoundTrigger::fire`] with a deadline, trace or cancellation of its own.
    ///
    /// # Errors
    /// What the condition or the function failed with.
    pub async fn fire_with(&self, payload: Payload, options: FireOptions) -> Result<Fired, Error> {
        Ok(self.fire_fully(payload, options).await?.fired)
    }

    /// [`BoundTrigger::fire_with`] for providers that put channels into the payload.
    ///
    /// # Errors
    /// What the condition or the function failed with.
    pub async fn fire_fully(
        &self,
        payload: Payload,
        options: FireOptions,
    ) -> Result<Firing, Error> {
        let deadline = self.deadline(&options);
        if !self.allowed(&payload, &options, deadline).await? {
            let fired = Fired::Blocked;
            return Ok(Firing { fired, quiet: true });
        }
        let call = self.call(&self.function_id, payload, &options, deadline);
        let output = self.client.trigger_output(call).await?;
        Ok(Firing {
            fired: Fired::Ran(output.result),
            quiet: output.quiet,
        })
    }

    /// Like [`BoundTrigger::fire`], but does not wait for the function; still waits for the
    /// condition. `false` when the condition blocked.
    ///
    /// # Errors
    /// What the condition failed with, or why the call could not be sent.
    pub async fn fire_void(&self, payload: Payload) -> Result<bool, Error> {
        self.fire_void_with(payload, FireOptions::default()).await
    }

    /// [`BoundTrigger::fire_void`] with a deadline, trace or cancellation of its own.
    ///
    /// # Errors
    /// What the condition failed with, or why the call could not be sent.
    pub async fn fire_void_with(
        &self,
        payload: Payload,
        options: FireOptions,
    ) -> Result<bool, Error> {
        let deadline = self.deadline(&options);
        if !self.allowed(&payload, &options, deadline).await? {
            return Ok(false);
        }
        let mut call = self
            .call(&self.function_id, payload, &options, deadline)
            .void();
        // Nobody waits, so the deadline of the condition is none of the function.
        call.timeout = None;
        self.client.trigger_raw(call).await?;
        Ok(true)
    }

    /// Whether the condition, if there is one, lets the trigger fire: for providers that have
    /// something to do between condition and function. They then fire a clone without the
    /// condition.
    ///
    /// # Errors
    /// What the condition failed with; then the function must not run.
    pub async fn is_allowed(
        &self,
        payload: &Payload,
        options: &FireOptions,
    ) -> Result<bool, Error> {
        self.allowed(payload, options, self.deadline(options)).await
    }

    async fn allowed(
        &self,
        payload: &Payload,
        options: &FireOptions,
        deadline: Instant,
    ) -> Result<bool, Error> {
        let Some(condition) = &self.condition_function_id else {
            return Ok(true);
        };
        let call = self.call(condition, payload.clone(), options, deadline);
        let verdict = self.client.trigger_raw(call).await?;
        Ok(verdict.is_none_or(|verdict| verdict.as_bytes() != b"false"))
    }

    fn call(
        &self,
        function_id: &Text,
        payload: Payload,
        options: &FireOptions,
        deadline: Instant,
    ) -> RawTriggerRequest {
        let mut call = RawTriggerRequest::new(function_id.clone(), Some(payload));
        call.metadata.clone_from(&self.metadata);
        // Absent means the default namespace here, not the provider's own.
        call.namespace = Some(self.namespace.clone().unwrap_or(DEFAULT_NAMESPACE));
        call.timeout = Some(deadline.saturating_duration_since(clock::now()));
        call.trace.clone_from(&options.trace);
        call.cancel.clone_from(&options.cancel);
        call.attempt = options.attempt;
        call.delivery.clone_from(&options.delivery);
        call
    }

    fn deadline(&self, options: &FireOptions) -> Instant {
        let default = self.client.limits().call_timeout;
        let timeout = options.timeout.unwrap_or(default);
        clock::after(timeout)
    }
}

/// A registered trigger type. Dropping it changes nothing; [`TriggerTypeRef::unregister`] ends it.
#[derive(Clone)]
pub struct TriggerTypeRef {
    pub(crate) id: Text,
    pub(crate) client: Client,
}

impl TriggerTypeRef {
    /// The trigger type's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes the trigger type back. Its triggers are unregistered from the handler.
    ///
    /// # Errors
    /// [`Error::ShutDown`] or [`Error::Rejected`] when the client has ended.
    pub async fn unregister(&self) -> Result<(), Error> {
        self.client.unregister_trigger_type(&self.id).await
    }
}
