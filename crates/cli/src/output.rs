//! stdout is data, stderr is talk. The only file that writes to either.

use crate::failure::Failure;
use std::io::{self, Write};

/// Writes data to stdout. A reader that went away (`| head`) is no failure.
pub(crate) fn data(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes lines of talk to stderr. Nobody can be told when that fails.
pub(crate) fn talk(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{text}");
}
