//! Every map stays within its limit.

use crate::names;
use crate::world::{Down, World};

/// At any time.
pub(crate) fn check(world: &World) {
    let limits = names::limits();
    for (session, node) in &world.nodes {
        let (waiting, running) = (node.session.waiting(), node.session.running());
        assert!(
            waiting <= limits.calls_per_session_max,
            "{session:?} waits for {waiting}"
        );
        assert!(
            running <= limits.calls_per_executor_max,
            "{session:?} runs {running}"
        );
        let messages = node.down.iter();
        let messages = messages.filter(|item| matches!(item, Down::Message(_)));
        assert!(messages.count() <= names::OUTBOX_MAX + 1, "{session:?}");
        let worker = world.catalog().workers.get(session);
        let functions = worker.map_or(0, |worker| worker.functions);
        assert!(
            functions <= limits.functions_per_session_max,
            "{session:?}: {functions}"
        );
        let types = world.model.provided(*session);
        assert!(
            types <= limits.trigger_types_per_session_max,
            "{session:?}: {types}"
        );
        let triggers = world.model.registrations(*session);
        assert!(
            triggers <= limits.triggers_per_session_max,
            "{session:?}: {triggers}"
        );
    }
}
