//! How many at a time, and how often.

use super::super::Refusal;
use super::*;
use crate::core::rate::Rate;

fn with_key(key: &str) -> NewMessage {
    NewMessage {
        key: Some(key.into()),
        ..message()
    }
}

#[test]
fn a_key_has_its_own_concurrency() {
    let mut bench = Bench::new(Settings {
        key_concurrency: Some(1),
        ..plain()
    });
    for key in ["a", "a", "b"] {
        bench.enqueue(with_key(key));
    }
    let (first, _) = bench.next().unwrap();
    assert_eq!(bench.hand_over(), [3]);
    bench.end(first, &done());
    assert_eq!(bench.hand_over(), [2]);
}

#[test]
fn the_room_of_a_key_goes_to_a_lane_that_can_use_it() {
    let mut bench = Bench::new(Settings {
        key_concurrency: Some(1),
        ..plain()
    });
    let to = |target: &str| NewMessage {
        target: function(target),
        ..with_key("a")
    };
    bench.enqueue(to("absent"));
    bench.one(&Outcome::Absent);
    bench.enqueue(to("f"));
    let (first, _) = bench.next().unwrap();
    // Both wait for the key, and the one that is let on first finds its function gone.
    bench.pass(5000);
    bench.enqueue(to("g"));
    assert_eq!(bench.next(), None);
    bench.end(first, &done());
    assert_eq!(bench.one(&Outcome::Absent), 1);
    assert_eq!(bench.hand_over(), [3]);
}

#[test]
fn a_key_has_its_own_rate() {
    let mut bench = Bench::new(Settings {
        key_rate: Some(Rate {
            count: 2,
            per_ms: 100,
        }),
        ..plain()
    });
    for key in ["a", "a", "a", "a", "b"] {
        bench.enqueue(with_key(key));
    }
    assert_eq!(bench.hand_over(), [1, 2, 5]);
    assert_eq!(bench.queue.wake_at(), Some(UnixMs(START + 100)));
    bench.pass(100);
    assert_eq!(bench.hand_over(), [3, 4]);
}

#[test]
fn a_queue_has_a_rate_that_can_be_changed() {
    let rate = |count| Settings {
        rate: Some(Rate { count, per_ms: 100 }),
        ..plain()
    };
    let mut bench = Bench::new(rate(1));
    for _ in 0..5 {
        bench.enqueue(message());
    }
    assert_eq!(bench.hand_over(), [1]);
    bench.queue.configure(rate(3), bench.now);
    assert_eq!(bench.hand_over(), [2, 3]);
    bench.pass(100);
    assert_eq!(bench.hand_over(), [4, 5]);
}

#[test]
fn a_pause_stops_deliveries_and_nothing_else() {
    let mut bench = Bench::new(plain());
    bench.queue.set_paused(true);
    bench.enqueue(message());
    assert_eq!(bench.next(), None);
    bench.queue.set_paused(false);
    assert_eq!(bench.hand_over(), [1]);
}

#[test]
fn a_full_queue_takes_no_more() {
    let mut bench = Bench::new(Settings {
        depth_max: 2,
        bytes_max: 9,
        ..plain()
    });
    bench.enqueue(message());
    let long = NewMessage {
        body: Bytes::from_static(b"longer"),
        ..message()
    };
    let refused = bench.queue.arrive(long, MessageId(9), bench.now);
    let (field, limit) = ("bytes_max", 9);
    assert_eq!(refused.unwrap_err(), Refusal::Full { field, limit });
    bench.enqueue(message());
    let refused = bench.queue.arrive(message(), MessageId(9), bench.now);
    let (field, limit) = ("depth_max", 2);
    assert_eq!(refused.unwrap_err(), Refusal::Full { field, limit });
}
