//! Tests that cannot run here say so.

use crate::env;
use std::fs::OpenOptions;
use std::io::Write;

/// Notes that the calling test does not run, and why; the test then returns.
///
/// The name is that of the test binary and of the test, as in `compat::python::calls`. `cargo xtask
/// test` shows all skips at its end, and refuses those of required tests.
pub fn skip(reason: &str) {
    skip_named(&test_name(), reason);
}

/// [`skip`] for tests that are no function, whose name the thread does not tell.
#[expect(
    clippy::print_stderr,
    reason = "outside of `cargo xtask test` the test's own output is the only place"
)]
pub fn skip_named(name: &str, reason: &str) {
    let line = format!("{name}\t{}\n", one_line(reason));
    eprint!("skipped: {line}");
    let Some(path) = env::get(env::SKIP_LOG) else {
        return;
    };
    // One write of one line: tests of several processes append at the same time.
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut log| log.write_all(line.as_bytes()));
    if let Err(error) = written {
        panic!("a skip that nobody sees is a lie: cannot write `{path}`: {error}");
    }
}

fn test_name() -> String {
    let binary = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .unwrap_or_default();
    // Cargo adds a hash: `compat-0123456789abcdef`.
    let binary = binary
        .rsplit_once('-')
        .map_or(binary.as_str(), |(name, _)| name);
    let thread = std::thread::current();
    format!("{binary}::{}", thread.name().unwrap_or("unnamed"))
}

fn one_line(reason: &str) -> String {
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{one_line, test_name};

    #[test]
    fn the_name_is_that_of_binary_and_test() {
        assert_eq!(
            test_name(),
            "iii_testkit::skip::tests::the_name_is_that_of_binary_and_test"
        );
    }

    #[test]
    fn a_reason_cannot_break_the_log() {
        assert_eq!(one_line("no\nnetwork\t here"), "no network here");
    }
}
