//! How attempts end.

use super::*;
use std::time::Duration;

#[test]
fn a_message_has_so_many_attempts_and_then_is_dead() {
    let mut bench = Bench::new(plain());
    bench.enqueue(message());
    for pause in [1000, 2000] {
        assert_eq!(bench.one(&failed()), 1);
        bench.pass(pause - 1);
        assert_eq!(bench.next(), None, "the pause doubles");
        bench.pass(1);
    }
    bench.one(&failed());
    assert!(bench.queue.has_dead(MessageId(1)));
    assert_eq!((bench.queue.depth(), bench.queue.wake_at()), (0, None));
}

#[test]
fn a_handler_says_when_and_whether_again() {
    let mut bench = Bench::new(plain());
    bench.enqueue(message());
    let advised = |after: Option<u64>, is_final| Outcome::Failed {
        failure: Failure::default(),
        advice: Advice {
            after: after.map(Duration::from_millis),
            is_final,
        },
    };
    bench.one(&advised(Some(7), false));
    assert_eq!(bench.queue.wake_at(), Some(UnixMs(START + 7)));
    bench.pass(7);
    bench.one(&advised(None, true));
    assert!(bench.queue.has_dead(MessageId(1)));
}

#[test]
fn a_message_that_is_given_back_keeps_its_attempt() {
    let mut bench = Bench::new(Settings {
        max_retries: 1,
        ..plain()
    });
    bench.enqueue(message());
    for pause in [100, 200, 400] {
        let (id, _) = bench.next().unwrap();
        let given_back = Outcome::Returned { after: None };
        assert_eq!(bench.end(id, &given_back), [], "nothing is written");
        bench.pass(pause - 1);
        assert_eq!(bench.next(), None);
        bench.pass(1);
    }
    let delivery = bench.queue.next(DeliveryId(99), bench.now).unwrap();
    assert_eq!(delivery.messages[0].attempt, 1);
}

#[test]
fn a_message_that_waits_too_long_is_dead() {
    let mut bench = Bench::new(Settings {
        concurrency: 1,
        ..plain()
    });
    for _ in 0..2 {
        bench.enqueue(NewMessage {
            ttl_ms: Some(300),
            ..message()
        });
    }
    let (id, _) = bench.next().unwrap();
    bench.pass(300);
    assert!(bench.queue.has_dead(MessageId(2)));
    bench.end(id, &done());
    assert_eq!(bench.next(), None, "the one that was handled is done");
    assert_eq!(bench.queue.dead_count(), 1);
}

#[test]
fn a_handler_that_reports_nothing_is_given_up() {
    let mut bench = Bench::new(Settings {
        heartbeat_ms: Some(50),
        ..plain()
    });
    bench.enqueue(message());
    let (id, _) = bench.next().unwrap();
    bench.pass(40);
    let until = bench.queue.report(MessageId(1), None, None, bench.now);
    assert_eq!(until, Some(UnixMs(START + 300_000)));
    assert_eq!(bench.pass(49).given_up, []);
    assert_eq!(bench.pass(1).given_up, [id]);
    let error = bench.queue.find(MessageId(1)).unwrap().error.unwrap();
    assert_eq!(error.code, "heartbeat_missed");
    assert_eq!(bench.end(id, &done()), [], "it comes too late");
}

#[test]
fn a_handler_can_ask_for_more_time() {
    let mut bench = Bench::new(Settings {
        timeout_ms: 100,
        ..plain()
    });
    bench.enqueue(message());
    let (id, _) = bench.next().unwrap();
    let more = Some(Duration::from_millis(500));
    bench.queue.report(MessageId(1), more, None, bench.now);
    assert_eq!(bench.pass(499).given_up, []);
    assert_eq!(bench.pass(1).given_up, [id]);
}

#[test]
fn messages_wait_for_an_absent_function_and_for_it_only() {
    let mut bench = Bench::new(plain());
    bench.enqueue(message());
    bench.enqueue(message());
    bench.enqueue(NewMessage {
        target: function("g"),
        ..message()
    });
    let (id, _) = bench.next().unwrap();
    bench.end(id, &Outcome::Absent);
    assert_eq!(bench.hand_over(), [3]);
    bench.pass(4_999);
    assert_eq!(bench.next(), None);
    bench.pass(1);
    assert_eq!(bench.one(&Outcome::Absent), 1, "it is tried now and then");
    assert_eq!(bench.next(), None);
    bench.queue.offered(&function("f"), bench.now);
    assert_eq!(bench.hand_over(), [1, 2], "and at once when it is offered");
}

#[test]
fn what_is_bound_is_asked_again_although_it_seemed_absent() {
    let mut bench = Bench::new(plain());
    bench.enqueue(NewMessage {
        target: Target::Bound,
        ..message()
    });
    assert_eq!(bench.next(), None, "nothing is bound");
    bench.queue.offered(&Target::Bound, bench.now);
    bench.one(&Outcome::Absent);
    bench.pass(5_000);
    assert_eq!(bench.one(&Outcome::Absent), 1);
    bench.queue.unbound();
    bench.pass(5_000);
    assert_eq!(bench.next(), None, "nothing is bound any more");
}

#[test]
fn nothing_begins_while_endings_cannot_be_written() {
    let mut bench = Bench::new(plain());
    bench.enqueue(message());
    bench.enqueue(message());
    let (id, _) = bench.next().unwrap();
    let (_, settles) = bench.ends(id, &done());
    bench.queue.halt();
    assert_eq!(bench.next(), None);
    bench.settled(&settles);
    assert_eq!(bench.hand_over(), [2]);
}

#[test]
fn dead_messages_give_way_to_newer_ones() {
    let mut bench = Bench::new(Settings {
        max_retries: 1,
        dead_max: 2,
        ..plain()
    });
    for _ in 0..4 {
        bench.enqueue(message());
    }
    let ids: Vec<_> = std::iter::from_fn(|| bench.next()).collect();
    let mut ended = Vec::new();
    for (id, _) in ids {
        // All of them are on their way before any is durable.
        ended.push(bench.ends(id, &failed()));
    }
    for (_, settles) in ended {
        bench.settled(&settles);
        assert!(bench.queue.dead_count() <= 2);
    }
    let dead = bench.queue.dead_after(None, 10);
    assert_eq!(
        dead,
        [MessageId(1), MessageId(2)],
        "4 and 3 had nobody to replace yet"
    );
}

#[test]
fn a_dead_message_lives_again_with_all_its_attempts() {
    let mut bench = Bench::new(Settings {
        max_retries: 1,
        ..plain()
    });
    bench.enqueue(message());
    let (id, _) = bench.next().unwrap();
    let (changes, settles) = bench.ends(id, &failed());
    bench.settled(&settles);
    let [Change::Update { head, .. }] = &changes[..] else {
        panic!("{changes:?}");
    };
    let len = bench.queue.claim_dead(MessageId(1)).unwrap();
    assert_eq!(bench.queue.claim_dead(MessageId(1)), None, "one at a time");
    let (_, head) = bench.queue.revive(MessageId(1), head, None).unwrap();
    let loaded = bench
        .queue
        .load(MessageId(1), &head, len as usize, bench.now);
    loaded.unwrap();
    let delivery = bench.queue.next(DeliveryId(9), bench.now).unwrap();
    assert_eq!(delivery.messages[0].attempt, 1);
}
