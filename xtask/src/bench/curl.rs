//! `curl`, which moves one body of any size.

use super::protocol::Protocol;
use super::tool;
use anyhow::{Context, Result, ensure};
use std::{path::Path, process::Command};

/// What curl prints when it is done: status, bytes received, bytes sent, seconds.
const REPORT: &str = "\n%{http_code} %{size_download} %{size_upload} %{time_total}";

pub(super) struct Curl<'a> {
    pub(super) protocol: Protocol,
    /// host:port
    pub(super) address: &'a str,
    /// Who is trusted.
    pub(super) certificate: &'a Path,
}

impl Curl<'_> {
    /// Megabytes a second of an answer that has so many bytes.
    pub(super) fn download(&self, bytes: u64) -> Result<f64> {
        let mut command = self.command();
        command.args(["--output", "/dev/null"]);
        let url = self
            .protocol
            .url(self.address, &format!("/download?bytes={bytes}"));
        let said = tool::run(command.arg(url))?;
        let moved = parse(&said).with_context(|| format!("curl said: {said}"))?;
        ensure!(
            moved.received == bytes,
            "{} of {bytes} bytes arrived",
            moved.received
        );
        Ok(moved.rate(bytes))
    }

    /// Megabytes a second of a request whose body is this file.
    pub(super) fn upload(&self, file: &Path) -> Result<f64> {
        let bytes = file.metadata()?.len();
        let mut command = self.command();
        command.args(["--request", "POST", "--header", "expect:"]);
        command.args(["--header", "content-type: application/octet-stream"]);
        command.arg("--upload-file").arg(file);
        let said = tool::run(command.arg(self.protocol.url(self.address, "/upload")))?;
        let moved = parse(&said).with_context(|| format!("curl said: {said}"))?;
        let counted = format!(r#"{{"bytes":{bytes}}}"#);
        ensure!(
            said.starts_with(&counted),
            "{bytes} bytes were sent: {said}"
        );
        Ok(moved.rate(bytes))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--write-out", REPORT]);
        command.arg("--cacert").arg(self.certificate);
        command.arg(match self.protocol {
            Protocol::Http1 | Protocol::Https1 => "--http1.1",
            Protocol::Http2 => "--http2-prior-knowledge",
            Protocol::Https2 => "--http2",
        });
        command
    }
}

#[derive(Debug, PartialEq)]
struct Moved {
    received: u64,
    seconds: f64,
}

impl Moved {
    fn rate(&self, bytes: u64) -> f64 {
        bytes as f64 / 1e6 / self.seconds
    }
}

fn parse(said: &str) -> Result<Moved> {
    let report = said.lines().last().unwrap_or_default();
    let mut words = report.split(' ');
    ensure!(words.next() == Some("200"), "the status is not 200");
    let received = words.next().context("no bytes received")?.parse()?;
    let seconds = words.nth(1).context("no time")?.parse()?;
    Ok(Moved { received, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_the_report() {
        let moved = parse("{\"bytes\":9}\n200 11 9 0.25").unwrap();
        assert_eq!(
            moved,
            Moved {
                received: 11,
                seconds: 0.25
            }
        );
        assert!(parse("\n500 11 9 0.25").is_err());
        assert!(parse("").is_err());
    }
}
