//! Every scenario, one file for each group.

mod calls;
mod cancelling;
mod channels;
mod connections;
mod context;
mod deadlines;
mod liveness;
mod registering;
mod replicas;
mod sizes;
mod stopping;
mod tolerance;
mod triggers;

use crate::bench::Bench;
use anyhow::Result;

/// One story that every SDK has to get through.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    /// `group::name`
    pub(crate) name: &'static str,
    pub(crate) play: fn(&mut Bench) -> Result<()>,
}

/// The scenarios of a group: stands for a slice of `Scenario { name: "group::name", play: name }`.
macro_rules! group {
    ($group:literal: $($name:ident),* $(,)?) => {
        pub(super) const ALL: &[$crate::scenarios::Scenario] = &[
            $($crate::scenarios::Scenario {
                name: concat!($group, "::", stringify!($name)),
                play: $name,
            }),*
        ];
    };
}
use group;

const GROUPS: &[&[Scenario]] = &[
    registering::ALL,
    calls::ALL,
    cancelling::ALL,
    deadlines::ALL,
    context::ALL,
    sizes::ALL,
    connections::ALL,
    liveness::ALL,
    tolerance::ALL,
    channels::ALL,
    triggers::ALL,
    replicas::ALL,
    stopping::ALL,
];

pub(crate) fn all() -> impl Iterator<Item = Scenario> {
    GROUPS.iter().flat_map(|group| group.iter().copied())
}
