//! Functions: what a worker offers.

use crate::codec::{from_payload, input_schema, output_schema, to_payload, value_payload};
use crate::{Client, Context, Error, HandlerError};
use iii_protocol::Payload;
use iii_transport::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// What a handler's call is until it ends.
pub type HandlerFuture = BoxFuture<'static, Result<Option<Payload>, HandlerError>>;

/// Runs invocations. Shared because invocations run at the same time.
pub(crate) type Handler = Arc<dyn Fn(Option<Payload>, Context) -> HandlerFuture + Send + Sync>;

/// A function to register: its handler and what discovery shows of it.
///
/// ```
/// use iii_kit::{Context, HandlerError, RegisterFunction};
/// let double = RegisterFunction::new(|n: u32, _: Context| async move {
///     n.checked_mul(2).ok_or_else(|| HandlerError::new("too_big", "the result does not fit"))
/// })
/// .description("twice the number");
/// ```
#[must_use]
pub struct RegisterFunction {
    pub(crate) handler: Handler,
    pub(crate) description: Option<String>,
    pub(crate) request_format: Option<Payload>,
    pub(crate) response_format: Option<Payload>,
    pub(crate) metadata: Option<Payload>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) exclusive: bool,
    /// The engine calls it over HTTP, as this describes, instead of handing it to the worker.
    pub(crate) invocation: Option<Payload>,
}

impl RegisterFunction {
    /// A function of typed values; its schemas are derived from them. Input that does not fit is
    /// answered `deserialization_error` without calling the handler.
    pub fn new<In, Out, E, F, Fut>(handler: F) -> Self
    where
        In: DeserializeOwned + JsonSchema + Send + 'static,
        Out: Serialize + JsonSchema + 'static,
        E: Into<HandlerError>,
        F: Fn(In, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, E>> + Send + 'static,
    {
        let mut function = Self::of(Arc::new(move |payload, context| {
            let input = from_payload::<In>(payload.as_ref());
            let running = input.map(|input| handler(input, context));
            Box::pin(async move {
                let output = running?.await.map_err(Into::into)?;
                Ok(Some(to_payload(&output)?))
            })
        }));
        function.request_format = Some(input_schema::<In>());
        function.response_format = Some(output_schema::<Out>());
        function
    }

    /// A function of JSON text, passed through untouched both ways. It has no schemas unless
    /// [`RegisterFunction::request_format`] and [`RegisterFunction::response_format`] give them.
    ///
    /// ```
    /// use iii_kit::{Context, HandlerError, Payload, RegisterFunction};
    /// let echo = RegisterFunction::raw(|input: Option<Payload>, _: Context| async move {
    ///     Ok::<_, HandlerError>(input)
    /// });
    /// ```
    pub fn raw<E, F, Fut>(handler: F) -> Self
    where
        E: Into<HandlerError>,
        F: Fn(Option<Payload>, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Payload>, E>> + Send + 'static,
    {
        Self::of(Arc::new(move |payload, context| {
            let running = handler(payload, context);
            Box::pin(async move { running.await.map_err(Into::into) })
        }))
    }

    fn of(handler: Handler) -> Self {
        Self {
            handler,
            description: None,
            request_format: None,
            response_format: None,
            metadata: None,
            timeout: None,
            exclusive: false,
            invocation: None,
        }
    }

    /// One line for people.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// JSON Schema of the input, instead of the derived one.
    pub fn request_format(mut self, schema: &serde_json::Value) -> Self {
        self.request_format = Some(value_payload(schema));
        self
    }

    /// JSON Schema of the output, instead of the derived one.
    pub fn response_format(mut self, schema: &serde_json::Value) -> Self {
        self.response_format = Some(value_payload(schema));
        self
    }

    /// JSON Schema of the input, derived from a type; for raw functions.
    pub fn request_format_of<T: JsonSchema>(mut self) -> Self {
        self.request_format = Some(input_schema::<T>());
        self
    }

    /// JSON Schema of the output, derived from a type; for raw functions.
    pub fn response_format_of<T: JsonSchema>(mut self) -> Self {
        self.response_format = Some(output_schema::<T>());
        self
    }

    /// An object shown in discovery.
    pub fn metadata(mut self, metadata: &serde_json::Value) -> Self {
        self.metadata = Some(value_payload(metadata));
        self
    }

    /// Deadline of calls that bring none.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Of all replicas only one serves; the others stand by.
    pub fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }
}

/// A registered function. Dropping it changes nothing; [`FunctionRef::unregister`] ends it.
///
/// ```no_run
/// # async fn example(function: iii_kit::FunctionRef) -> Result<(), iii_kit::Error> {
/// function.unregister().await
/// # }
/// ```
#[derive(Clone)]
pub struct FunctionRef {
    pub(crate) id: String,
    pub(crate) client: Client,
}

impl FunctionRef {
    /// The function's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes the function back. Running invocations finish.
    ///
    /// # Errors
    /// [`Error::ShutDown`] or [`Error::Rejected`] when the client has ended.
    pub async fn unregister(&self) -> Result<(), Error> {
        self.client.unregister_function(&self.id).await
    }
}
