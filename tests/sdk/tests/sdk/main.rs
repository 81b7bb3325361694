//! The SDKs of other languages: their own checks, and their packages as users install them.
//!
//! Start reading at `packages.rs`.

mod checks;
mod command;
mod packages;
mod page;
