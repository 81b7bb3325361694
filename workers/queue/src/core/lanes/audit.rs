//! Whether lanes and tenants agree with each other.

use super::{Lane, LaneIx, Lanes, Place};
use std::collections::{BTreeMap, BTreeSet};

impl Lanes {
    /// All lanes and how many messages they have, when everything about tenants fits.
    pub(in super::super) fn audit(&self) -> Vec<(LaneIx, &Lane, usize)> {
        let mut lanes_of = BTreeMap::<_, usize>::new();
        let mut listed = BTreeMap::<_, BTreeSet<_>>::new();
        let mut all = Vec::new();
        for (likeness, &ix) in &self.by_likeness {
            let lane = self.lane(ix);
            assert_eq!(&lane.likeness, likeness);
            assert_eq!(self.tenant(lane.tenant).name, likeness.tenant);
            *lanes_of.entry(lane.tenant).or_default() += 1;
            if let Place::Listed(rank, id) = lane.place {
                let of_tenant = listed.entry(lane.tenant).or_default();
                of_tenant.insert((rank, id, ix));
            }
            all.push((ix, lane, lane.messages));
        }
        assert_eq!(
            self.places.iter().flatten().count(),
            all.len(),
            "lanes leak"
        );
        assert_eq!(self.tenants.iter().flatten().count(), lanes_of.len());
        assert_eq!(self.by_name.len(), lanes_of.len(), "tenants leak");
        let mut order = BTreeSet::new();
        for (&ix, &lanes) in &lanes_of {
            let tenant = self.tenant(ix);
            assert_eq!(tenant.lanes, lanes);
            assert_eq!(tenant.listed, listed.remove(&ix).unwrap_or_default());
            if !tenant.listed.is_empty() {
                order.insert((tenant.time, ix));
            }
        }
        assert_eq!(
            self.order, order,
            "every tenant with a listed lane has its turn"
        );
        all
    }
}
