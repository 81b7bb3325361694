//! What a backlog costs.

use super::*;
use crate::core::message::Message;
use crate::core::slab::Slot;
use crate::core::timers::Timer;

#[test]
fn a_million_delayed_messages_leave_room_for_the_store_in_two_hundred_megabytes() {
    // Itself, its timer in a tree whose nodes are two thirds full, and its place in the index,
    // whose table is between half and whole.
    let timer = size_of::<(UnixMs, Slot)>() * 3 / 2;
    let index = (size_of::<Slot>() + 1) * 8 / 7 * 2;
    let each = size_of::<Message>() + timer + index;
    assert!(each <= 120, "{each} bytes");
    let mut bench = Bench::new(plain());
    bench.enqueue(NewMessage {
        due: Some(UnixMs(START + 60_000)),
        ..message()
    });
    assert_eq!(bench.queue.cached, 0, "its body is only in the store");
    let timers: Vec<Timer> = bench.queue.timers.all().map(|(_, it)| it).collect();
    assert!(matches!(timers[..], [Timer::Due(_)]), "{timers:?}");
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
