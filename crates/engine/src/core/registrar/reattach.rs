//! A worker has reconnected and vouches that its older connection is dead.

use super::Registrar;
use crate::core::effect::Effect;
use crate::core::ids::SessionId;
use iii_protocol::Reattach;

/// Drops the older connection if the token proves that it belongs to the same worker; otherwise
/// the message has no effect, so that nobody can be thrown out by guessing.
pub(super) fn reattach(
    registrar: &Registrar,
    session: SessionId,
    reattach: &Reattach,
    effects: &mut Vec<Effect>,
) {
    let previous = registrar.indexes.sessions.get(&reattach.previous_worker_id);
    let Some(previous) = previous.and_then(|session| registrar.worker(*session)) else {
        return;
    };
    let proven = reattach.reattach_token.as_ref() == Some(&previous.reattach_token);
    if previous.session != session && proven {
        effects.push(Effect::Close {
            session: previous.session,
            code: 1001,
            reason: "the worker reconnected",
        });
    }
}
