//! The targets as they are, for those who check them.

use super::{Place, TargetIx, Targets};

impl Targets {
    /// All targets and how many messages they have.
    pub(in super::super) fn audit(&self) -> Vec<(TargetIx, &Place, usize)> {
        assert_eq!(self.places.len(), self.by_target.len() + self.free.len());
        let of = |(target, ix): (&_, &TargetIx)| {
            let place = self.place(*ix);
            assert_eq!(&place.target, target);
            (*ix, place, place.messages - usize::from(*ix == Self::BOUND))
        };
        self.by_target.iter().map(of).collect()
    }
}
