//! Messages of which there is to be only one.

use super::super::{Debounce, Known, Refusal, Throttle};
use super::*;

fn known(arrival: &Arrival) -> Known {
    match arrival {
        Arrival::Known(known) => *known,
        other => panic!("{other:?}"),
    }
}

fn idempotent(window_ms: u64) -> NewMessage {
    NewMessage {
        idempotency_key: Some("i".to_owned()),
        idempotency_window_ms: Some(window_ms),
        ..message()
    }
}

#[test]
fn an_idempotent_message_is_enqueued_once_and_its_result_is_kept() {
    let mut bench = Bench::new(plain());
    let Arrival::New { id, .. } = bench.arrive(idempotent(1000)) else {
        panic!("it is new");
    };
    let second = bench.arrive(idempotent(1000));
    assert!(matches!(second, Arrival::Undecided), "{second:?}");
    bench.queue.arrived(id, bench.now);
    let second = known(&bench.arrive(idempotent(1000)));
    assert_eq!((second.id, second.is_done), (id, false));
    let (delivery, _) = bench.next().unwrap();
    let result = Outcome::Done {
        result: Some(Bytes::from_static(b"7")),
        failed: BTreeSet::new(),
    };
    bench.end(delivery, &result);
    let second = known(&bench.arrive(idempotent(1000)));
    assert_eq!((second.id, second.has_result), (id, true));
    let ticked = bench.pass(1000);
    assert_eq!(ticked.changes.len(), 1, "the result is removed");
    assert_eq!(bench.enqueue(idempotent(1000)), 2);
}

#[test]
fn no_key_is_forgotten_to_make_room_for_another() {
    let mut bench = Bench::new(Settings {
        kept_max: 1,
        ..plain()
    });
    let throttled = || NewMessage {
        throttle: Some(Throttle {
            key: "t".to_owned(),
            ms: 1000,
        }),
        ..message()
    };
    bench.enqueue(idempotent(1000));
    let (delivery, _) = bench.next().unwrap();
    let done = Outcome::Done {
        result: None,
        failed: BTreeSet::new(),
    };
    bench.end(delivery, &done);
    let (field, limit) = ("kept_max", 1);
    let refused = bench.queue.arrive(throttled(), MessageId(9), bench.now);
    assert_eq!(refused.unwrap_err(), Refusal::Full { field, limit });
    // The one that is known is answered, and one without a key is taken.
    assert!(known(&bench.arrive(idempotent(1000))).is_done);
    bench.enqueue(message());
    bench.pass(1000);
    bench.enqueue(throttled());
}

#[test]
fn a_message_that_was_not_written_keeps_nobody_away() {
    let mut bench = Bench::new(plain());
    let Arrival::New { id, .. } = bench.arrive(idempotent(1000)) else {
        panic!("it is new");
    };
    bench.queue.not_arrived(id, bench.now);
    bench.queue.audit_rest();
    assert_eq!(bench.enqueue(idempotent(1000)), 2);
}

#[test]
fn there_is_one_message_of_a_singleton() {
    let single = || NewMessage {
        singleton: Some("s".to_owned()),
        ..message()
    };
    let mut bench = Bench::new(plain());
    bench.enqueue(single());
    let (id, _) = bench.next().unwrap();
    assert_eq!(known(&bench.arrive(single())).id, MessageId(1));
    bench.end(id, &done());
    assert_eq!(bench.enqueue(single()), 2);
}

#[test]
fn a_throttle_lets_one_message_of_a_period_through() {
    let throttled = || NewMessage {
        throttle: Some(Throttle {
            key: "h".to_owned(),
            ms: 200,
        }),
        ..idempotent(10_000)
    };
    let other = || NewMessage {
        idempotency_key: None,
        ..throttled()
    };
    let mut bench = Bench::new(plain());
    bench.enqueue(throttled());
    bench.one(&done());
    bench.pass(199);
    assert_eq!(known(&bench.arrive(other())).id, MessageId(1));
    bench.pass(1);
    assert_eq!(bench.enqueue(other()), 2, "the period is over");
    let twice = NewMessage {
        throttle: None,
        ..throttled()
    };
    assert_eq!(
        known(&bench.arrive(twice)).id,
        MessageId(1),
        "the window is not"
    );
}

fn debounced(data: &'static str) -> NewMessage {
    NewMessage {
        body: Bytes::from_static(data.as_bytes()),
        debounce: Some(Debounce {
            key: "d".to_owned(),
            ms: 100,
            max_wait_ms: Some(250),
        }),
        ..message()
    }
}

#[test]
fn a_burst_ends_when_it_is_quiet_or_has_lasted_long_enough() {
    let mut bench = Bench::new(plain());
    for data in ["a", "b", "c"] {
        assert_eq!(bench.enqueue(debounced(data)), 1);
        assert_eq!(bench.pass(80).given_up, []);
        assert_eq!(bench.next(), None, "{data}");
    }
    assert_eq!(bench.enqueue(debounced("d")), 1);
    bench.pass(10);
    assert_eq!(bench.hand_over(), [1]);
    assert_eq!(bench.enqueue(debounced("e")), 2, "a new burst");
}

#[test]
fn new_data_that_is_not_written_leaves_the_old() {
    let mut bench = Bench::new(plain());
    bench.enqueue(debounced("first"));
    bench.pass(50);
    let Arrival::New { id, .. } = bench.arrive(debounced("2")) else {
        panic!("it takes new data");
    };
    bench.pass(50);
    assert_eq!(bench.next(), None, "its fate is not known");
    bench.queue.not_arrived(id, bench.now);
    bench.queue.audit();
    assert_eq!(bench.queue.standing(bench.now).bytes, 5);
    assert_eq!(bench.hand_over(), [1]);
}
