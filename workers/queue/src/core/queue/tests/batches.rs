//! Several messages at a time.

use super::*;
use crate::core::settings::{Batch, Kind};

fn batches(kind: Kind) -> Settings {
    Settings {
        kind,
        batch: Some(Batch {
            size: 3,
            wait_ms: 200,
        }),
        ..plain()
    }
}

#[test]
fn a_batch_waits_for_others_but_not_for_ever() {
    let mut bench = Bench::new(batches(Kind::Standard));
    bench.enqueue(message());
    bench.pass(150);
    bench.enqueue(message());
    assert_eq!(bench.next(), None);
    bench.pass(50);
    assert_eq!(bench.next().unwrap().1, [1, 2]);
    for _ in 0..4 {
        bench.enqueue(message());
    }
    assert_eq!(
        bench.next().unwrap().1,
        [3, 4, 5],
        "a full one does not wait"
    );
    assert_eq!(bench.next(), None);
}

#[test]
fn messages_of_a_batch_end_each_for_itself() {
    let mut bench = Bench::new(batches(Kind::Fifo));
    for _ in 0..4 {
        bench.enqueue(message());
    }
    let (id, messages) = bench.next().unwrap();
    assert_eq!(messages, [1, 2, 3]);
    let partly = Outcome::Done {
        result: None,
        failed: [MessageId(2)].into(),
    };
    let settles = bench.end(id, &partly);
    let due = UnixMs(START + 1000);
    let id = MessageId(2);
    let expected = [
        Settle::Gone(MessageId(1)),
        Settle::Again { id, due },
        Settle::Gone(MessageId(3)),
    ];
    assert_eq!(settles, expected);
    bench.pass(999);
    assert_eq!(
        bench.next(),
        None,
        "the group waits for the one that failed"
    );
    bench.pass(1);
    bench.pass(200);
    assert_eq!(bench.next().unwrap().1, [2, 4]);
}

#[test]
fn the_longest_time_of_a_batch_counts() {
    let mut bench = Bench::new(batches(Kind::Standard));
    bench.enqueue(message());
    bench.enqueue(NewMessage {
        timeout_ms: Some(10),
        ..message()
    });
    bench.pass(200);
    bench.next().unwrap();
    let lease = bench.queue.wake_at();
    assert_eq!(lease, Some(UnixMs(START + 200 + 300_000)));
}
