//! In-memory implementations of the ports: fast, bounded, and gone when the process ends.
//!
//! **Invariant:** nothing here claims durability; every store says `Durability::None`.
//! **Invariant:** memory is bounded by the numbers the store was made with, its own overhead
//! included.
//!
//! Start reading at `kv.rs`, then `kv/table.rs`.

mod kv;
mod log;

pub use kv::MemoryKv;
pub use log::MemoryLog;
