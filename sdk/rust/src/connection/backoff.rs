//! How long to wait before the next attempt to connect.

use crate::random::Random;
use std::time::Duration;

/// The first pause lies between half of this and one and a half times this.
const FIRST: Duration = Duration::from_millis(100);
/// Doubling stops mattering long before this.
const DOUBLINGS_MAX: u32 = 16;

/// Doubling pauses with jitter, so that a thousand workers do not come back at the same moment.
pub(super) struct Backoff {
    attempts: u32,
    pause_max: Duration,
}

impl Backoff {
    pub(super) fn new(pause_max: Duration) -> Self {
        Self {
            attempts: 0,
            pause_max,
        }
    }

    pub(super) fn next(&mut self, random: &Random) -> Duration {
        let pause = FIRST * 2u32.pow(self.attempts.min(DOUBLINGS_MAX));
        self.attempts = self.attempts.saturating_add(1);
        let jitter = 0.5 + (random.next() >> 11) as f64 / (1u64 << 53) as f64;
        pause
            .min(self.pause_max)
            .mul_f64(jitter)
            .min(self.pause_max)
    }

    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_limit_and_never_coincide() {
        let random = Random::from_system();
        let limit = Duration::from_secs(5);
        let mut backoff = Backoff::new(limit);
        let first = backoff.next(&random);
        assert!((50..=150).contains(&first.as_millis()), "{first:?}");
        let third = (backoff.next(&random), backoff.next(&random)).1;
        assert!((200..=600).contains(&third.as_millis()), "{third:?}");
        let late: Vec<_> = (0..50).map(|_| backoff.next(&random)).collect();
        assert!(late.iter().all(|pause| *pause <= limit));
        assert!(late.iter().skip(10).any(|pause| *pause < limit));
        backoff.reset();
        assert!(backoff.next(&random).as_millis() <= 150);
    }
}
