//! The façade: what workers hold.

use crate::codec::{from_payload, to_payload, value_payload};
use crate::connection::{self, Command, GivenUp, Parts};
use crate::context::{Context, current_context};
use crate::inflight::Answer;
use crate::random::Random;
use crate::tasks::Tasks;
use crate::{
    ClientOptions, ConnectionState, Error, FunctionRef, Limits, RawTriggerRequest, RegisterError,
    RegisterFunction, RegisterTriggerInput, RegisterTriggerType, Rejection, TriggerHandler,
    TriggerRef, TriggerRequest, TriggerTypeRef,
};
use futures_util::TryFutureExt;
use iii_protocol::{Payload, TraceContext};
use iii_transport::Dial;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

mod announcing;
mod calls;
mod channels;
mod registrations;
mod states;

pub(crate) use registrations::check_id;
pub use states::ConnectionStates;

/// A question to the engine that costs it little.
const BARRIER: &str = "engine::triggers::info";
/// How long the engine may take to answer it.
const BARRIER_TIMEOUT: Duration = Duration::from_secs(1);

/// A worker's connection to its engine. Cheap to clone; all clones share one connection, which
/// lives until [`Client::shutdown`] or until the last clone is gone.
///
/// ```no_run
/// # use iii_kit::{DEFAULT_ENGINE_URL, InitOptions, TriggerRequest, register_worker};
/// # use iii_kit::serde_json::{Value, json};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = register_worker(DEFAULT_ENGINE_URL, InitOptions::new("orders"))?;
/// let order = json!({ "scope": "orders", "key": "o1", "value": { "total": 7 } });
/// let _: Value = client.trigger(TriggerRequest::new("state::set", order)).await?;
/// client.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// The invocation that calls belong to; else the one whose handler is running.
    scope: Option<Context>,
}

/// What all clones share.
pub(crate) struct Shared {
    dial: Arc<dyn Dial>,
    options: ClientOptions,
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<Status>,
    random: Arc<Random>,
    call_number: AtomicU64,
    channel_number: AtomicU64,
    /// Counts writing ends opened, and references handed on, outside of any invocation.
    channels_used: AtomicU64,
    /// Whether it offers functions; only they can be quiet.
    offers_functions: AtomicBool,
    given_up: Arc<GivenUp>,
}

/// What the connection's task tells its handles.
pub(crate) struct Status {
    pub(crate) state: ConnectionState,
    /// Present while connected.
    pub(crate) greeting: Option<Arc<Greeting>>,
}

/// What the engine said on the present connection.
pub(crate) struct Greeting {
    pub(crate) worker_id: String,
    pub(crate) channel_secret: Option<Vec<u8>>,
    pub(crate) at: Instant,
}

impl Client {
    /// Connects in the background and reconnects whenever the connection breaks. Returns at once;
    /// calls made before the connection stands are sent when it does.
    ///
    /// The connection is driven by the runtime this is called on. Outside of any runtime, one
    /// background thread drives the clients of the process.
    ///
    /// # Panics
    /// The system refuses a thread or an event queue for that background runtime.
    pub fn connect(dial: Arc<dyn Dial>, options: ClientOptions) -> Self {
        let tasks = Tasks::current().expect("the system has a thread for this client");
        let (client, connection) = Self::apart(dial, options, tasks.clone());
        tasks.spawn(connection);
        client
    }

    /// A client, and the work that drives its connection: for those who bring a thread for it.
    pub(crate) fn apart(
        dial: Arc<dyn Dial>,
        options: ClientOptions,
        tasks: Tasks,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let limits = &options.limits;
        let (commands, queue) = mpsc::channel(limits.commands_max);
        let (status_sender, status) = watch::channel(Status {
            state: ConnectionState::Connecting,
            greeting: None,
        });
        let random = Arc::new(Random::from_system());
        let given_up = Arc::new(GivenUp::default());
        let shared = Arc::new(Shared {
            dial: Arc::clone(&dial),
            options: options.clone(),
            commands,
            status,
            random: Arc::clone(&random),
            call_number: AtomicU64::new(0),
            channel_number: AtomicU64::new(0),
            channels_used: AtomicU64::new(0),
            offers_functions: AtomicBool::new(false),
            given_up: Arc::clone(&given_up),
        });
        let connection = connection::run(Parts {
            shared: Arc::downgrade(&shared),
            dial,
            options,
            tasks,
            random,
            status: status_sender,
            commands: queue,
            given_up,
        });
        (Self::of(shared), connection)
    }

