//! The memory backend keeps the ports' contracts.

use iii_backend_memory::MemoryKv;
use iii_ports::contract;
use iii_ports::kv::{Bounds, Durability, Kv};
use std::sync::Arc;

#[test]
fn kv_contract() {
    contract::kv(|bounds| Arc::new(MemoryKv::new(bounds)));
}

#[test]
fn memory_promises_nothing() {
    assert_eq!(
        MemoryKv::new(Bounds::default()).durability(),
        Durability::None
    );
}
