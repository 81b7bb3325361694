//! Who is next: lanes of messages that are alike, and tenants that share the deliveries.
//!
//! Messages of one lane have the same tenant and key, and either the same group, whose order they
//! keep, or the same function. So whatever stands in the way of a lane's first message stands in
//! the way of all of them, and choosing never looks behind the first.

#[cfg(test)]
mod audit;
mod gone;

use super::ids::MessageId;
use super::keys::KeyIx;
use super::settings::Settings;
use super::slab::Slot;
use super::targets::TargetIx;
use gone::Gone;
use iii_ports::UnixMs;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A lane of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LaneIx(u32);

/// A tenant of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TenantIx(u32);

/// What messages of one lane have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Likeness {
    pub(super) tenant: Option<Arc<str>>,
    pub(super) key: Option<Arc<str>>,
    /// With a group the order is kept.
    pub(super) group: Option<Arc<str>>,
    /// Without one, what the messages go to.
    pub(super) target: Option<TargetIx>,
}

/// A message's place within its lane: urgent ones first, then by age.
pub(super) type Turn = (u8, MessageId, Slot);

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) likeness: Likeness,
    pub(super) tenant: TenantIx,
    pub(super) key: Option<KeyIx>,
    /// In a lane with a group a message keeps its place until it is done.
    pub(super) line: BTreeSet<Turn>,
    /// With a group: how many of it are being handled, or how that ended is not durable yet.
    pub(super) busy: usize,
    pub(super) place: Place,
    messages: usize,
}

/// Where a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing can be taken from it, and whatever changes that will list it.
    Out,
    /// In its tenant's list, by its first message.
    Listed(u8, MessageId),
    /// Waits for its key.
    AtKey,
    /// Waits for a target to be offered.
    AtTarget(TargetIx),
    /// Waits for an instant.
    Until(UnixMs),
}

#[derive(Debug)]
struct Tenant {
    name: Option<Arc<str>>,
    /// Grows with each delivery, the slower the greater the weight; the least is next.
    time: u64,
    listed: BTreeSet<(u8, MessageId, LaneIx)>,
    lanes: usize,
}

/// What a delivery costs a tenant of weight 1.
const STRIDE: u64 = 1 << 20;

/// All lanes of a queue.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    places: Vec<Option<Lane>>,
    free: Vec<LaneIx>,
    by_likeness: BTreeMap<Likeness, LaneIx>,
    tenants: Vec<Option<Tenant>>,
    free_tenants: Vec<TenantIx>,
    by_name: BTreeMap<Option<Arc<str>>, TenantIx>,
    /// Tenants that have a listed lane, by their time.
    order: BTreeSet<(u64, TenantIx)>,
    /// The time of the tenant that was last served: nobody who comes back begins before it.
    time: u64,
    gone: Gone,
}

impl Lanes {
    /// One more message of this likeness.
    pub(super) fn join(&mut self, likeness: Likeness, key: Option<KeyIx>) -> LaneIx {
        if let Some(&ix) = self.by_likeness.get(&likeness) {
            self.lane_mut(ix).messages += 1;
            return ix;
        }
        let tenant = self.join_tenant(likeness.tenant.clone());
        let lane = Lane {
            likeness: likeness.clone(),
            tenant,
            key,
            line: BTreeSet::new(),
            busy: 0,
            place: Place::Out,
            messages: 1,
        };
        let ix = if let Some(ix) = self.free.pop() {
            self.places[ix.0 as usize] = Some(lane);
            ix
        } else {
            self.places.push(Some(lane));
            LaneIx(u32::try_from(self.places.len() - 1).expect("fewer lanes than messages"))
        };
        self.by_likeness.insert(likeness, ix);
        ix
    }

    /// One message less; `true` when it was the last and the lane is gone. It must be out then.
    pub(super) fn leave(&mut self, ix: LaneIx) -> bool {
        let lane = self.lane_mut(ix);
        lane.messages -= 1;
        if lane.messages > 0 {
            return false;
        }
        debug_assert!(lane.line.is_empty() && lane.place == Place::Out);
        let lane = self.places[ix.0 as usize].take().expect("it was there");
        self.by_likeness.remove(&lane.likeness);
        self.free.push(ix);
        self.leave_tenant(lane.tenant);
        true
    }

