//! What a trigger asks for.

use crate::config::Check;
use crate::limits::MIDDLEWARE_MAX;
use crate::rate::RateLimit;

/// Most rate limits of one route.
const RATE_LIMITS_MAX: usize = 8;

/// What a trigger asks for, as it says it.
#[derive(Clone, Default)]
pub(crate) struct Wants {
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
    pub(crate) rate_limits: Vec<RateLimit>,
    /// `None` leaves it to the worker's configuration.
    pub(crate) auth: Option<Vec<String>>,
    pub(crate) scopes: Vec<String>,
    pub(crate) validate: Option<bool>,
}

impl Check for Wants {
    fn check(&self) -> Result<(), String> {
        for (key, list) in [
            ("middleware_function_ids", &self.before),
            ("post_middleware_function_ids", &self.after),
        ] {
            if list.len() > MIDDLEWARE_MAX {
                return Err(format!("`{key}` has more than {MIDDLEWARE_MAX} functions"));
            }
            if list.iter().any(String::is_empty) {
                return Err(format!("`{key}` has an empty function id"));
            }
        }
        if self.rate_limits.len() > RATE_LIMITS_MAX {
            return Err(format!(
                "`rate_limits` has more than {RATE_LIMITS_MAX} limits"
            ));
        }
        self.rate_limits.check()
    }
}
