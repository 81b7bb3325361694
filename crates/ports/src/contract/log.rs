//! The suite of the port of logs.

mod basics;
mod bounds;
mod commits;
mod fences;
mod model;
mod order;
mod random;
mod reads;
mod reopened;
mod subject;

use super::cases;
use crate::log::{Bounds, Log};
use std::sync::Arc;
use subject::Subject;

/// Runs every case of the suite, each on a new empty store with the bounds it asks for.
///
/// # Panics
/// After the last case, naming those that failed; each has told its own story on stderr.
pub fn log(make: impl Fn(Bounds) -> Arc<dyn Log>) {
    let make = |bounds| Subject::new(make(bounds));
    let cases = CASES.iter();
    cases::run("Log", cases.map(|(name, case)| (*name, || case(&make))));
}

/// What a store that survives its process promises beyond [`log`]. Every call of `open` opens the
/// same store, which is empty at first; the one opened before is closed and dropped by then.
///
/// # Panics
/// Where the store has forgotten something.
pub fn log_reopened(open: impl FnMut() -> Arc<dyn Log>) {
    reopened::nothing_is_forgotten(open);
}

/// Makes a new store.
type Make<'a> = &'a dyn Fn(Bounds) -> Subject;

/// A case and the sentence it proves.
type Case = (&'static str, fn(Make<'_>));

const CASES: &[Case] = &[
    (
        "heads and bodies come back byte for byte",
        basics::bytes_come_back,
    ),
    (
        "logs and numbers do not run into each other",
        basics::entries_are_apart,
    ),
    ("an update keeps the body", basics::update_keeps_the_body),
    (
        "a put over an entry replaces it",
        basics::put_replaces_as_a_whole,
    ),
    (
        "a removed entry and its emptied log are gone",
        basics::removed_is_gone,
    ),
    ("a closed store answers so", basics::closed_answers_closed),
    (
        "an update of a missing entry refuses the commit",
        commits::missing_refuses_all,
    ),
    (
        "a commit over several logs is applied or not",
        commits::all_or_nothing,
    ),
    (
        "later changes of a commit see earlier ones",
        commits::changes_are_in_order,
    ),
    (
        "heads come in the order of their numbers",
        reads::heads_are_ordered,
    ),
    ("heads come in pages", reads::heads_in_pages),
    (
        "a walk over pages sees every lasting entry once",
        reads::walk_under_change,
    ),
    (
        "bodies come in the order asked for",
        reads::bodies_as_asked_for,
    ),
    ("names come in pages", reads::names_in_pages),
    (
        "an older fence is refused, an equal one and a newer one are not",
        fences::older_is_refused,
    ),
    (
        "a commit without changes raises the fence",
        fences::empty_commit_raises,
    ),
    (
        "a refused commit does not raise the fence",
        fences::refused_does_not_raise,
    ),
    (
        "sizes beyond the bounds are refused by name",
        bounds::sizes_are_refused,
    ),
    (
        "a store full of entries refuses growth and nothing else",
        bounds::full_of_entries,
    ),
    (
        "a store full of bytes refuses growth and nothing else",
        bounds::full_of_bytes,
    ),
    (
        "bytes are freed by removing, updating and replacing",
        bounds::bytes_are_freed,
    ),
    (
        "commits are applied in the order of their calls",
        order::calls_are_in_order,
    ),
    (
        "a commit whose reply is dropped is applied",
        order::dropped_replies_count,
    ),
    (
        "commits of several threads are all applied",
        order::threads_lose_nothing,
    ),
    ("nobody sees half of a commit", order::nobody_sees_half),
    (
        "any history agrees with a naive model",
        random::agrees_with_model,
    ),
];
