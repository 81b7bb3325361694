//! Who comes first.

use super::*;
use crate::core::settings::Kind;

fn fifo() -> Settings {
    Settings {
        kind: Kind::Fifo,
        backoff_ms: 100,
        ..plain()
    }
}

fn of(group: &str) -> NewMessage {
    NewMessage {
        group: Some(group.into()),
        ..message()
    }
}

#[test]
fn a_group_waits_for_the_retry_of_its_first_message() {
    let mut bench = Bench::new(fifo());
    for group in ["a", "a", "b"] {
        bench.enqueue(of(group));
    }
    assert_eq!(bench.one(&failed()), 1);
    assert_eq!(bench.hand_over(), [3], "only the other group goes on");
    bench.pass(99);
    assert_eq!(bench.next(), None);
    bench.pass(1);
    assert_eq!(bench.one(&done()), 1);
    assert_eq!(bench.one(&done()), 2);
}

#[test]
fn a_group_goes_on_when_the_end_of_its_first_message_is_durable() {
    let mut bench = Bench::new(fifo());
    bench.enqueue(of("a"));
    bench.enqueue(of("a"));
    let (id, _) = bench.next().unwrap();
    let (_, settles) = bench.ends(id, &done());
    assert_eq!(bench.next(), None, "a crash would bring the first one back");
    bench.settled(&settles);
    assert_eq!(bench.hand_over(), [2]);
}

#[test]
fn a_group_goes_on_when_the_removal_of_its_first_message_is_durable() {
    let mut bench = Bench::new(fifo());
    bench.enqueue(of("a"));
    bench.enqueue(of("a"));
    let (_, settles) = bench.queue.take_back(MessageId(1)).unwrap();
    assert_eq!(bench.next(), None, "a crash would bring the first one back");
    bench.settled(&settles);
    assert_eq!(bench.hand_over(), [2]);
}

#[test]
fn a_removal_that_is_not_written_changes_nothing() {
    let mut bench = Bench::new(fifo());
    bench.enqueue(of("a"));
    bench.enqueue(of("a"));
    let (_, settles) = bench.queue.purge();
    assert_eq!(settles.len(), 2);
    bench.queue.not_removed(&settles, bench.now);
    assert_eq!(bench.one(&done()), 1);
    assert_eq!(bench.one(&done()), 2);
}

#[test]
fn the_order_of_a_group_outlives_a_restart_between_attempts() {
    let mut bench = Bench::new(fifo());
    bench.enqueue(of("a"));
    let (id, _) = bench.next().unwrap();
    let (changes, _) = bench.ends(id, &failed());
    let [Change::Update { head: tried, .. }] = &changes[..] else {
        panic!("{changes:?}");
    };
    let Arrival::New { changes, .. } = bench.arrive(of("a")) else {
        panic!("it is new");
    };
    let Change::Put { head: fresh, .. } = &changes[0] else {
        panic!("{changes:?}");
    };
    let mut after = Bench::new(fifo());
    after.queue.load(MessageId(1), tried, 4, after.now).unwrap();
    after.queue.load(MessageId(2), fresh, 4, after.now).unwrap();
    assert_eq!(after.next(), None, "the first one still pauses");
    after.pass(100);
    assert_eq!(after.one(&done()), 1);
    assert_eq!(after.one(&done()), 2);
}

#[test]
fn a_message_that_dies_leaves_its_group_to_the_next() {
    let mut bench = Bench::new(Settings {
        max_retries: 1,
        ..fifo()
    });
    bench.enqueue(of("a"));
    bench.enqueue(of("a"));
    assert_eq!(bench.one(&failed()), 1);
    assert!(bench.queue.has_dead(MessageId(1)));
    assert_eq!(bench.hand_over(), [2]);
}

#[test]
fn urgent_messages_come_first_and_older_ones_among_equals() {
    let mut bench = Bench::new(plain());
    for priority in [0, 5, 9, 5] {
        bench.enqueue(NewMessage {
            priority,
            ..message()
        });
    }
    assert_eq!(bench.hand_over(), [3, 2, 4, 1]);
}

#[test]
fn a_group_is_as_urgent_as_its_first_message() {
    let mut bench = Bench::new(plain());
    bench.enqueue(of("a"));
    bench.enqueue(NewMessage {
        priority: 3,
        ..message()
    });
    bench.enqueue(NewMessage {
        priority: 7,
        ..of("b")
    });
    assert_eq!(bench.hand_over(), [3, 2, 1]);
}

#[test]
fn a_delayed_message_comes_at_its_time_and_not_before() {
    let mut bench = Bench::new(plain());
    bench.enqueue(NewMessage {
        due: Some(UnixMs(START + 500)),
        ..message()
    });
    assert_eq!(bench.queue.wake_at(), Some(UnixMs(START + 500)));
    bench.pass(499);
    assert_eq!(bench.next(), None);
    bench.pass(1);
    assert_eq!(bench.hand_over(), [1]);
}

#[test]
fn tenants_share_by_their_weights_while_all_have_work() {
    let mut bench = Bench::new(Settings {
        tenant_weights: [("big".to_owned(), 3)].into(),
        concurrency: 1,
        ..plain()
    });
    for tenant in ["big", "small"] {
        for _ in 0..100 {
            bench.enqueue(NewMessage {
                tenant: Some(tenant.into()),
                ..message()
            });
        }
    }
    let mut big = 0;
    for served in 1..=120_u64 {
        big += u64::from(bench.one(&done()) <= 100);
        let share = served * 3 / 4;
        assert!(big.abs_diff(share) <= 2, "{big} of {served}");
    }
}

#[test]
fn whoever_comes_back_has_saved_nothing_up() {
    let mut bench = Bench::new(Settings {
        concurrency: 1,
        ..plain()
    });
    let of = |tenant: &str| NewMessage {
        tenant: Some(tenant.into()),
        ..message()
    };
    for _ in 0..50 {
        bench.enqueue(of("busy"));
    }
    for _ in 0..20 {
        bench.one(&done());
    }
    for _ in 0..20 {
        bench.enqueue(of("back"));
    }
    let first: Vec<bool> = (0..10).map(|_| bench.one(&done()) > 50).collect();
    let back = first.iter().filter(|is_back| **is_back).count();
    assert!((4..=6).contains(&back), "{first:?}");
}
