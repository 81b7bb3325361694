//! `cancelinvocation`: the worker gives up a call it made.

use crate::core::effect::{CancelReason, Effect, Peer};
use crate::core::ids::SessionId;
use crate::core::session::Session;
use iii_protocol::CancelInvocation;

/// Asks the executor's session to stop; its answer ends the call here. A call that is not open is
/// ignored: its outcome has crossed the cancellation on the way.
pub(super) fn cancel_invocation(
    session: &Session,
    cancel: &CancelInvocation,
    effects: &mut Vec<Effect>,
) {
    let Some((key, call)) = session.calls.find(session.id, &cancel.invocation_id) else {
        return;
    };
    if call.executor == SessionId::ENGINE {
        return;
    }
    let reason = match cancel.reason.as_deref() {
        Some("timeout") => CancelReason::Timeout,
        _ => CancelReason::Cancelled,
    };
    effects.push(Effect::Peer {
        to: call.executor,
        peer: Peer::Cancel { key, reason },
    });
}
