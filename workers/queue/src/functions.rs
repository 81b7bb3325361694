//! The functions of the worker, one file for each group.

mod dead;
mod define;
mod enqueue;
mod list;
mod message;
mod publish;
mod published;
mod steer;

pub(crate) use steer::{end as end_subscription, remove as remove_subscription};

use crate::hub::Hub;
use crate::input;
use crate::presence;
use iii_kit::{Context, HandlerError, Payload, RegisterError, RegisterFunction, to_payload};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;

/// What a function answers: a value, nothing, or an error.
pub(crate) type Answer = Result<Option<Payload>, HandlerError>;

/// A function and its id.
pub(crate) type Offer = (&'static str, RegisterFunction);

/// Registers every function. Each is exclusive: one worker at a time owns the queues.
pub(crate) async fn register(hub: &Arc<Hub>) -> Result<(), RegisterError> {
    let mut offers: Vec<Offer> = vec![(presence::FUNCTION, presence::function(hub))];
    offers.extend(enqueue::offers(hub));
    offers.extend(publish::offers(hub));
    offers.extend(define::offers(hub));
    offers.extend(list::offers(hub));
    offers.extend(steer::offers(hub));
    offers.extend(message::offers(hub));
    offers.extend(dead::offers(hub));
    offers.extend(published::offers(hub));
    for (id, function) in offers {
        hub.client
            .register_function(id, function.exclusive())
            .await?;
    }
    Ok(())
}

/// A value as an answer.
fn answer(value: &Value) -> Answer {
    to_payload(value).map(Some).map_err(HandlerError::from)
}

/// A function that reads its input itself.
fn raw<Fut>(
    hub: &Arc<Hub>,
    run: impl Fn(Arc<Hub>, Option<Payload>, Context) -> Fut + Send + Sync + 'static,
) -> RegisterFunction
where
    Fut: Future<Output = Answer> + Send + 'static,
{
    let hub = Arc::clone(hub);
    RegisterFunction::raw(move |input, context| run(Arc::clone(&hub), input, context))
}

/// A function with input and output of their own types.
fn typed<In, Out, Fut>(
    hub: &Arc<Hub>,
    run: impl Fn(Arc<Hub>, In) -> Fut + Send + Sync + 'static,
) -> RegisterFunction
where
    In: DeserializeOwned + JsonSchema + Send + 'static,
    Out: Serialize + JsonSchema + Send + 'static,
    Fut: Future<Output = Result<Out, HandlerError>> + Send + 'static,
{
    let hub = Arc::clone(hub);
    let function = RegisterFunction::raw(move |input: Option<Payload>, _: Context| {
        // Read here, so that what is wrong is said in the same words as by every other function.
        let input = input::read::<In>(input.as_ref());
        let done = input.map(|input| run(Arc::clone(&hub), input));
        async move {
            let output = done?.await?;
            to_payload(&output).map(Some).map_err(HandlerError::from)
        }
    });
    function
        .request_format_of::<In>()
        .response_format_of::<Out>()
}
