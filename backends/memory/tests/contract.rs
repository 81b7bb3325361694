//! The memory backend keeps the ports' contracts.

use iii_backend_memory::{MemoryKv, MemoryLog};
use iii_ports::contract;
use iii_ports::kv::{Bounds, Durability, Kv};
use iii_ports::lease::KvLeases;
use iii_ports::log::{self, Log};
use std::sync::Arc;

#[test]
fn kv_contract() {
    contract::kv(|bounds| Arc::new(MemoryKv::new(bounds)));
}

#[test]
fn log_contract() {
    contract::log(|bounds| Arc::new(MemoryLog::new(bounds)));
}

#[test]
fn leases_contract() {
    contract::leases(|| {
        let kv = MemoryKv::new(Bounds::default());
        Arc::new(KvLeases::new(Arc::new(kv), "leases"))
    });
}

#[test]
fn memory_promises_nothing() {
    assert_eq!(
        MemoryKv::new(Bounds::default()).durability(),
        Durability::None
    );
    let log = MemoryLog::new(log::Bounds::default());
    assert_eq!(log.durability(), Durability::None);
}
