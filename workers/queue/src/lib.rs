//! placeholder
mod core;
