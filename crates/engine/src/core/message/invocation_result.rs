//! `invocationresult`: the worker answers a call it was given.

use crate::core::effect::{Effect, Outcome};
use crate::core::ids::CallKey;
use crate::core::session::{Session, complete, finish};
use iii_protocol::InvocationResult;

/// Ends the call and tells its caller. An answer to a call that this worker was not given, or that
/// has ended, is dropped: nobody can answer for another, and nothing ends twice.
pub(super) fn invocation_result(
    session: &mut Session,
    result: InvocationResult,
    effects: &mut Vec<Effect>,
) {
    let Some(key) = CallKey::from_wire(&result.invocation_id) else {
        return;
    };
    if finish(session, key).is_none() {
        return;
    }
    let InvocationResult {
        result,
        error,
        trace,
        quiet,
        ..
    } = result;
    complete(
        key,
        Outcome {
            result,
            error,
            trace,
            quiet,
        },
        effects,
    );
}
