//! Where ciphertext is read to before it is handed to the TLS state: a buffer of the thread, so
//! that an idle connection needs none.

use std::cell::Cell;

/// Most ciphertext read at once: two records of the largest size.
const SCRATCH_BYTES: usize = 33 * 1024;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Runs `work` with the thread's buffer; what it holds is of no meaning.
pub(super) fn with<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut scratch = SCRATCH.take();
    scratch.resize(SCRATCH_BYTES, 0);
    let result = work(&mut scratch);
    SCRATCH.set(scratch);
    result
}
