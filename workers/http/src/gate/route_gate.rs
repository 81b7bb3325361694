//! What stands before one route's function.

use super::front::Shared;
use crate::auth::Guard;
use crate::middleware::Step;
use crate::rate::Limiter;
use iii_kit::BoundTrigger;
use std::sync::Arc;

/// What stands before one route's function.
pub(crate) struct Gate {
    pub(super) shared: Arc<Shared>,
    /// Method and pattern.
    pub(super) route: String,
    /// Namespace of the function.
    pub(super) namespace: String,
    pub(super) limits: Vec<Limiter>,
    pub(crate) guard: Option<Guard>,
    /// Middleware of the route.
    pub(super) before: Vec<Step>,
    pub(super) after: Vec<Step>,
    pub(crate) validate: bool,
    /// The trigger without its condition, for when that has been asked already.
    pub(crate) unconditional: Option<BoundTrigger>,
}

impl Gate {
    /// Whether nothing stands here.
    pub(super) fn is_open(&self) -> bool {
        let front = &self.shared;
        let limits = self.limits.is_empty() && front.limits.is_empty();
        let before = self.before.is_empty() && front.before.is_empty();
        limits && before && self.guard.is_none() && !self.validate && !self.looks_back()
    }

    /// Whether functions are asked before the body is read.
    pub(crate) fn asks_first(&self) -> bool {
        !self.shared.before.is_empty()
    }

    /// Whether the route asks functions of its own; its condition comes before them.
    pub(crate) fn asks_last(&self) -> bool {
        !self.before.is_empty()
    }

    /// Whether functions see the answer.
    pub(crate) fn looks_back(&self) -> bool {
        !self.after.is_empty() || !self.shared.after.is_empty()
    }

    /// Whether limits are reported on answers.
    pub(crate) fn is_limited(&self) -> bool {
        !self.limits.is_empty() || !self.shared.limits.is_empty()
    }
}
