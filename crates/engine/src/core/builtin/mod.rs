//! Functions of the engine itself, in namespace `default`: one file for each noun.

mod channels;
mod functions;
mod registered_triggers;
mod render;
mod triggers;
mod workers;

use super::catalog::Snapshot;
use super::effect::Effect;
use super::ids::Moment;
use super::session::Session;
use iii_protocol::{
    ErrorBody, ErrorCode, InvocationId, InvocationResult, InvokeFunction, Message, Payload,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use channels::ChannelKeys;
pub(super) use functions::functions_available;

/// A call of a builtin.
pub(super) struct Request<'a> {
    session: &'a mut Session,
    call: &'a InvokeFunction,
    reply_to: Option<InvocationId>,
    catalog: &'a Snapshot,
    now: Moment,
    effects: &'a mut Vec<Effect>,
}

/// How a builtin answers.
pub(super) enum Reply {
    /// At once.
    Now(Option<Payload>),
    /// The registrar will, through an open call of the session.
    Later,
}

/// Runs a builtin.
pub(super) type Handler = fn(&mut Request<'_>) -> Result<Reply, ErrorBody>;

/// One builtin: its id without `engine::`, one line for people, and what runs it.
pub(super) struct Builtin {
    pub(super) verb: &'static str,
    pub(super) description: &'static str,
    handler: Handler,
}

/// Every builtin, sorted by id.
pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        verb: "channels::create",
        description: "create a channel and get a reference for each of its ends",
        handler: channels::create,
    },
    Builtin {
        verb: "functions::info",
        description: "describe one or several functions",
        handler: functions::info,
    },
    Builtin {
        verb: "functions::list",
        description: "list the functions that can be called",
        handler: functions::list,
    },
    Builtin {
        verb: "register_trigger",
        description: "bind a trigger that stays after its registrant has left",
        handler: registered_triggers::register,
    },
    Builtin {
        verb: "registered-triggers::info",
        description: "describe one trigger",
        handler: registered_triggers::info,
    },
    Builtin {
        verb: "registered-triggers::list",
        description: "list the triggers that are bound or parked",
        handler: registered_triggers::list,
    },
    Builtin {
        verb: "triggers::info",
        description: "describe one trigger type",
        handler: triggers::info,
    },
    Builtin {
        verb: "triggers::list",
        description: "list the trigger types that can be bound",
        handler: triggers::list,
    },
    Builtin {
        verb: "unregister_trigger",
        description: "end a trigger that was bound with engine::register_trigger",
        handler: registered_triggers::unregister,
    },
    Builtin {
        verb: "workers::info",
        description: "describe one worker and all it brings",
        handler: workers::info,
    },
    Builtin {
        verb: "workers::list",
        description: "list the connected workers",
        handler: workers::list,
    },
    Builtin {
        verb: "workers::register",
        description: "say who this connection's worker is",
        handler: workers::register,
    },
];

/// The builtin of that id, given without `engine::`.
pub(super) fn find(verb: &str) -> Option<Handler> {
    let at = BUILTINS
        .binary_search_by(|builtin| builtin.verb.cmp(verb))
        .ok()?;
    Some(BUILTINS[at].handler)
}

/// Runs a builtin and answers its caller.
pub(super) fn call(
    session: &mut Session,
    handler: Handler,
    call: InvokeFunction,
    reply_to: Option<InvocationId>,
    catalog: &Snapshot,
    now: Moment,
    effects: &mut Vec<Effect>,
) -> Result<(), ErrorBody> {
    let mut request = Request {
        session,
        call: &call,
        reply_to: reply_to.clone(),
        catalog,
        now,
        effects,
    };
    let reply = handler(&mut request)?;
    if let (Reply::Now(result), Some(invocation_id)) = (reply, reply_to) {
        let result = InvocationResult {
            invocation_id,
            function_id: Some(call.function_id),
            result,
            ..InvocationResult::default()
        };
        session.send(Message::InvocationResult(result), effects);
    }
    Ok(())
}

impl Request<'_> {
    /// The input, where absent and `null` mean an empty object.
    fn input<T: DeserializeOwned>(&self) -> Result<T, ErrorBody> {
        let json = match &self.call.data {
            Some(data) if !data.is_null() => data.as_bytes(),
            _ => b"{}",
        };
        serde_json::from_slice(json).map_err(|error| {
            let message = format!(
                "`{}` does not accept this input: {error}",
                self.call.function_id
            );
            ErrorBody::new(ErrorCode::InvalidArguments, message)
        })
    }
}

fn done(result: &impl Serialize) -> Result<Reply, ErrorBody> {
    match serde_json::to_vec(result) {
        Ok(json) => Ok(Reply::Now(Some(Payload::from_trusted(json.into())))),
        Err(error) => Err(ErrorBody::new(
            ErrorCode::SerializationError,
            error.to_string(),
        )),
    }
}

fn not_found(message: String) -> ErrorBody {
    ErrorBody::new(ErrorCode::NotFound, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(BUILTINS.is_sorted_by(|a, b| a.verb < b.verb));
        assert!(find("functions::list").is_some());
        assert!(find("functions::lost").is_none());
    }
}
