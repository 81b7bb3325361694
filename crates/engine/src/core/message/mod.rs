//! One file for each message a worker may send. The `match` only dispatches.

mod cancel_invocation;
mod invocation_result;
mod invoke_function;
mod malformed;
mod register_trigger;
mod registration;
mod telemetry;

use super::catalog::Snapshot;
use super::effect::Effect;
use super::ids::Moment;
use super::registrar::Event;
use super::session::{Session, hold};
use iii_protocol::Message;

pub(super) use malformed::malformed;
pub(super) use telemetry::telemetry;

/// Handles one message of the session's worker.
pub(super) fn dispatch(
    session: &mut Session,
    message: Message,
    catalog: &Snapshot,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    match message {
        Message::InvokeFunction(call) => {
            invoke_function::invoke_function(session, call, catalog, now, effects);
        }
        Message::InvocationResult(result) => {
            invocation_result::invocation_result(session, result, effects);
        }
        Message::CancelInvocation(cancel) => {
            cancel_invocation::cancel_invocation(session, &cancel, effects);
        }
        Message::RegisterFunction(_)
        | Message::UnregisterFunction(_)
        | Message::RegisterTriggerType(_)
        | Message::UnregisterTriggerType(_)
        | Message::RegisterTrigger(_)
        | Message::UnregisterTrigger(_) => {
            if let Some(message) = hold(session, message, now, effects) {
                registration::register(session, message, effects);
            }
        }
        Message::TriggerRegistrationResult(result) => {
            registry(
                effects,
                Event::TriggerResult {
                    session: session.id,
                    result,
                },
            );
        }
        Message::Reattach(reattach) => {
            registry(
                effects,
                Event::Reattach {
                    session: session.id,
                    reattach,
                },
            );
        }
        Message::Drain(_) => registry(
            effects,
            Event::Drain {
                session: session.id,
            },
        ),
        Message::Ping => session.send(Message::Pong, effects),
        // Legacy bookkeeping, keep-alive answers, and messages that only the engine may send.
        Message::RegisterService(_)
        | Message::Pong
        | Message::FunctionRegistered(_)
        | Message::TriggerTypeRegistered(_)
        | Message::WorkerRegistered(_)
        | Message::RegistrationRejected(_)
        | Message::Error(_) => {}
    }
}

fn registry(effects: &mut Vec<Effect>, event: Event) {
    effects.push(Effect::Registry(Box::new(event)));
}
