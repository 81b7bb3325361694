//! Durable implementations of the ports in one folder, with nothing to install.
//!
//! One thread writes: whatever is in line becomes one checksummed record of a journal and shares
//! one flush, and is acknowledged after it. Now and then a checkpoint brings what was written into
//! a file of copy-on-write trees. What was acknowledged survives `kill -9` and power loss.
//!
//! **Invariant:** nothing is answered before it is on the disk, reads included: nobody is told
//! what a crash could still take back.
//! **Invariant:** one process owns a folder. A second one is refused, never merged.
//! **Invariant:** a failure of the disk is an error of those whose writes it met, and ends when the
//! disk works again; nobody needs to restart anything.
//!
//! Start reading at [`Store`], then `store/core.rs`, the way of a write; `store/journal` and
//! `store/layers` are what it goes through.
#![warn(missing_docs)]

mod kv;
mod log;
mod store;

pub use kv::LocalKv;
pub use log::LocalLog;
pub use store::{
    Acknowledge, Backup, BackupError, CheckError, Checked, FailPoint, OpenError, Options,
    RestoreError, Store, Unflushed, check, restore,
};
