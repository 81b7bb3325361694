//! The suite of leases.

mod ends;
mod fences;
mod owners;
mod subject;

use super::cases;
use crate::lease::Leases;
use std::sync::Arc;
use subject::Subject;

/// Runs every case of the suite, each on new leases that nobody holds. Names and owners of up to
/// 200 bytes must be taken, and names of 100,000 refused.
///
/// # Panics
/// After the last case, naming those that failed; each has told its own story on stderr.
pub fn leases(make: impl Fn() -> Arc<dyn Leases>) {
    let make = || Subject::new(make());
    let cases = CASES.iter();
    cases::run("Leases", cases.map(|(name, case)| (*name, || case(&make))));
}

/// What leases promise that survive their process, beyond [`leases`]. Every call of `open` opens
/// the same store, in which nobody holds a lease at first; what it opened before is dropped then.
///
/// # Panics
/// Where a lease or a fence is forgotten.
pub fn leases_reopened(open: impl FnMut() -> Arc<dyn Leases>) {
    fences::fences_grow_over_restarts(open);
}

/// Makes new leases.
type Make<'a> = &'a dyn Fn() -> Subject;

/// A case and the sentence it proves.
type Case = (&'static str, fn(Make<'_>));

const CASES: &[Case] = &[
    ("a name has one owner", owners::one_owner),
    (
        "of many threads one takes a name",
        owners::one_of_many_threads,
    ),
    (
        "of two takings under way one succeeds",
        owners::one_of_two_under_way,
    ),
    (
        "threads that take, renew and release exclude each other",
        owners::threads_exclude_each_other,
    ),
    (
        "the same owner takes a name again, and its former lease is lost",
        owners::same_owner_retakes,
    ),
    ("names do not run into each other", owners::names_are_apart),
    (
        "names and owners that are too long are refused",
        owners::too_long_is_refused,
    ),
    ("a fence is greater than all before it", fences::fences_grow),
    ("a renewal keeps the fence", fences::renewal_keeps_the_fence),
    (
        "a lease ends when its instant has come for whoever asks",
        ends::ends_at_its_instant,
    ),
    ("a renewal moves the end", ends::renewal_moves_the_end),
    ("a lost lease is not renewed", ends::lost_is_not_renewed),
    (
        "releasing a lost lease changes nothing",
        ends::releasing_what_is_lost,
    ),
];
