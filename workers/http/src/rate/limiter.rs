//! One configured limit, applied to requests.

use super::buckets::{Buckets, Key, Level, Rate};
use super::{RateKey, RateLimit};
use http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// A limit, ready to apply.
pub(crate) struct Limiter {
    buckets: Arc<Buckets>,
    /// Tells the buckets of this limit from those of others.
    scope: String,
    rate: Rate,
    key: RateKey,
    name: String,
    /// `"name";q=requests;w=seconds`.
    policy: String,
}

/// When in a request's life a limit can be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Nobody is known yet.
    Arrival,
    /// `auth` has looked.
    Known,
}

/// What tells callers apart.
pub(crate) struct Who<'a> {
    pub(crate) address: IpAddr,
    pub(crate) headers: &'a HeaderMap,
    /// Method and pattern of the route.
    pub(crate) route: &'a str,
    /// Whom `auth` has found.
    pub(crate) caller: Option<&'a str>,
}

/// What all limits of a request said, for its answer.
#[derive(Default)]
pub(crate) struct Tally {
    policies: String,
    states: String,
    /// Until the request would have been allowed.
    retry: Option<Duration>,
}

impl Limiter {
    /// `scope` names where the limit stands: the worker, or a route.
    pub(crate) fn new(config: &RateLimit, scope: &str, buckets: Arc<Buckets>) -> Self {
        let window = Duration::from_secs(config.window_s.get().into());
        let interval = window / config.requests.get();
        let burst = config.burst.unwrap_or(config.requests).get();
        Self {
            buckets,
            scope: format!("{scope} {}", config.name),
            rate: Rate { interval, burst },
            key: config.key.clone(),
            name: config.name.clone(),
            policy: format!(
                "\"{}\";q={};w={}",
                config.name, config.requests, config.window_s
            ),
        }
    }

    /// When this limit has to be asked.
    pub(crate) fn moment(&self) -> Moment {
        match self.key {
            RateKey::Caller => Moment::Known,
            RateKey::Address | RateKey::Route | RateKey::Header(_) => Moment::Arrival,
        }
    }

    /// Takes one request out of the caller's bucket; `false` when there is none.
    pub(crate) fn admit(&self, who: &Who<'_>, now: Duration, tally: &mut Tally) -> bool {
        let level = self.buckets.take(self.bucket(who), self.rate, now);
        tally.add(self, level);
        level.allowed
    }

    fn bucket(&self, who: &Who<'_>) -> Key {
        let of = |kind: u8, value: &[u8]| self.buckets.key((&self.scope, kind, value));
        match (&self.key, who.caller) {
            (RateKey::Route, _) => return of(0, who.route.as_bytes()),
            (RateKey::Caller, Some(caller)) => return of(1, caller.as_bytes()),
            (RateKey::Header(name), _) => {
                if let Some(value) = who.headers.get(name) {
                    return of(2, value.as_bytes());
                }
            }
            (RateKey::Address | RateKey::Caller, _) => {}
        }
        match who.address.to_canonical() {
            IpAddr::V4(address) => of(4, &address.octets()),
            // Whoever has one IPv6 address has at least 2^64 of them.
            IpAddr::V6(address) => of(6, &address.octets()[..8]),
        }
    }
}

impl Tally {
    fn add(&mut self, limiter: &Limiter, level: Level) {
        if !self.policies.is_empty() {
            self.policies.push_str(", ");
            self.states.push_str(", ");
        }
        self.policies.push_str(&limiter.policy);
        let reset = whole_seconds(level.full_in);
        // Writing into a string cannot fail.
        let _ = write!(
            self.states,
            "\"{}\";r={};t={reset}",
            limiter.name, level.left
        );
        if !level.allowed {
            self.retry = self.retry.max(Some(level.next_in));
        }
    }

    /// Whether nothing was counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Says it all, in the fields of draft-ietf-httpapi-ratelimit-headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        for (name, text) in [
            (RATE_LIMIT_POLICY, &self.policies),
            (RATE_LIMIT, &self.states),
        ] {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        }
        if let Some(retry) = self.retry {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(retry).max(1)));
        }
    }
}

/// Rounded up: who comes back then is not too early.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
