//! The suite of the key-value port.

mod basics;
mod batches;
mod bounds;
mod expiry;
mod model;
mod order;
mod random;
mod scans;
mod subject;

use super::cases;
use crate::kv::{Bounds, Kv};
use std::sync::Arc;
use subject::Subject;

/// Runs every case of the suite, each on a new empty store with the bounds it asks for.
///
/// # Panics
/// After the last case, naming those that failed; each has told its own story on stderr.
pub fn kv(make: impl Fn(Bounds) -> Arc<dyn Kv>) {
    let make = |bounds| Subject::new(make(bounds));
    let cases = CASES.iter();
    cases::run("Kv", cases.map(|(name, case)| (*name, || case(&make))));
}

/// Makes a new store.
type Make<'a> = &'a dyn Fn(Bounds) -> Subject;

/// A case and the sentence it proves.
type Case = (&'static str, fn(Make<'_>));

const CASES: &[Case] = &[
    ("a value comes back byte for byte", basics::values_come_back),
    (
        "scopes and keys do not run into each other",
        basics::addresses_are_apart,
    ),
    (
        "outcomes tell what was there before",
        basics::outcomes_tell_the_past,
    ),
    (
        "a deleted entry and its emptied scope are gone",
        basics::deleted_is_gone,
    ),
    ("a closed store answers so", basics::closed_answers_closed),
    (
        "versions grow and are never used twice",
        batches::versions_grow,
    ),
    (
        "a condition on a version guards a write",
        batches::conditions_guard,
    ),
    (
        "a failed batch leaves nothing behind",
        batches::all_or_nothing,
    ),
    (
        "writes of one batch see each other in order",
        batches::writes_are_in_order,
    ),
    (
        "conditions look at the store before the batch",
        batches::conditions_look_before,
    ),
    (
        "sizes beyond the bounds are refused by name",
        bounds::sizes_are_refused,
    ),
    (
        "a full store refuses to grow and nothing else",
        bounds::full_refuses_growth,
    ),
    (
        "a store full of bytes takes values again after a delete",
        bounds::bytes_are_freed,
    ),
    (
        "expired entries do not exist for readers",
        expiry::expired_is_invisible,
    ),
    (
        "conditions take expired entries for absent",
        expiry::conditions_ignore_expired,
    ),
    (
        "a sweep removes expired entries once, earliest first",
        expiry::sweep_removes_once,
    ),
    (
        "a write that removes an expired entry says so",
        expiry::writes_tell_of_lapsed,
    ),
    (
        "a put without an instant ends the expiry",
        expiry::put_clears_expiry,
    ),
    (
        "a scan is ordered and keeps to its prefix",
        scans::ordered_with_prefix,
    ),
    (
        "a walk over pages sees every lasting entry once",
        scans::walk_under_change,
    ),
    (
        "a page ends at its bytes but not before its first entry",
        scans::pages_end_at_bytes,
    ),
    ("scopes are listed in pages", scans::scopes_in_pages),
    (
        "commits are applied in the order of their calls",
        order::calls_are_in_order,
    ),
    (
        "compare-and-set from several threads loses nothing",
        order::threads_lose_nothing,
    ),
    (
        "any history agrees with a naive model",
        random::agrees_with_model,
    ),
];
