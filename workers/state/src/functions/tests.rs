//! The functions over a store in memory.

mod batch;
mod entries;
mod list;
mod update;
