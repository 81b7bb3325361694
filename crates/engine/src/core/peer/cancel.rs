//! Another session's call, running here, is to stop.

use crate::core::effect::{CancelReason, Effect, Outcome};
use crate::core::ids::CallKey;
use crate::core::session::Session;
use crate::core::session::{finish, tell_executor};
use iii_protocol::ErrorCode;

/// Ends the call here and tells its caller so, unless it has ended already: then its outcome is
/// on its way.
pub(in crate::core) fn cancel(
    session: &mut Session,
    key: CallKey,
    reason: CancelReason,
    effects: &mut Vec<Effect>,
) {
    let Some(call) = finish(session, key) else {
        return;
    };
    tell_executor(session, key, reason, effects);
    let message = format!("the call of `{}` was cancelled", call.function.id);
    let outcome = Outcome::failed(ErrorCode::Cancelled, message);
    crate::core::session::complete(key, outcome, effects);
}
