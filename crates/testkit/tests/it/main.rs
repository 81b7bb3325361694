//! The kit's own promises.

mod modes;
mod watch;
