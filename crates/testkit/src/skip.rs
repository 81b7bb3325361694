//! Visible skips.

use std::{fs::OpenOptions, io::Write, path::Path};

/// Names the file that skips are written to; set by `cargo xtask test`.
const SKIP_LOG: &str = "III_SKIP_LOG";

/// Reports that a test cannot run on this machine; the test returns right after.
///
/// `test` is the name under which `tests/required.toml` may forbid the skip, `reason` one line for
/// people. `cargo xtask test` lists both at its end; without it they go to stderr only.
///
/// ```no_run
/// # fn browser() -> Option<std::path::PathBuf> { None }
/// let Some(browser) = browser() else {
///     return iii_testkit::skip("browser::connects", "no browser is installed");
/// };
/// ```
pub fn skip(test: &str, reason: &str) {
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "skipped: {test}: {reason}");
    if let Some(log) = std::env::var_os(SKIP_LOG) {
        let written = append(Path::new(&log), test, reason);
        // A skip that nobody hears of would look like a pass.
        assert!(
            written.is_ok(),
            "cannot write {}: {written:?}",
            log.display()
        );
    }
}

/// One line in one write, because tests append at the same time.
fn append(log: &Path, test: &str, reason: &str) -> std::io::Result<()> {
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut file = OpenOptions::new().create(true).append(true).open(log)?;
    file.write_all(format!("{test}\t{reason}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::append;
    use std::fs;

    #[test]
    fn every_skip_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("skips.txt");
        append(&log, "a::b", "no network:\n  refused").unwrap();
        append(&log, "c", "why not").unwrap();
        assert_eq!(
            fs::read_to_string(log).unwrap(),
            "a::b\tno network: refused\nc\twhy not\n"
        );
    }
}
