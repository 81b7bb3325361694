//! Durable implementations of the ports in one folder, with nothing to install.
//!
//! Everything that is kept lives in one file of checksummed copy-on-write trees, written by one
//! thread: whatever is in line is applied in one transaction and shares one flush, and is
//! acknowledged after it. What was acknowledged survives `kill -9` and power loss.
//!
//! **Invariant:** nothing is answered before it is on the disk, reads included: nobody is told
//! what a crash could still take back.
//! **Invariant:** one process owns a folder. A second one is refused, never merged.
//! **Invariant:** a failure of the disk is an error of those whose writes it met, and ends when the
//! disk works again; nobody needs to restart anything.
//!
//! Start reading at [`Store`], then `store/writer.rs`, the one thread that writes.
#![warn(missing_docs)]

mod kv;
mod log;
mod store;

pub use kv::LocalKv;
pub use log::LocalLog;
pub use store::{
    Acknowledge, Backup, BackupError, CheckError, Checked, FailPoint, OpenError, Options,
    RestoreError, Store, check, restore,
};
