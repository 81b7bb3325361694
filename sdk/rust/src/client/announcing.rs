//! Registrations that nobody waits for: the engine may take as long as it likes, and what it
//! refuses is only logged. Each is on its way, in order, once its future has first been polled.

use super::{Client, registrations};
use crate::connection::Command;
use crate::{
    RegisterError, RegisterFunction, RegisterTriggerInput, RegisterTriggerType, TriggerHandler,
};
use iii_protocol::Text;
use std::future::Future;
use std::sync::Arc;

type Settled = Result<(), RegisterError>;

impl Client {
    /// Announces a function and waits, without a limit, for the engine's answer.
    pub(crate) fn announce_function(
        &self,
        id: String,
        function: RegisterFunction,
    ) -> impl Future<Output = Settled> + Send + use<> {
        let client = self.clone();
        async move {
            let acknowledged = registrations::announce_function(&client, &id, function).await?;
            let answer = acknowledged.await;
            answer.unwrap_or_else(|_| Err(registrations::ended(&client.shared)))
        }
    }

    /// An id for a trigger that is to be announced.
    pub(crate) fn new_trigger_id(&self) -> Text {
        registrations::new_id(&self.shared)
    }

    /// Announces a trigger. One that its provider refuses stays, and is announced again when the
    /// connection is a new one.
    pub(crate) fn announce_trigger(
        &self,
        id: Text,
        trigger: RegisterTriggerInput,
    ) -> impl Future<Output = Settled> + Send + use<> {
        let client = self.clone();
        async move {
            let announced = registrations::announce_trigger(&client, id, trigger);
            announced.await.map(drop)
        }
    }

    /// Announces a trigger type and waits, without a limit, for the engine's answer.
    pub(crate) fn announce_trigger_type(
        &self,
        trigger_type: RegisterTriggerType,
        handler: Arc<dyn TriggerHandler>,
    ) -> impl Future<Output = Settled> + Send + use<> {
        let client = self.clone();
        async move {
            let announced = registrations::announce_trigger_type(&client, trigger_type, handler);
            let answer = announced.await?.await;
            answer.unwrap_or_else(|_| Err(registrations::ended(&client.shared)))
        }
    }

    /// Takes something back.
    pub(crate) fn retract(&self, command: Command) -> impl Future<Output = ()> + Send + use<> {
        let client = self.clone();
        async move {
            // A client that has ended offers nothing any more.
            let _ = client.command(command).await;
        }
    }
}
