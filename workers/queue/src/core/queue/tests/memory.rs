//! What a backlog costs.

use super::*;
use crate::core::message::Message;
use crate::core::timers::Timer;

#[test]
fn a_million_delayed_messages_fit_into_two_hundred_megabytes() {
    // Of 165 bytes that each one was measured to take: itself, its timer in a tree whose nodes are
    // two thirds full, and its place in the index, whose table is between half and whole.
    let timer = size_of::<(UnixMs, Timer)>() * 3 / 2;
    let index = (size_of::<(MessageId, crate::core::slab::Slot)>() + 1) * 8 / 7 * 2;
    let each = size_of::<Message>() + timer + index;
    assert!(each <= 200, "{each} bytes");
    let mut bench = Bench::new(plain());
    bench.enqueue(NewMessage {
        due: Some(UnixMs(START + 60_000)),
        ..message()
    });
    assert_eq!(bench.queue.cached, 0, "its body is only in the store");
    assert_eq!(size_of_val(bench.queue.timers.all().first().unwrap()), 24);
}

#[test]
fn the_memory_of_a_backlog_goes_with_it() {
    let mut bench = Bench::new(plain());
    for _ in 0..5000 {
        bench.enqueue(message());
    }
    loop {
        let (changes, settles) = bench.queue.purge();
        if changes.is_empty() {
            break;
        }
        bench.queue.settled(settles, bench.now);
    }
    bench.queue.audit_rest();
    assert!(bench.queue.index.capacity() < 1024);
}
