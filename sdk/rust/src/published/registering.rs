//! Registrations: they return at once, and are sent in the order in which they are made.

use super::calling::named_namespace;
use super::function::FunctionRef;
use super::protocol::RegisterTriggerInput;
use super::provider::Provider;
use super::trigger::{Trigger, TriggerHandler};
use super::trigger_type::{RegisterTriggerType, TriggerTypeRef};
use super::{Error, IIIClient, RegisterFunction};
use crate::client::check_id;
use crate::connection::Command;
use std::collections::btree_map::Entry;
use std::sync::Arc;

impl IIIClient {
    /// Offers a function. What the engine refuses is logged.
    ///
    /// # Panics
    /// The id is blank, or this worker offers the function already.
    ///
    /// ```no_run
    /// # use iii_kit::published::{IIIClient, RegisterFunction};
    /// # fn example(worker: IIIClient) {
    /// let double = RegisterFunction::new(|n: u32| Ok(n * 2)).description("twice the number");
    /// worker.register_function("math::double", double);
    /// # }
    /// ```
    pub fn register_function(
        &self,
        id: impl Into<String>,
        registration: RegisterFunction,
    ) -> FunctionRef {
        let id = id.into();
        assert!(!id.trim().is_empty(), "the function's id is blank");
        let new = self.inner.functions.lock().insert(id.clone());
        assert!(new, "this worker offers the function `{id}` already");
        if registration.observable {
            tracing::warn!(%id, "the engine offers no observing; nobody will be told");
        }
        let announced = self
            .inner
            .client
            .announce_function(id.clone(), registration.function);
        let function_id = id.clone();
        self.begin(async move {
            if let Err(error) = announced.await {
                tracing::error!(%function_id, %error, "the function is not registered");
            }
        });
        let (client, function_id) = (self.clone(), id.clone());
        let unregister = Arc::new(move || client.unregister_function(&function_id));
        FunctionRef { id, unregister }
    }

    fn unregister_function(&self, id: &str) {
        self.inner.functions.lock().remove(id);
        let command = Command::UnregisterFunction { id: id.into() };
        self.begin(self.inner.client.retract(command));
    }

    /// Binds a function to an event source. A trigger that its provider refuses is logged and kept.
    ///
    /// # Errors
    /// [`Error::Handler`]: the namespace is blank, or an id cannot be one.
    ///
    /// ```no_run
    /// # use iii_kit::published::{Error, IIIClient};
    /// # use iii_kit::published::builtin_triggers::{CronTriggerConfig, IIITrigger};
    /// # fn example(worker: IIIClient) -> Result<(), Error> {
    /// let every_minute = IIITrigger::Cron(CronTriggerConfig::new("0 * * * * *"));
    /// let trigger = worker.register_trigger(every_minute.for_function("clock::ticked"))?;
    /// trigger.unregister();
    /// # Ok(())
    /// # }
    /// ```
    pub fn register_trigger(&self, input: RegisterTriggerInput) -> Result<Trigger, Error> {
        for id in [&input.trigger_type, &input.function_id] {
            check_id(id).map_err(|error| Error::of_registration(&error))?;
        }
        let namespace = named_namespace(input.namespace)?.or_else(|| self.namespace());
        let mut trigger =
            crate::RegisterTriggerInput::new(input.trigger_type, input.function_id, &input.config);
        trigger.namespace = namespace.map(Into::into);
        trigger.trigger_namespace = input.trigger_namespace.map(Into::into);
        if let Some(metadata) = &input.metadata {
            trigger = trigger.metadata(metadata);
        }
        let client = &self.inner.client;
        let id = client.new_trigger_id();
        let announced = client.announce_trigger(id.clone(), trigger);
        self.begin(async move {
            if let Err(error) = announced.await {
                tracing::error!(%error, "the trigger is not registered");
            }
        });
        let client = self.clone();
        Ok(Trigger::new(Arc::new(move || {
            let command = Command::UnregisterTrigger { id: id.clone() };
            client.begin(client.inner.client.retract(command));
        })))
    }

    /// Provides an event source to which others bind functions. Registered again, its handler is
    /// replaced.
    ///
    /// ```no_run
    /// # use iii_kit::published::{IIIClient, RegisterTriggerType};
    /// # use iii_kit::published::trigger::TriggerHandler;
    /// # fn example(worker: IIIClient, ticker: impl TriggerHandler + 'static) {
    /// let kind = RegisterTriggerType::new("tick", "fires every so often", ticker);
    /// worker.register_trigger_type(kind);
    /// # }
    /// ```
    pub fn register_trigger_type<H, C, R>(
        &self,
        trigger_type: RegisterTriggerType<H, C, R>,
    ) -> TriggerTypeRef<C, R>
    where
        H: TriggerHandler + 'static,
    {
        let RegisterTriggerType { kind, handler, .. } = trigger_type;
        let id = kind.id.to_string();
        let handler: Arc<dyn TriggerHandler> = Arc::new(handler);
        match self.inner.providers.lock().entry(id.clone()) {
            Entry::Occupied(provider) => provider.get().replace(handler),
            Entry::Vacant(place) => {
                let provider = Arc::new(Provider::new(handler));
                place.insert(Arc::clone(&provider));
                let announced = self.inner.client.announce_trigger_type(kind, provider);
                let kind = id.clone();
                self.begin(async move {
                    if let Err(error) = announced.await {
                        tracing::error!(%kind, %error, "the trigger type is not registered");
                    }
                });
            }
        }
        TriggerTypeRef::new(self.clone(), id)
    }

    /// Takes a trigger type back.
    pub fn unregister_trigger_type(&self, id: impl Into<String>) {
        let id = id.into();
        self.inner.providers.lock().remove(&id);
        let command = Command::UnregisterTriggerType { id: id.into() };
        self.begin(self.inner.client.retract(command));
    }
}
