//! Functions: what a worker offers.

use super::handler::{IntoAsyncHandler, IntoSyncHandler};
use super::iii_helpers::http::HttpInvocationConfig;
use super::{Observe, Observer};
use crate::codec::value_payload;
use crate::{Context, HandlerError};
use serde_json::Value;
use std::sync::Arc;

/// A function to register: its handler and what discovery shows of it.
///
/// ```
/// use iii_kit::published::{Error, RegisterFunction};
/// use iii_kit::serde_json::{Value, json};
///
/// let double = RegisterFunction::new(|n: u32| Ok(n * 2)).description("twice the number");
/// let tenant = RegisterFunction::new(|_: Value, metadata: Option<Value>| {
///     Ok(metadata.unwrap_or_default()["tenant"].clone())
/// });
/// let slow = RegisterFunction::new_async(|n: u32| async move { Ok::<_, Error>(n + 1) });
/// ```
#[must_use]
pub struct RegisterFunction {
    pub(super) function: crate::RegisterFunction,
    /// It asked for observers' doings, which our engine does not offer.
    pub(super) observable: bool,
}

impl RegisterFunction {
    /// A function of `Fn(input) -> Result<output, Error>`, or of the same with the call's metadata
    /// as a second argument. Its schemas are derived from its types.
    pub fn new<F, M>(handler: F) -> Self
    where
        F: IntoSyncHandler<M>,
    {
        Self::of(handler.into_function())
    }

    /// Like [`RegisterFunction::new`], of a handler that returns a future.
    pub fn new_async<F, M>(handler: F) -> Self
    where
        F: IntoAsyncHandler<M>,
    {
        Self::of(handler.into_function())
    }

    /// A function that the engine calls over HTTP; this worker only registers it.
    ///
    /// ```
    /// use iii_kit::published::RegisterFunction;
    /// use iii_kit::published::iii_helpers::http::{HttpInvocationConfig, HttpMethod};
    /// let remote = RegisterFunction::http(HttpInvocationConfig {
    ///     url: "https://example.com/invoke".into(),
    ///     method: HttpMethod::Post,
    ///     timeout_ms: None,
    ///     headers: Default::default(),
    ///     auth: None,
    /// });
    /// ```
    pub fn http(config: HttpInvocationConfig) -> Self {
        let mut function = crate::RegisterFunction::raw(|_, _: Context| async {
            let message = "the function is called over HTTP, not here";
            Err(HandlerError::new("function_not_invokable", message))
        });
        let invocation = serde_json::to_value(config).unwrap_or_default();
        function.invocation = Some(value_payload(&invocation));
        Self::of(function)
    }

    fn of(function: crate::RegisterFunction) -> Self {
        Self {
            function,
            observable: false,
        }
    }

    /// One line for people.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.function = self.function.description(description);
        self
    }

    /// An object shown in discovery.
    pub fn metadata(mut self, metadata: Value) -> Self {
        self.function = self.function.metadata(&metadata);
        self
    }

    /// JSON Schema of the input, instead of the derived one.
    pub fn request_format(mut self, schema: Value) -> Self {
        self.function = self.function.request_format(&schema);
        self
    }

    /// JSON Schema of the output, instead of the derived one.
    pub fn response_format(mut self, schema: Value) -> Self {
        self.function = self.function.response_format(&schema);
        self
    }

    /// What is to happen when the function is observed. Our engine offers no observing, so that
    /// never happens; a line in the log says so when the function is registered.
    pub fn observe(mut self, _observe: Observe) -> Self {
        self.observable = true;
        self
    }

    /// Whether calls from this worker may take the short way. Every call takes the way through the
    /// engine, so this changes nothing.
    pub fn local_dispatch(self, _enabled: bool) -> Self {
        self
    }
}

/// A registered function. Dropping it changes nothing; [`FunctionRef::unregister`] ends it.
///
/// ```no_run
/// # use iii_kit::published::{InitOptions, RegisterFunction, register_worker};
/// let worker = register_worker("ws://127.0.0.1:49134", InitOptions::default());
/// let double = RegisterFunction::new(|n: u32| Ok(n * 2));
/// worker.register_function("math::double", double).unregister();
/// ```
#[derive(Clone)]
pub struct FunctionRef {
    /// The function's id.
    pub id: String,
    pub(super) unregister: Arc<dyn Fn() + Send + Sync>,
}

impl FunctionRef {
    /// Takes the function back. Running invocations finish.
    pub fn unregister(&self) {
        (self.unregister)();
    }

    /// Whether anybody observes the function; nobody does.
    pub fn is_observed(&self) -> bool {
        false
    }

    /// Who observes the function; nobody does.
    pub fn observers(&self) -> Vec<Observer> {
        Vec::new()
    }

    /// Whether calls from this worker take the short way; none does.
    pub fn local_dispatch_active(&self) -> bool {
        false
    }
}