    pub(super) fn lane(&self, ix: LaneIx) -> &Lane {
        let lane = self.places[ix.0 as usize].as_ref();
        lane.expect("a lane lasts as long as its messages")
    }

    pub(super) fn lane_mut(&mut self, ix: LaneIx) -> &mut Lane {
        let lane = self.places[ix.0 as usize].as_mut();
        lane.expect("a lane lasts as long as its messages")
    }

    pub(super) fn all(&self) -> Vec<LaneIx> {
        self.by_likeness.values().copied().collect()
    }

    /// The lane to take from next.
    pub(super) fn first(&self) -> Option<LaneIx> {
        let (_, tenant) = self.order.first()?;
        let (_, _, lane) = self.tenant(*tenant).listed.first()?;
        Some(*lane)
    }

    /// Puts a lane that is out into its tenant's list, by the rank and the age of its first
    /// message.
    pub(super) fn list(&mut self, ix: LaneIx, (rank, id): (u8, MessageId)) {
        let lane = self.lane_mut(ix);
        debug_assert_eq!(lane.place, Place::Out);
        lane.place = Place::Listed(rank, id);
        let tenant_ix = lane.tenant;
        let now = self.time;
        let tenant = self.tenant_mut(tenant_ix);
        if tenant.listed.is_empty() {
            tenant.time = tenant.time.max(now);
            let time = tenant.time;
            self.order.insert((time, tenant_ix));
        }
        self.tenant_mut(tenant_ix).listed.insert((rank, id, ix));
    }

    /// Takes a lane out of its tenant's list, if it is there.
    pub(super) fn unlist(&mut self, ix: LaneIx) {
        let lane = self.lane_mut(ix);
        let Place::Listed(rank, id) = lane.place else {
            return;
        };
        lane.place = Place::Out;
        let tenant_ix = lane.tenant;
        let tenant = self.tenant_mut(tenant_ix);
        tenant.listed.remove(&(rank, id, ix));
        if tenant.listed.is_empty() {
            let time = tenant.time;
            self.order.remove(&(time, tenant_ix));
        }
    }

    /// So many messages of the lane's tenant are handed over.
    pub(super) fn charge(&mut self, ix: LaneIx, messages: usize, settings: &Settings) {
        let tenant_ix = self.lane(ix).tenant;
        let tenant = self.tenant_mut(tenant_ix);
        let before = tenant.time;
        let weight = settings.weight(tenant.name.as_deref().unwrap_or_default());
        tenant.time += (STRIDE * messages as u64 / u64::from(weight)).max(1);
        let after = tenant.time;
        self.time = self.time.max(before);
        self.gone.forget_until(self.time);
        if self.order.remove(&(before, tenant_ix)) {
            self.order.insert((after, tenant_ix));
        }
    }

    fn join_tenant(&mut self, name: Option<Arc<str>>) -> TenantIx {
        if let Some(&ix) = self.by_name.get(&name) {
            self.tenant_mut(ix).lanes += 1;
            return ix;
        }
        let tenant = Tenant {
            name: name.clone(),
            time: self.gone.take(name.as_ref()).max(self.time),
            listed: BTreeSet::new(),
            lanes: 1,
        };
        let ix = if let Some(ix) = self.free_tenants.pop() {
            self.tenants[ix.0 as usize] = Some(tenant);
            ix
        } else {
            self.tenants.push(Some(tenant));
            TenantIx(u32::try_from(self.tenants.len() - 1).expect("fewer tenants than messages"))
        };
        self.by_name.insert(name, ix);
        ix
    }

    fn leave_tenant(&mut self, ix: TenantIx) {
        let tenant = self.tenant_mut(ix);
        tenant.lanes -= 1;
        if tenant.lanes == 0 {
            let (name, time) = (tenant.name.clone(), tenant.time);
            if time > self.time {
                self.gone.note(name.clone(), time);
            }
            self.tenants[ix.0 as usize] = None;
            self.by_name.remove(&name);
            self.free_tenants.push(ix);
        }
    }

    fn tenant(&self, ix: TenantIx) -> &Tenant {
        let tenant = self.tenants[ix.0 as usize].as_ref();
        tenant.expect("a tenant lasts as long as its lanes")
    }

    fn tenant_mut(&mut self, ix: TenantIx) -> &mut Tenant {
        let tenant = self.tenants[ix.0 as usize].as_mut();
        tenant.expect("a tenant lasts as long as its lanes")
    }
}
