//! Order and atomicity among many callers.

use super::Make;
use super::subject::{FENCE, missing, put, remove, texts, update};
use crate::contract::cases;
use crate::lease::Fence;
use crate::log::{Bounds, CommitError, Log};
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) fn calls_are_in_order(make: Make<'_>) {
    const ROUNDS: u64 = 40;
    let store = make(Bounds::default());
    let mut replies = Vec::new();
    for round in 0..ROUNDS {
        let fence = Fence(round * 2 + 1);
        let steps = [
            (fence, vec![put("l", 1, "put", &round.to_string())]),
            (fence, vec![update("l", 1, &format!("of {round}"))]),
            (fence, vec![put("l", 100 + round, "one of many", "")]),
            (Fence(fence.0 - 1), vec![remove("l", 1)]),
        ];
        replies.extend(steps.map(|(fence, changes)| store.log.commit(fence, changes)));
        if round % 2 == 1 {
            let fence = Fence(fence.0 + 1);
            replies.push(store.log.commit(fence, vec![remove("l", 1)]));
            replies.push(store.log.commit(fence, vec![update("l", 1, "gone")]));
        }
    }
    let mut answers: Vec<_> = replies
        .into_iter()
        .rev()
        .map(|reply| store.wait(reply))
        .collect();
    answers.reverse();
    let mut answers = answers.into_iter();
    for round in 0..ROUNDS {
        let fence = round * 2 + 1;
        for answer in answers.by_ref().take(3) {
            assert_eq!(answer, Ok(()), "round {round}");
        }
        let late = CommitError::Fenced {
            given: Fence(fence - 1),
            newest: Fence(fence),
        };
        assert_eq!(answers.next(), Some(Err(late)));
        if round % 2 == 1 {
            assert_eq!(answers.next(), Some(Ok(())));
            assert_eq!(answers.next(), Some(missing("l", 1)));
        }
    }
    assert_eq!(store.ids("l"), (100..100 + ROUNDS).collect::<Vec<_>>());
}

pub(super) fn dropped_replies_count(make: Make<'_>) {
    let store = make(Bounds::default());
    for id in 0..20 {
        drop(store.log.commit(FENCE, vec![put("l", id, "h", "dropped")]));
    }
    store.commit(vec![update("l", 19, "last")]);
    assert_eq!(store.ids("l"), (0..20).collect::<Vec<_>>());
    assert_eq!(store.entries("l")[19..], texts(&[(19, "last", "dropped")]));
}

const THREADS: u64 = 4;

pub(super) fn threads_lose_nothing(make: Make<'_>) {
    const ROUNDS: u64 = 50;
    let store = make(Bounds::default());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let log = &*store.log;
            scope.spawn(move || live(log, thread, ROUNDS));
        }
    });
    let expected: Vec<_> = (0..ROUNDS)
        .flat_map(|round| (0..THREADS).map(move |thread| (round, thread)))
        .filter(|(round, _)| round % 2 == 1)
        .map(|(round, thread)| {
            let id = round * THREADS + thread;
            (id, format!("{thread} is done"), format!("{round}"))
        })
        .collect();
    assert_eq!(store.entries("shared"), expected);
    for thread in 0..THREADS {
        assert_eq!(store.ids(&format!("own {thread}")), [ROUNDS - 1]);
    }
}

/// Puts entries, changes each, removes every other, and keeps a last one in a log of its own.
fn live(log: &dyn Log, thread: u64, rounds: u64) {
    let runtime = cases::runtime();
    let own = format!("own {thread}");
    let mut replies = Vec::new();
    for round in 0..rounds {
        let id = round * THREADS + thread;
        let first = vec![
            put("shared", id, "new", &round.to_string()),
            put(&own, round, "h", "b"),
        ];
        let mut second = vec![update("shared", id, &format!("{thread} is done"))];
        if round % 2 == 0 {
            second.push(remove("shared", id));
        }
        if let Some(before) = round.checked_sub(1) {
            second.push(remove(&own, before));
        }
        replies.push(log.commit(FENCE, first));
        replies.push(log.commit(FENCE, second));
        if replies.len() >= 16 {
            for reply in replies.drain(..) {
                runtime.block_on(reply).expect("a plain commit succeeds");
            }
        }
    }
    for reply in replies {
        runtime.block_on(reply).expect("a plain commit succeeds");
    }
}

pub(super) fn nobody_sees_half(make: Make<'_>) {
    const MOVES: u64 = 100;
    let store = make(Bounds::default());
    store.put("l", 0, "0", "b");
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (log, ended) = (&*store.log, &ended);
        let ending = Ending(ended);
        let reader = scope.spawn(move || watch(log, ended));
        for at in 1..=MOVES {
            // One entry moves on; whoever looks sees it where it was or where it is.
            store.commit(vec![
                remove("l", at - 1),
                put("l", at, "half", "b"),
                update("l", at, &at.to_string()),
            ]);
        }
        drop(ending);
        reader.join().expect("the reader saw nothing odd");
    });
    assert_eq!(store.ids("l"), [MOVES]);
}

/// Ends the watch when it is dropped, also where the case fails.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn watch(log: &dyn Log, ended: &AtomicBool) {
    let runtime = cases::runtime();
    let mut last = 0;
    while !ended.load(Ordering::Acquire) {
        let page = runtime.block_on(log.heads("l", None, 10)).expect("open");
        let [head] = page.items.as_slice() else {
            panic!("{} entries instead of one", page.items.len());
        };
        assert_eq!(head.head, head.id.0.to_string());
        assert!(head.id.0 >= last, "{} after {last}", head.id.0);
        last = head.id.0;
    }
}
