//! The timers as they are, for those who check them.

use super::{Timer, Timers};
use iii_ports::UnixMs;
use std::collections::BTreeSet;

impl Timers {
    pub(in super::super) fn all(&self) -> &BTreeSet<(UnixMs, Timer)> {
        &self.0
    }
}
