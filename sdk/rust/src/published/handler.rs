//! From the shapes of handlers that programs write to the one that the client runs.

use super::Error;
use crate::codec::{from_payload, to_payload};
use crate::{Context, Payload};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::{Future, ready};

/// A sync handler: `Fn(input) -> Result<output, Error>`, or with the call's metadata as a second
/// argument.
#[doc(hidden)]
pub trait IntoSyncHandler<Marker>: Send + Sync + 'static {
    /// The function that runs it.
    fn into_function(self) -> crate::RegisterFunction;
}

/// An async handler: like [`IntoSyncHandler`], with a future of the result.
#[doc(hidden)]
pub trait IntoAsyncHandler<Marker>: Send + Sync + 'static {
    /// The function that runs it.
    fn into_function(self) -> crate::RegisterFunction;
}

impl<F, In, Out> IntoSyncHandler<(In, Out)> for F
where
    F: Fn(In) -> Result<Out, Error> + Send + Sync + 'static,
    In: DeserializeOwned + JsonSchema + Send + 'static,
    Out: Serialize + JsonSchema + Send + 'static,
{
    fn into_function(self) -> crate::RegisterFunction {
        function::<In, Out, _>(move |input, _| {
            let output = input.and_then(&self).and_then(|output| write(&output));
            ready(output)
        })
    }
}

impl<F, In, Out> IntoSyncHandler<(In, Option<Value>, Out)> for F
where
    F: Fn(In, Option<Value>) -> Result<Out, Error> + Send + Sync + 'static,
    In: DeserializeOwned + JsonSchema + Send + 'static,
    Out: Serialize + JsonSchema + Send + 'static,
{
    fn into_function(self) -> crate::RegisterFunction {
        function::<In, Out, _>(move |input, context| {
            let output = input.and_then(|input| self(input, metadata(&context)));
            ready(output.and_then(|output| write(&output)))
        })
    }
}

impl<F, In, Fut, Out> IntoAsyncHandler<(In, Fut, Out)> for F
where
    F: Fn(In) -> Fut + Send + Sync + 'static,
    In: DeserializeOwned + JsonSchema + Send + 'static,
    Fut: Future<Output = Result<Out, Error>> + Send + 'static,
    Out: Serialize + JsonSchema + Send + 'static,
{
    fn into_function(self) -> crate::RegisterFunction {
        function::<In, Out, _>(move |input, _| {
            let running = input.map(&self);
            async move { write(&running?.await?) }
        })
    }
}

impl<F, In, Fut, Out> IntoAsyncHandler<(In, Option<Value>, Fut, Out)> for F
where
    F: Fn(In, Option<Value>) -> Fut + Send + Sync + 'static,
    In: DeserializeOwned + JsonSchema + Send + 'static,
    Fut: Future<Output = Result<Out, Error>> + Send + 'static,
    Out: Serialize + JsonSchema + Send + 'static,
{
    fn into_function(self) -> crate::RegisterFunction {
        function::<In, Out, _>(move |input, context| {
            let running = input.map(|input| self(input, metadata(&context)));
            async move { write(&running?.await?) }
        })
    }
}

/// A function with the schemas of its types. `run` is given the input as it could be read.
fn function<In, Out, Fut>(
    run: impl Fn(Result<In, Error>, Context) -> Fut + Send + Sync + 'static,
) -> crate::RegisterFunction
where
    In: DeserializeOwned + JsonSchema,
    Out: JsonSchema,
    Fut: Future<Output = Result<Option<Payload>, Error>> + Send + 'static,
{
    let handler = move |payload: Option<Payload>, context: Context| {
        // It opens channels by their address, of which this client learns nothing; so whoever
        // waits for them must not be told that there are none.
        context.inner.uses_channels();
        run(read(payload.as_ref()), context)
    };
    crate::RegisterFunction::raw(handler)
        .request_format_of::<In>()
        .response_format_of::<Out>()
}

fn read<In: DeserializeOwned>(payload: Option<&Payload>) -> Result<In, Error> {
    from_payload(payload).map_err(serde)
}

fn write<Out: Serialize>(output: &Out) -> Result<Option<Payload>, Error> {
    to_payload(output).map(Some).map_err(serde)
}

fn serde(error: crate::Error) -> Error {
    match error {
        crate::Error::Serialization(text) | crate::Error::Deserialization(text) => {
            Error::Serde(text)
        }
        other => Error::Serde(other.to_string()),
    }
}

/// What came beside the input.
fn metadata(context: &Context) -> Option<Value> {
    let metadata = context.metadata()?;
    serde_json::from_slice(metadata.as_bytes()).ok()
}
