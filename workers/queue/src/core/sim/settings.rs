//! Random settings.

use crate::core::{Batch, Jitter, Kind, Rate, Settings};
use fastrand::Rng;

fn maybe<T>(rng: &mut Rng, one_in: u32, value: impl FnOnce(&mut Rng) -> T) -> Option<T> {
    (rng.u32(0..one_in) == 0).then(|| value(rng))
}

fn rate(rng: &mut Rng) -> Rate {
    Rate {
        count: rng.u32(1..5),
        per_ms: rng.u64(50..3000),
    }
}

/// Settings of a queue; its name says what it is for.
pub(super) fn settings(rng: &mut Rng, name: &str) -> Settings {
    let is_fifo = name == "orders" || rng.u32(0..5) == 0;
    let batch = |rng: &mut Rng| Batch {
        size: rng.u32(1..5),
        wait_ms: rng.u64(0..3) * 200,
    };
    Settings {
        kind: if is_fifo { Kind::Fifo } else { Kind::Standard },
        concurrency: rng.u32(1..6),
        key_concurrency: maybe(rng, 2, |rng| rng.u32(1..3)),
        rate: maybe(rng, 4, rate),
        key_rate: maybe(rng, 4, rate),
        max_retries: rng.u32(1..5),
        backoff_ms: rng.u64(0..2000),
        backoff_max_ms: 5000,
        jitter: if rng.bool() {
            Jitter::Full
        } else {
            Jitter::None
        },
        non_retryable: vec!["never".to_owned()],
        timeout_ms: rng.u64(500..20_000),
        heartbeat_ms: maybe(rng, 3, |rng| rng.u64(300..5000)),
        tenant_weights: [("t0".to_owned(), rng.u32(1..4))].into(),
        ttl_ms: maybe(rng, 6, |rng| rng.u64(500..20_000)),
        depth_max: rng.u64(5..60),
        bytes_max: rng.u64(200..2000),
        dead_max: rng.u64(0..8),
        kept_max: rng.u64(1..20),
        idempotency_window_ms: rng.u64(500..20_000),
        result_bytes_max: 8,
        batch: if name == "batches" {
            Some(batch(rng))
        } else {
            maybe(rng, 10, batch)
        },
        ..Settings::default()
    }
}
