//! Trigger types: event sources that a worker provides.

use super::protocol::RegisterTriggerInput;
use super::runtime::FunctionRef;
use super::trigger::{Trigger, TriggerHandler};
use super::{Error, IIIClient, RegisterFunction};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::marker::PhantomData;

/// A trigger type to register: `C` is what its triggers are configured with, `R` what functions are
/// called with.
///
/// ```
/// # use async_trait::async_trait;
/// # use iii_kit::published::{Error, RegisterTriggerType};
/// # use iii_kit::published::trigger::{TriggerConfig, TriggerHandler};
/// # struct Ticker;
/// # #[async_trait]
/// # impl TriggerHandler for Ticker {
/// #     async fn register_trigger(&self, _: TriggerConfig) -> Result<(), Error> { Ok(()) }
/// #     async fn unregister_trigger(&self, _: TriggerConfig) -> Result<(), Error> { Ok(()) }
/// # }
/// let tick = RegisterTriggerType::new("tick", "fires every so often", Ticker)
///     .trigger_request_format::<u64>()
///     .call_request_format::<String>();
/// ```
#[must_use]
pub struct RegisterTriggerType<H, C = Value, R = Value> {
    pub(super) kind: crate::RegisterTriggerType,
    pub(super) handler: H,
    types: PhantomData<fn() -> (C, R)>,
}

impl<H: TriggerHandler> RegisterTriggerType<H> {
    /// A trigger type without schemas.
    pub fn new(id: impl Into<String>, description: impl Into<String>, handler: H) -> Self {
        Self {
            kind: crate::RegisterTriggerType::new(id.into(), description.into()),
            handler,
            types: PhantomData,
        }
    }
}

impl<H: TriggerHandler, C, R> RegisterTriggerType<H, C, R> {
    /// Triggers are configured with a `T`.
    pub fn trigger_request_format<T: JsonSchema + Serialize>(self) -> RegisterTriggerType<H, T, R> {
        RegisterTriggerType {
            kind: self.kind.config_format_of::<T>(),
            handler: self.handler,
            types: PhantomData,
        }
    }

    /// Functions are called with a `T`.
    pub fn call_request_format<T: JsonSchema>(self) -> RegisterTriggerType<H, C, T> {
        RegisterTriggerType {
            kind: self.kind.call_format_of::<T>(),
            handler: self.handler,
            types: PhantomData,
        }
    }
}

/// A registered trigger type, for those who bind functions to it themselves.
///
/// ```no_run
/// # use iii_kit::published::{Error, InitOptions, RegisterTriggerType, register_worker};
/// # use iii_kit::published::trigger::TriggerHandler;
/// # fn example(ticker: impl TriggerHandler + 'static) -> Result<(), Error> {
/// let worker = register_worker("ws://127.0.0.1:49134", InitOptions::default());
/// let tick = RegisterTriggerType::new("tick", "fires every so often", ticker)
///     .trigger_request_format::<u64>()
///     .call_request_format::<String>();
/// let tick = worker.register_trigger_type(tick);
/// tick.register_function("clock::ticked", |now: String| Ok(now.len()));
/// tick.register_trigger("clock::ticked", 60)?;
/// # Ok(())
/// # }
/// ```
pub struct TriggerTypeRef<C = Value, R = Value> {
    pub(super) client: IIIClient,
    pub(super) id: String,
    types: PhantomData<fn() -> (C, R)>,
}

impl<C, R> TriggerTypeRef<C, R> {
    pub(super) fn new(client: IIIClient, id: String) -> Self {
        Self {
            client,
            id,
            types: PhantomData,
        }
    }
}

impl<C, R> Clone for TriggerTypeRef<C, R> {
    fn clone(&self) -> Self {
        Self::new(self.client.clone(), self.id.clone())
    }
}

impl<C: Serialize, R> TriggerTypeRef<C, R> {
    /// Binds a function to the event source.
    ///
    /// # Errors
    /// The configuration has no JSON form, or the function's id cannot be one.
    pub fn register_trigger(
        &self,
        function_id: impl Into<String>,
        config: C,
    ) -> Result<Trigger, Error> {
        self.register_trigger_with_metadata(function_id, config, None)
    }

    /// Binds a function, which is handed `metadata` at every firing.
    ///
    /// # Errors
    /// The configuration has no JSON form, or the function's id cannot be one.
    pub fn register_trigger_with_metadata(
        &self,
        function_id: impl Into<String>,
        config: C,
        metadata: Option<Value>,
    ) -> Result<Trigger, Error> {
        let config = serde_json::to_value(config);
        let config = config.map_err(|error| Error::Handler(error.to_string()))?;
        self.client.register_trigger(RegisterTriggerInput {
            metadata,
            ..RegisterTriggerInput::new(&self.id, function_id, config)
        })
    }
}

impl<C, R> TriggerTypeRef<C, R>
where
    R: DeserializeOwned + JsonSchema + Send + 'static,
{
    /// Offers a function for the events.
    ///
    /// # Panics
    /// As [`IIIClient::register_function`] does.
    pub fn register_function<O, F>(&self, id: impl Into<String>, handler: F) -> FunctionRef
    where
        O: Serialize + JsonSchema + Send + 'static,
        F: Fn(R) -> Result<O, Error> + Send + Sync + 'static,
    {
        let function = RegisterFunction::new(handler);
        self.client.register_function(id, function)
    }

    /// Offers an async function for the events.
    ///
    /// # Panics
    /// As [`IIIClient::register_function`] does.
    pub fn register_function_async<O, F, Fut>(
        &self,
        id: impl Into<String>,
        handler: F,
    ) -> FunctionRef
    where
        O: Serialize + JsonSchema + Send + 'static,
        F: Fn(R) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        let function = RegisterFunction::new_async(handler);
        self.client.register_function(id, function)
    }
}
