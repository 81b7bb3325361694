//! The façade: what workers hold.

use crate::codec::{from_payload, to_payload};
use crate::{
    Channel, ChannelReader, ChannelRef, ChannelRefs, ChannelWriter, ClientOptions, ConnectionState,
    Context, Error, FunctionRef, RawTriggerRequest, RegisterError, RegisterFunction,
    RegisterTriggerInput, RegisterTriggerType, Rejection, TriggerHandler, TriggerRef,
    TriggerRequest, TriggerTypeRef,
};
use iii_protocol::Payload;
use iii_transport::Dial;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// A worker's connection to its engine. Cheap to clone; all clones share one connection.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    dial: Arc<dyn Dial>,
    options: ClientOptions,
}

impl Client {
    /// Connects in the background and reconnects whenever the connection breaks. Returns at once;
    /// calls made before the connection stands are sent when it does.
    pub fn connect(dial: Arc<dyn Dial>, options: ClientOptions) -> Self {
        Self {
            shared: Arc::new(Shared { dial, options }),
        }
    }

    /// Offers a function, and waits until it is in the engine's catalog.
    ///
    /// # Errors
    /// See [`RegisterError`]; after an error the function is not registered.
    pub async fn register_function(
        &self,
        id: impl Into<String>,
        function: RegisterFunction,
    ) -> Result<FunctionRef, RegisterError> {
        let _ = (id.into(), function, &self.shared.options);
        Err(RegisterError::ShutDown)
    }

    /// Binds a function to an event source, and waits until its provider serves the trigger. When
    /// nobody provides the trigger type yet, it returns after `registration_timeout` with a trigger
    /// that waits ([`crate::TriggerStatus::Waiting`]).
    ///
    /// # Errors
    /// See [`RegisterError`]; after an error the trigger is not registered.
    pub async fn register_trigger(
        &self,
        trigger: RegisterTriggerInput,
    ) -> Result<TriggerRef, RegisterError> {
        let _ = trigger;
        Err(RegisterError::ShutDown)
    }

    /// Provides an event source to which others bind functions.
    ///
    /// # Errors
    /// See [`RegisterError`]; after an error the trigger type is not registered.
    pub async fn register_trigger_type(
        &self,
        trigger_type: RegisterTriggerType,
        handler: impl TriggerHandler,
    ) -> Result<TriggerTypeRef, RegisterError> {
        let _ = (trigger_type, handler);
        Err(RegisterError::ShutDown)
    }

    /// Calls a function. Inside a handler the call belongs to the handler's invocation: it
    /// continues its trace and ends no later, unless detached. Dropping the future cancels the call.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn trigger<In: Serialize, Out: DeserializeOwned>(
        &self,
        request: TriggerRequest<In>,
    ) -> Result<Out, Error> {
        self.trigger_in(None, request).await
    }

    /// Calls a function without serializing or deserializing anything.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn trigger_raw(&self, request: RawTriggerRequest) -> Result<Option<Payload>, Error> {
        self.trigger_raw_in(None, request).await
    }

    pub(crate) async fn trigger_in<In: Serialize, Out: DeserializeOwned>(
        &self,
        context: Option<&Context>,
        request: TriggerRequest<In>,
    ) -> Result<Out, Error> {
        let (input, rest) = request.split();
        let payload = to_payload(&input)?;
        drop(input);
        let output = self
            .trigger_raw_in(context, rest.with_payload(Some(payload)))
            .await?;
        from_payload(output.as_ref())
    }

    pub(crate) async fn trigger_raw_in(
        &self,
        context: Option<&Context>,
        request: RawTriggerRequest,
    ) -> Result<Option<Payload>, Error> {
        let _ = (context, request);
        Err(Error::ShutDown)
    }

    /// Creates a channel whose both ends are attached from here; hand one of the references to
    /// another worker and use the other end.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_channel(&self, buffer_frames: Option<u32>) -> Result<Channel, Error> {
        let _ = buffer_frames;
        Err(Error::ShutDown)
    }

    /// References to a new channel, made without asking the engine.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`] while there is no connection; the engine may also not offer it,
    /// then [`Client::create_channel`] is the way.
    pub fn mint_channel_refs(&self) -> Result<ChannelRefs, Error> {
        Err(Error::ConnectionLost)
    }

    /// The reading end of a channel. It attaches at the first read.
    pub fn open_reader(&self, channel: &ChannelRef) -> ChannelReader {
        ChannelReader::new(Arc::clone(&self.shared.dial), channel.clone())
    }

    /// The writing end of a channel. It attaches at the first write.
    pub fn open_writer(&self, channel: &ChannelRef) -> ChannelWriter {
        ChannelWriter::new(Arc::clone(&self.shared.dial), channel.clone())
    }

    /// Where the client stands with its engine.
    pub fn connection_state(&self) -> ConnectionState {
        ConnectionState::Connecting
    }

    /// Waits until the engine has greeted this worker.
    ///
    /// # Errors
    /// The engine refused the worker for good, or the client was shut down.
    pub async fn wait_connected(&self) -> Result<(), Error> {
        Err(Error::ShutDown)
    }

    /// Waits until the client has ended: `Some` when the engine refused the worker for good, `None`
    /// when it was shut down.
    pub async fn wait_ended(&self) -> Option<Rejection> {
        None
    }

    /// Tells the engine to send no new invocations and waits until the running ones have ended, at
    /// most `limit`. `true` when all have ended.
    pub async fn drain(&self, limit: Duration) -> bool {
        let _ = limit;
        true
    }

    /// Closes the connection and ends the client: calls in flight fail, handlers still running are
    /// cancelled.
    pub async fn shutdown(&self) {}

    pub(crate) async fn unregister_function(&self, id: &str) -> Result<(), Error> {
        let _ = id;
        Err(Error::ShutDown)
    }

    pub(crate) async fn unregister_trigger(&self, id: &str) -> Result<(), Error> {
        let _ = id;
        Err(Error::ShutDown)
    }

    pub(crate) async fn unregister_trigger_type(&self, id: &str) -> Result<(), Error> {
        let _ = id;
        Err(Error::ShutDown)
    }
}
