//! The functions of the worker, one file each.

mod batch;
mod delete;
mod get;
mod list;
mod list_groups;
mod set;
mod subscriptions;
#[cfg(test)]
mod tests;
mod update;

pub(crate) use subscriptions::register as register_subscriptions;

use crate::store::Store;
use iii_kit::{Client, HandlerError, Payload, RegisterError, RegisterFunction, TraceContext};
use std::sync::Arc;

/// What a function answers: a value, nothing, or an error.
pub(crate) type Answer = Result<Option<Payload>, HandlerError>;

/// One call of a function.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The input, if the caller gave one.
    pub(crate) input: Option<&'a Payload>,
    /// The trace that events of this call continue.
    pub(crate) trace: &'a TraceContext,
}

/// The functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Get,
    Set,
    Delete,
    Update,
    List,
    ListGroups,
    Batch,
}

impl Function {
    const ALL: [Self; 7] = [
        Self::Get,
        Self::Set,
        Self::Delete,
        Self::Update,
        Self::List,
        Self::ListGroups,
        Self::Batch,
    ];

    fn id(self) -> &'static str {
        match self {
            Self::Get => "state::get",
            Self::Set => "state::set",
            Self::Delete => "state::delete",
            Self::Update => "state::update",
            Self::List => "state::list",
            Self::ListGroups => "state::list_groups",
            Self::Batch => "state::batch",
        }
    }

    fn describe(self, function: RegisterFunction) -> RegisterFunction {
        match self {
            Self::Get => get::describe(function),
            Self::Set => set::describe(function),
            Self::Delete => delete::describe(function),
            Self::Update => update::describe(function),
            Self::List => list::describe(function),
            Self::ListGroups => list_groups::describe(function),
            Self::Batch => batch::describe(function),
        }
    }

    pub(crate) async fn run(self, store: &Store, call: Call<'_>) -> Answer {
        match self {
            Self::Get => get::run(store, call).await,
            Self::Set => set::run(store, call).await,
            Self::Delete => delete::run(store, call).await,
            Self::Update => update::run(store, call).await,
            Self::List => list::run(store, call).await,
            Self::ListGroups => list_groups::run(store, call).await,
            Self::Batch => batch::run(store, call).await,
        }
    }
}

/// Registers every function. Each is exclusive: one worker at a time owns the store.
pub(crate) async fn register(client: &Client, store: &Arc<Store>) -> Result<(), RegisterError> {
    for function in Function::ALL {
        let store = store.clone();
        let handler = RegisterFunction::raw(move |input, context| {
            let store = store.clone();
            async move {
                let call = Call {
                    input: input.as_ref(),
                    trace: context.trace(),
                };
                function.run(&store, call).await
            }
        });
        client
            .register_function(function.id(), function.describe(handler).exclusive())
            .await?;
    }
    Ok(())
}
