//! Is the worker still there?

use super::Session;
use crate::core::effect::Effect;
use crate::core::ids::Moment;

/// Pings a silent worker misses before it counts as dead.
const MISSES_MAX: u8 = 2;

/// Any inbound byte is a sign of life; silence is answered with pings.
#[derive(Debug)]
pub(in crate::core) struct Heartbeat {
    interval_ms: u64,
    last_alive: Moment,
    missed: u8,
}

impl Heartbeat {
    pub(super) const fn new(now: Moment, interval_ms: u64) -> Self {
        Self {
            interval_ms,
            last_alive: now,
            missed: 0,
        }
    }

    pub(super) const fn alive(&mut self, now: Moment) {
        self.last_alive = now;
        self.missed = 0;
    }

    pub(super) fn next(&self) -> Moment {
        self.last_alive
            .after_ms(self.interval_ms.saturating_mul(u64::from(self.missed) + 1))
    }
}

/// Pings after one silent interval, gives up after [`MISSES_MAX`] unanswered pings.
pub(super) fn beat(session: &mut Session, now: Moment, effects: &mut Vec<Effect>) {
    if now < session.heartbeat.next() {
        return;
    }
    if session.heartbeat.missed >= MISSES_MAX {
        // Pushed far out, so that a close that takes its time is not repeated.
        session.heartbeat.missed = 0;
        session.heartbeat.last_alive = now;
        effects.push(Effect::Close {
            session: session.id,
            code: 1001,
            reason: "no sign of life for three heartbeats",
        });
        return;
    }
    session.heartbeat.missed += 1;
    effects.push(Effect::Ping(session.id));
}
