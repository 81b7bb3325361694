//! Workers: one record for each connection.

use super::Load;
use crate::core::ids::SessionId;
use iii_protocol::{Payload, Text};
use std::net::IpAddr;
use std::sync::Arc;

/// A connected worker.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Its connection.
    pub session: SessionId,
    /// Its id on the wire, a UUID.
    pub worker_id: Text,
    /// Proves on a later connection that this one may be dropped.
    pub reattach_token: Text,
    /// Its service identity; its `worker_id` until it has named itself.
    pub name: Text,
    /// Its namespace.
    pub namespace: Text,
    /// Whether it has named itself.
    pub named: bool,
    /// In-process, or holding the operator token.
    pub trusted: bool,
    /// Attached in this process.
    pub in_process: bool,
    /// Whether it understands our additions to the protocol.
    pub kit: bool,
    /// It takes no new calls any more.
    pub draining: bool,
    /// Where it connects from.
    pub address: Option<IpAddr>,
    /// When it connected, in milliseconds since the Unix epoch.
    pub connected_at_ms: u64,
    /// How many functions it offers.
    pub functions: usize,
    /// What it said about itself.
    pub details: Arc<WorkerDetails>,
    /// What it is busy with.
    pub load: Arc<Load>,
}

/// The feature name of our additions to the protocol.
pub const KIT_FEATURE: &str = "iii-kit.v1";

/// What a worker says about itself when it registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerDetails {
    /// Its service identity.
    pub name: Option<Text>,
    /// Its namespace; absent means `default`.
    pub namespace: Option<Text>,
    /// One line for people.
    pub description: Option<Text>,
    /// `rust`, `node`, `python`, ...
    pub runtime: Option<Text>,
    /// Version of its SDK.
    pub version: Option<Text>,
    /// Operating system, free text.
    pub os: Option<Text>,
    /// Process id. Workers without one are left out of listings.
    pub pid: Option<u64>,
    /// What isolates it, if anything.
    pub isolation: Option<Text>,
    /// Free-form object about its project.
    pub telemetry: Option<Payload>,
    /// Optional protocol features it understands.
    pub features: Vec<Text>,
}

impl WorkerDetails {
    /// Whether it understands our additions to the protocol.
    #[must_use]
    pub fn is_kit(&self) -> bool {
        self.features.iter().any(|feature| *feature == KIT_FEATURE)
    }
}
