//! A call that this session's worker made has ended.

use crate::core::effect::{Effect, Outcome};
use crate::core::ids::CallKey;
use crate::core::session::Session;
use iii_protocol::{InvocationResult, Message};

/// Tells the worker, under the id it chose. A call that is not open any more is not told twice.
pub(in crate::core) fn complete(
    session: &mut Session,
    key: CallKey,
    outcome: Outcome,
    effects: &mut Vec<Effect>,
) {
    let Some(call) = session.calls.end(key) else {
        return;
    };
    let result = InvocationResult {
        invocation_id: call.id,
        function_id: Some(call.function_id),
        result: outcome.result,
        error: outcome.error,
        trace: outcome.trace,
        quiet: outcome.quiet,
    };
    session.send(Message::InvocationResult(result), effects);
}
