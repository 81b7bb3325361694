//! Running the cases of a suite.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs every case, also after one has failed. A case is the sentence it proves, and how.
///
/// # Panics
/// After the last case, naming those that failed; each has told its own story on stderr.
pub(super) fn run<C: FnOnce()>(port: &str, cases: impl Iterator<Item = (&'static str, C)>) {
    let failed: Vec<&str> = cases
        .filter_map(|(name, case)| catch_unwind(AssertUnwindSafe(case)).err().map(|_| name))
        .collect();
    assert!(
        failed.is_empty(),
        "the store breaks the contract of `{port}` in {failed:?}"
    );
}

/// A runtime for the thread of a case.
pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made")
}
