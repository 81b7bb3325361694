//! What a session is said to run is what it runs or is about to be given.

use crate::world::{Crossing, World};
use iii_engine::core::Peer;

/// At any time.
pub(crate) fn check(world: &World) {
    for (session, node) in &world.nodes {
        let links = world.links.iter().filter(|((_, to), _)| to == session);
        let crossing = links.flat_map(|(_, link)| link);
        let coming = crossing
            .filter(|item| matches!(item, Crossing::Peer(Peer::Deliver(_))))
            .count();
        let (load, running) = (node.load.get() as usize, node.session.running());
        assert_eq!(load, running + coming, "load of {session:?}");
    }
}

/// When every call has been answered.
pub(crate) fn assert_idle(world: &World) {
    for (session, node) in &world.nodes {
        assert_eq!(node.load.get(), 0, "load of {session:?} at rest");
        assert_eq!(node.session.running(), 0, "calls of {session:?} at rest");
        assert_eq!(node.session.waiting(), 0, "calls by {session:?} at rest");
    }
}
