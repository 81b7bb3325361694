//! Where the binary under test is.

use crate::env;
use std::path::PathBuf;

/// The `iii` binary: `III_BINARY`, or the one that cargo built beside the running test.
///
/// # Panics
/// There is none; the message says how to build it.
pub fn iii_binary() -> PathBuf {
    if let Some(path) = env::get(env::BINARY) {
        return path.into();
    }
    let test = std::env::current_exe().unwrap_or_default();
    // target/debug/deps/TEST is beside target/debug/iii, and so are those of examples.
    let beside = test
        .ancestors()
        .skip(1)
        .take(3)
        .map(|folder| folder.join("iii"))
        .find(|path| path.is_file());
    match beside {
        Some(path) => path,
        None => panic!("there is no `iii` beside the tests: run `cargo build -p iii-cli` first"),
    }
}