    pub(crate) fn of(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            scope: None,
        }
    }

    /// The same client for calls that belong to an invocation.
    pub(crate) fn within(&self, context: &Context) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            scope: Some(context.clone()),
        }
    }

    /// Offers a function, and waits until it is in the engine's catalog.
    ///
    /// # Errors
    /// See [`RegisterError`]; after an error the function is not registered.
    ///
    /// ```no_run
    /// # use iii_kit::{Client, Context, HandlerError, RegisterFunction};
    /// # async fn example(client: Client) -> Result<(), iii_kit::RegisterError> {
    /// let double = RegisterFunction::new(|n: u64, _: Context| async move {
    ///     Ok::<_, HandlerError>(n * 2)
    /// });
    /// client.register_function("math::double", double).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn register_function(
        &self,
        id: impl Into<String>,
        function: RegisterFunction,
    ) -> Result<FunctionRef, RegisterError> {
        registrations::function(self, id.into(), function).await
    }

    /// Binds a function to an event source, and waits until the engine acknowledges it: the
    /// provider serves the trigger, or there is none yet and will serve it when it comes. A
    /// provider that does not answer within `registration_timeout` leaves a trigger that waits
    /// ([`crate::TriggerStatus::Waiting`]).
    ///
    /// # Errors
    /// See [`RegisterError`]; after an error the trigger is not registered.
    ///
    /// ```no_run
    /// # use iii_kit::{Client, RegisterTriggerInput, serde_json::json};
    /// # async fn example(client: Client) -> Result<(), iii_kit::RegisterError> {
    /// let config = json!({ "api_path": "/double", "http_method": "POST" });
    /// let trigger = RegisterTriggerInput::new("http", "math::double", &config);
    /// client.register_trigger(trigger).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn register_trigger(
        &self,
        trigger: RegisterTriggerInput,
    ) -> Result<TriggerRef, RegisterError> {
        registrations::trigger(self, trigger).await
    }

    /// Provides an event source to which others bind functions.
    ///
    /// # Errors
    /// See [`RegisterError`]; after an error the trigger type is not registered.
    ///
    /// ```no_run
    /// # use iii_kit::{Client, RegisterTriggerType, TriggerHandler};
    /// # async fn example(
    /// #     client: Client,
    /// #     ticker: impl TriggerHandler,
    /// # ) -> Result<(), iii_kit::RegisterError> {
    /// let kind = RegisterTriggerType::new("tick", "fires every so often");
    /// client.register_trigger_type(kind, ticker).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn register_trigger_type(
        &self,
        trigger_type: RegisterTriggerType,
        handler: impl TriggerHandler,
    ) -> Result<TriggerTypeRef, RegisterError> {
        registrations::trigger_type(self, trigger_type, Arc::new(handler)).await
    }

    /// Calls a function. Inside a handler the call belongs to the handler's invocation, unless
    /// detached: it ends no later, and is given up when the handler is cancelled meanwhile. It
    /// continues the trace of the span that is current here, or else of the handler. Dropping the
    /// future cancels the call.
    ///
    /// # Errors
    /// See [`Error`].
    ///
    /// ```no_run
    /// # use iii_kit::{Client, TriggerRequest};
    /// # async fn example(client: Client) -> Result<(), iii_kit::Error> {
    /// let four: u64 = client.trigger(TriggerRequest::new("math::double", 2)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn trigger<In: Serialize, Out: DeserializeOwned>(
        &self,
        request: TriggerRequest<In>,
    ) -> Result<Out, Error> {
        let (input, request) = request.split();
        let payload = to_payload(&input)?;
        drop(input);
        let output = self
            .trigger_raw(request.with_payload(Some(payload)))
            .await?;
        from_payload(output.as_ref())
    }

    /// Calls a function without serializing or deserializing anything.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn trigger_raw(
        &self,
        request: RawTriggerRequest,
    ) -> impl Future<Output = Result<Option<Payload>, Error>> + Send + use<> {
        // An `async` block around a future that was made before would hold it twice.
        self.trigger_output(request).map_ok(|output| output.result)
    }

    /// [`Client::trigger_raw`] with what the function said about its channels.
    pub(crate) fn trigger_output(
        &self,
        request: RawTriggerRequest,
    ) -> impl Future<Output = Answer> + Send + use<> {
        calls::call(Arc::clone(&self.shared), self.scope(), request)
    }

    /// The invocation that what is done through this handle belongs to.
    fn scope(&self) -> Option<Context> {
        self.scope.clone().or_else(current_context)
    }

    pub(crate) fn random(&self) -> &Random {
        &self.shared.random
    }

    /// How often channels were used outside of any invocation.
    pub(crate) fn channels_used(&self) -> u64 {
        self.shared.channels_used.load(Ordering::Relaxed)
    }

    /// A trace that begins here, for several calls that belong together and for whoever wants to
    /// know its id ([`trace_id`](crate::trace_id)) before they are made. Calls that name no trace
    /// are part of their handler's, or begin one each.
    pub fn new_trace(&self) -> TraceContext {
        crate::trace::new_trace(&self.shared.random)
    }

    /// Where the client stands with its engine.
    pub fn connection_state(&self) -> ConnectionState {
        self.shared.status.borrow().state.clone()
    }

    /// Where the client stands, and from then on every state it comes to.
    pub fn connection_states(&self) -> ConnectionStates {
        ConnectionStates::new(self.shared.status.clone())
    }

    /// The address of the engine.
    pub fn address(&self) -> &str {
        self.shared.dial.address()
    }

    /// The namespace the worker's functions live in; `None` is the default one.
    pub fn namespace(&self) -> Option<&str> {
        self.shared.options.worker.namespace.as_deref()
    }

    /// The client's limits.
    pub fn limits(&self) -> &Limits {
        &self.shared.options.limits
    }

    /// Waits until the engine has greeted this worker.
    ///
    /// # Errors
    /// The engine refused the worker for good, or the client was shut down.
    pub async fn wait_connected(&self) -> Result<(), Error> {
        let mut status = self.shared.status.clone();
        let _ = status.wait_for(Status::is_settled).await;
        match self.connection_state() {
            ConnectionState::Connected => Ok(()),
            _ => Err(self.shared.ended()),
        }
    }

    /// Waits until the client has ended: `Some` when the engine refused the worker for good, `None`
    /// when it was shut down.
    pub async fn wait_ended(&self) -> Option<Rejection> {
        let mut status = self.shared.status.clone();
        let _ = status.wait_for(Status::has_ended).await;
        match self.shared.ended() {
            Error::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// Tells the engine to send no new invocations and waits until the running ones have ended, at
    /// most `limit`. `true` when all have ended.
    pub async fn drain(&self, limit: Duration) -> bool {
        if self.shared.commands.send(Command::Drain).await.is_err() {
            return true;
        }
        timeout(limit, self.drained()).await.is_ok()
    }

    /// Waits until the engine has dealt with everything this client sent before. It answers in
    /// order, so any answer will do; this question is a cheap one.
    pub(crate) async fn settled(&self) {
        let question = value_payload(&json!({ "id": "" }));
        let barrier = RawTriggerRequest::new(BARRIER, Some(question))
            .timeout(BARRIER_TIMEOUT)
            .detached();
        let _ = calls::ask(Arc::clone(&self.shared), barrier).await;
    }

    async fn drained(&self) {
        if self.connection_state() == ConnectionState::Connected {
            // What the engine sent before it knew has then arrived.
            self.settled().await;
        }
        let (idle, is_idle) = oneshot::channel();
        if self
            .shared
            .commands
            .send(Command::WaitIdle { idle })
            .await
            .is_ok()
        {
            let _ = is_idle.await;
        }
    }

    /// Ends the client in order: takes no new invocations, lets the running ones finish for at most
    /// `drain_timeout`, closes the connection. Then calls in flight fail, and handlers that still
    /// run are cancelled. Not for handlers: one would wait for itself.
    pub async fn shutdown(&self) {
        self.shutdown_within(self.limits().drain_timeout).await;
    }

    /// [`Client::shutdown`] with a limit of its own; zero lets nothing finish.
    pub async fn shutdown_within(&self, drain_timeout: Duration) {
        let serves = self.shared.offers_functions.load(Ordering::Relaxed);
        let connected = self.connection_state() == ConnectionState::Connected;
        if serves && connected && !drain_timeout.is_zero() {
            self.drain(drain_timeout).await;
        }
        let (done, is_done) = oneshot::channel();
        let shutdown = Command::Shutdown { done };
        if self.shared.commands.send(shutdown).await.is_ok() {
            let _ = is_done.await;
        }
    }

    pub(crate) async fn unregister_function(&self, id: &str) -> Result<(), Error> {
        let id = id.into();
        self.command(Command::UnregisterFunction { id }).await
    }

    pub(crate) async fn unregister_trigger(&self, id: &str) -> Result<(), Error> {
        let id = id.into();
        self.command(Command::UnregisterTrigger { id }).await
    }

    pub(crate) async fn unregister_trigger_type(&self, id: &str) -> Result<(), Error> {
        let id = id.into();
        self.command(Command::UnregisterTriggerType { id }).await
    }

    async fn command(&self, command: Command) -> Result<(), Error> {
        let sent = self.shared.commands.send(command).await;
        sent.map_err(|_| self.shared.ended())
    }
}

impl Status {
    /// Whether there is a connection, or never will be again.
    fn is_settled(&self) -> bool {
        self.state == ConnectionState::Connected || self.has_ended()
    }

    fn has_ended(&self) -> bool {
        matches!(
            self.state,
            ConnectionState::Failed(_) | ConnectionState::Closed
        )
    }
}

impl Shared {
    /// Why the client has ended.
    fn ended(&self) -> Error {
        match &self.status.borrow().state {
            ConnectionState::Failed(rejection) => Error::Rejected(rejection.clone()),
            _ => Error::ShutDown,
        }
    }

    fn greeting(&self) -> Option<Arc<Greeting>> {
        self.status.borrow().greeting.clone()
    }
}
