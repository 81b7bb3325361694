//! Functions that messages go to, and whether anybody offers them.

#[cfg(test)]
mod audit;

use super::lanes::LaneIx;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A target of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TargetIx(u32);

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// Whatever is bound to the queue by a trigger.
    Bound,
    /// The function that the message names.
    Function {
        /// Its id.
        id: Arc<str>,
        /// Its namespace; `None` is the default one.
        namespace: Option<Arc<str>>,
    },
}

#[derive(Debug)]
pub(super) struct Place {
    pub(super) target: Target,
    /// Nobody offers it, as far as is known.
    pub(super) is_absent: bool,
    /// Lanes that wait for it.
    pub(super) parked: BTreeSet<LaneIx>,
    messages: usize,
}

/// The targets of one queue that messages name.
#[derive(Debug)]
pub(super) struct Targets {
    by_target: BTreeMap<Target, TargetIx>,
    places: Vec<Place>,
    free: Vec<TargetIx>,
}

impl Targets {
    /// What is bound to the queue is always a target, and absent until something is.
    pub(super) const BOUND: TargetIx = TargetIx(0);

    pub(super) fn new() -> Self {
        let bound = Place {
            target: Target::Bound,
            is_absent: true,
            parked: BTreeSet::new(),
            messages: 1,
        };
        Self {
            by_target: BTreeMap::from([(Target::Bound, Self::BOUND)]),
            places: vec![bound],
            free: Vec::new(),
        }
    }

    /// One more message for it.
    pub(super) fn join(&mut self, target: &Target) -> TargetIx {
        if let Some(&ix) = self.by_target.get(target) {
            self.place_mut(ix).messages += 1;
            return ix;
        }
        let place = Place {
            target: target.clone(),
            is_absent: false,
            parked: BTreeSet::new(),
            messages: 1,
        };
        let ix = if let Some(ix) = self.free.pop() {
            *self.place_mut(ix) = place;
            ix
        } else {
            self.places.push(place);
            TargetIx(u32::try_from(self.places.len() - 1).expect("fewer targets than messages"))
        };
        self.by_target.insert(target.clone(), ix);
        ix
    }

    /// One message less.
    pub(super) fn leave(&mut self, ix: TargetIx) {
        let place = self.place_mut(ix);
        place.messages -= 1;
        if place.messages == 0 {
            let target = std::mem::replace(&mut place.target, Target::Bound);
            place.parked.clear();
            self.by_target.remove(&target);
            self.free.push(ix);
        }
    }

    pub(super) fn find(&self, target: &Target) -> Option<TargetIx> {
        self.by_target.get(target).copied()
    }

    pub(super) fn place(&self, ix: TargetIx) -> &Place {
        &self.places[ix.0 as usize]
    }

    pub(super) fn place_mut(&mut self, ix: TargetIx) -> &mut Place {
        &mut self.places[ix.0 as usize]
    }

    /// Functions that nobody offers, as far as is known. What is bound is not among them: whether
    /// anything is, the queue itself is told.
    pub(super) fn absent(&self) -> impl Iterator<Item = (TargetIx, &Target)> {
        let functions = self.by_target.iter().filter(|(_, ix)| **ix != Self::BOUND);
        let absent = functions.filter(|(_, ix)| self.place(**ix).is_absent);
        absent.map(|(target, ix)| (*ix, target))
    }
}
